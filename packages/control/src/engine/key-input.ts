/** What a caller may ask for when it adds or rotates a key, checked before anything is held or appended. */
import { failure, isAcceptableEd25519Key, type Result, success } from '@fractal/tlog';
import { KID, SCOPES } from '../entry/names.ts';
import type { KeyScope } from '../entry/types.ts';

export interface WindowInput {
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

/** HMAC secrets of deployed agents may be short; what we make ourselves is 32 bytes. */
const HMAC_SECRET_BYTES_MAX = 1024;

/** A millisecond, and 100 years. */
const DURATION_MS = { min: 1, max: 100 * 365 * 86_400_000 };

export function checkWindow(window: WindowInput): Result<WindowInput, 'key_window_malformed'> {
  const { notBeforeMs, notAfterMs } = window;
  const times = [notBeforeMs, notAfterMs].filter((time) => time !== undefined);
  if (!times.every((time) => Number.isSafeInteger(time) && time >= 0)) {
    return failure('key_window_malformed', 'not_before and not_after are whole milliseconds');
  }
  if (notBeforeMs !== undefined && notAfterMs !== undefined && notAfterMs <= notBeforeMs) {
    return failure('key_window_malformed', 'not_after is not later than not_before');
  }
  return success({
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  });
}

export function isDuration(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= DURATION_MS.min && ms <= DURATION_MS.max;
}

/** In the order of the log, each once. */
export function checkScopes(scopes: readonly string[]): Result<readonly KeyScope[], 'scope_unknown'> {
  const known = SCOPES.filter((scope) => scopes.includes(scope));
  if (known.length === 0 || known.length !== scopes.length) {
    return failure('scope_unknown', `scopes are a set out of ${SCOPES.join(', ')}`);
  }
  return success(known);
}

export function isKid(kid: string): boolean {
  return KID.test(kid);
}

export function checkHmacSecret(secret: Uint8Array): Result<Uint8Array, 'key_malformed'> {
  const fits = secret.length >= 1 && secret.length <= HMAC_SECRET_BYTES_MAX;
  return fits ? success(secret) : failure('key_malformed', `an HMAC secret has 1 to ${HMAC_SECRET_BYTES_MAX} bytes`);
}

export function checkPublicKey(publicKey: Uint8Array): Result<Uint8Array, 'key_malformed'> {
  return isAcceptableEd25519Key(publicKey)
    ? success(publicKey)
    : failure('key_malformed', 'not an acceptable Ed25519 key');
}
