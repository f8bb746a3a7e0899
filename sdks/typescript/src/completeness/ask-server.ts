/** Where a tenant asks for its entries: `GET /v1/entries`, page by page. */
import type { Fractal } from '../client/fractal.ts';
import type { CallOptions } from '../client/options.ts';
import type { ReadEntries } from './check-completeness.ts';
import type { HeldEntry } from './held-entry.ts';

/** For `ask` of `checkCompleteness`. `origin` where an older log of the server is meant, or to be sure that this one is. */
export function askServer(
  client: Pick<Fractal, 'listEntries'>,
  { origin, ...options }: CallOptions & { readonly origin?: string } = {},
): ReadEntries {
  return async ({ from, to }) => {
    const entries: HeldEntry[] = [];
    for (let at: bigint | undefined = from; at !== undefined && at < to; ) {
      const page = await client.listEntries({ from: at, to, ...(origin === undefined ? {} : { origin }) }, options);
      entries.push(...page.entries);
      // A server that sends us back where we were would do so for ever.
      at = page.next !== undefined && page.next > at ? page.next : undefined;
    }
    return entries;
  };
}
