/**
 * Secrets of the server itself in the keyring, beside those of vault and control:
 *
 *     log-signer/<log>   seed of the key a log signs by
 *     log-tag/control    tag key of the control log
 *     salts/<tenant>     what the salts of a check derive from, together with its idempotency key
 */

import type { Clock, Keyring, Rng } from '@fractal/vault';

export interface SecretTools {
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
}

const SECRET_BYTES = 32;

/** The 32 bytes held under a name; made, and durable, where there are none yet. */
export async function secretOf({ keyring, rng, clock }: SecretTools, name: string): Promise<Uint8Array> {
  const held = keyring.latest(name);
  if (held !== undefined) return held.secret;
  const secret = rng.bytes(SECRET_BYTES);
  await keyring.add({ name, generation: 1, createdMs: clock.nowMs(), secret });
  return secret;
}

export const saltsName = (tenant: string): string => `salts/${tenant}`;
