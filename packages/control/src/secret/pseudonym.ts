/**
 * People in the log (I6): an operator or reviewer appears as `p_` and 16 bytes of HMAC-SHA-256(key of that person, name).
 * The person's key is found under a name that is itself an HMAC, so that the keyring does not list people either.
 * Forgetting the key is the erasure: nobody can then tell whose pseudonym it was, nor whether it was a given person's.
 */
import { hmacSha256, toHex, utf8Encode } from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';

const INDEX_NAME = 'pseudonym-index';
const PREFIX = 'pseudonym/';
const SECRET_BYTES = 32;
const ID_BYTES = 16;

export interface SecretContext {
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** A person's pseudonym; makes and holds the key on first use. */
export async function pseudonymOf(context: SecretContext, person: string): Promise<string> {
  const index = await held(context, INDEX_NAME);
  const key = await held(context, nameOf(index, person));
  return `p_${toHex(hmacSha256(key, utf8Encode(person)).subarray(0, ID_BYTES))}`;
}

/** False where there was nothing to forget. */
export async function forgetPerson(context: SecretContext, person: string): Promise<boolean> {
  const index = context.keyring.latest(INDEX_NAME)?.secret;
  const name = index === undefined ? undefined : nameOf(index, person);
  const generations = name === undefined ? [] : context.keyring.generations(name);
  for (const generation of generations) await context.keyring.remove(name ?? '', generation);
  return generations.length > 0;
}

function nameOf(index: Uint8Array, person: string): string {
  return PREFIX + toHex(hmacSha256(index, utf8Encode(person)).subarray(0, ID_BYTES));
}

async function held({ keyring, clock, rng }: SecretContext, name: string): Promise<Uint8Array> {
  const known = keyring.latest(name);
  if (known !== undefined) return known.secret;
  const secret = rng.bytes(SECRET_BYTES);
  await keyring.add({ name, generation: 1, createdMs: clock.nowMs(), secret });
  return keyring.latest(name)?.secret ?? secret;
}
