/**
 * API keys and admin tokens: text shown once, kept as a hash.
 *
 *   fk_<id: 16 hex>_<secret: 64 hex>     API key
 *   fa_<id: 16 hex>_<secret: 64 hex>     admin token
 *
 * The id makes the look-up O(1); the secret is 32 random bytes, so a plain SHA-256 is as strong at rest as a slow hash.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { fromHex, toHex } from '@fractal/tlog';
import type { Rng } from '../ports/clock.ts';

export type BearerUse = 'api' | 'admin';

const PREFIX: Readonly<Record<BearerUse, string>> = { api: 'fk', admin: 'fa' };
const FORM = /^(fk|fa)_([0-9a-f]{16})_([0-9a-f]{64})$/;
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const NO_HASH = new Uint8Array(32);

export interface MadeBearer {
  readonly id: string;
  /** To be shown once and kept nowhere. */
  readonly text: string;
  readonly secretSha256: string;
}

export function makeBearer(use: BearerUse, rng: Rng): MadeBearer {
  const id = toHex(rng.bytes(ID_BYTES));
  const secret = rng.bytes(SECRET_BYTES);
  return { id, text: `${PREFIX[use]}_${id}_${toHex(secret)}`, secretSha256: toHex(sha256(secret)) };
}

/** Id and secret of a text of that use; undefined for any other text. */
export function parseBearer(
  use: BearerUse,
  text: string,
): { readonly id: string; readonly secret: Uint8Array } | undefined {
  const [, prefix, id, hex] = FORM.exec(text) ?? [];
  const secret = hex === undefined ? undefined : fromHex(hex);
  if (prefix !== PREFIX[use] || id === undefined || secret === undefined) return undefined;
  return { id, secret };
}

/** In constant time, also where there is no such key (`secretSha256` undefined). */
export function secretMatches(secret: Uint8Array, secretSha256: string | undefined): boolean {
  const expected = secretSha256 === undefined ? undefined : fromHex(secretSha256);
  const equal = timingSafeEqual(sha256(secret), expected ?? NO_HASH);
  return equal && expected !== undefined;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
