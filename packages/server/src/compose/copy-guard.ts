/**
 * Takes what one guard holds for the logs of a data directory over into another, so that a server can be started with that
 * one. With the server stopped: what is recorded while this runs stays in the old guard.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { verifierKeyOf } from './log-identity.ts';
import { guardAt } from './open-guard.ts';

export interface CopiedEntry {
  readonly origin: string;
  /** `kept`: the new guard holds the very same. `differs`: it holds something else, which was left as it is. */
  readonly outcome: 'copied' | 'kept' | 'differs' | 'nothing';
}

/** @throws GuardPlaceError, LogIdentityError, and what a guard throws that can't be read or written */
export async function copyGuard(options: {
  readonly dataDir: string;
  readonly from: string;
  readonly to: string;
}): Promise<readonly CopiedEntry[]> {
  const { dataDir } = options;
  const [from, to] = [guardAt(dataDir, options.from), guardAt(dataDir, options.to)];
  const keysFolder = join(dataDir, 'keys');
  const logs = (await readdir(keysFolder)).flatMap((file) => /^(.+)\.vkey$/.exec(file)?.[1] ?? []).sort();
  const copied: CopiedEntry[] = [];
  for (const log of logs) {
    const { origin } = await verifierKeyOf(keysFolder, log);
    const [held, there] = [await from.read(origin), await to.read(origin)];
    if (held !== undefined && there === undefined) await to.record(origin, held.text, undefined);
    const outcome = held === undefined ? 'nothing' : there === undefined ? 'copied' : 'differs';
    copied.push({ origin, outcome: there !== undefined && there.text === held?.text ? 'kept' : outcome });
  }
  return copied;
}
