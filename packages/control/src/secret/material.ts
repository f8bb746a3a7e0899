/** Secrets that entries refer to: made and held in the keyring before the entry that relies on them is appended. */
import { equalBytes } from '@fractal/tlog';
import type { SecretContext } from './pseudonym.ts';

export const tagKeyName = (tenant: string): string => `tag/${tenant}`;
export const recordKeyName = (tenant: string, kid: string): string => `record/${tenant}/${kid}`;
export const edgeKeyName = (kid: string): string => `edge/${kid}`;

/** Names under which control keeps what entries refer to. */
export const REFERENCED_PREFIXES: readonly string[] = ['tag/', 'record/', 'edge/'];

/**
 * Holds `secret` and returns its generation. What a crash left under the name (held, but never referred to by an entry)
 * is used again where it is the same secret, and stepped over where it is not.
 */
export async function holdSecret(context: SecretContext, name: string, secret: Uint8Array): Promise<number> {
  const known = context.keyring.latest(name);
  const same = known !== undefined && equalBytes(known.secret, secret);
  const generation = same ? known.generation : (known?.generation ?? 0) + 1;
  await context.keyring.add({ name, generation, createdMs: context.clock.nowMs(), secret });
  return generation;
}

/** Holds a random secret where there is none yet, so that a crash between it and its entry wastes none. */
export async function holdAnySecret(context: SecretContext, name: string, bytes: number): Promise<void> {
  if (context.keyring.latest(name) !== undefined) return;
  await holdSecret(context, name, context.rng.bytes(bytes));
}
