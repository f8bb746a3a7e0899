/**
 * Keys and signatures of records (spec/record.md, "Signatures"): HMAC-SHA-256 and Ed25519 over the signed payload itself.
 *
 * Keys overlap while they rotate: several may be handed in, each with a window [notBefore, notAfter). Without a clock the
 * windows are not looked at. HMAC authenticates to whoever shares the key and is never evidence to a third party.
 */
import {
  type Ed25519,
  failure,
  hmacSha256,
  isAcceptableEd25519Key,
  nobleEd25519,
  type Result,
  success,
} from '@fractal/tlog';

export type SignatureAlg = 'hmac-sha256' | 'ed25519';

export interface VerificationKey {
  readonly alg: SignatureAlg;
  readonly kid: string;
  /** HMAC: the shared secret, at least one byte. Ed25519: the public key, 32 bytes. */
  readonly value: Uint8Array;
  /** First instant it is good for, ms since 1970. */
  readonly notBeforeMs?: number;
  /** First instant it is no longer good for, ms since 1970. */
  readonly notAfterMs?: number;
}

export interface SigningKey {
  readonly alg: SignatureAlg;
  readonly kid: string;
  /** HMAC: the shared secret, at least one byte. Ed25519: the secret seed, 32 bytes. */
  readonly value: Uint8Array;
}

export type SignatureCode =
  | 'signature_invalid'
  | 'signature_malformed'
  | 'key_unknown'
  | 'key_malformed'
  | 'key_expired'
  | 'key_not_yet_valid';

export const SIGNATURE_BYTES: Readonly<Record<SignatureAlg, number>> = { 'hmac-sha256': 32, ed25519: 64 };

/** True for the two algorithms of the registry. */
export function isSignatureAlg(text: string): text is SignatureAlg {
  return Object.hasOwn(SIGNATURE_BYTES, text);
}

/** One signature under one key, no window. The key is judged first, then the signature's length, then the signature. */
export function verifySignature(options: {
  readonly alg: SignatureAlg;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly ed25519?: Ed25519 | undefined;
}): Result<undefined, 'signature_invalid' | 'signature_malformed' | 'key_malformed'> {
  const { alg, key, message, signature } = options;
  const rightLength = signature.length === SIGNATURE_BYTES[alg];
  if (alg === 'hmac-sha256') {
    if (key.length === 0) return failure('key_malformed');
    if (!rightLength) return failure('signature_malformed');
    return sameMac(hmacSha256(key, message), signature) ? success(undefined) : failure('signature_invalid');
  }
  // A verification looks at the key too, so it is judged by itself only to name what was wrong.
  if (rightLength && (options.ed25519 ?? nobleEd25519).verify(key, message, signature)) return success(undefined);
  if (!isAcceptableEd25519Key(key)) return failure('key_malformed');
  return failure(rightLength ? 'signature_invalid' : 'signature_malformed');
}

/** Tries the candidates in order and returns the first that is in its window and verifies. */
export function verifyWithKeys(options: {
  /** Keys of the right algorithm and kid. */
  readonly candidates: readonly VerificationKey[];
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly nowMs?: number | undefined;
  readonly ed25519?: Ed25519 | undefined;
}): Result<VerificationKey, SignatureCode> {
  let best: SignatureCode = 'key_unknown';
  for (const key of options.candidates) {
    const verdict = keyFault(key, options);
    if (verdict === undefined) return success(key);
    if (RANK[verdict] > RANK[best]) best = verdict;
  }
  return failure(best);
}

/** With several keys the most telling failure is reported: a signature that was checked outranks a key that was not tried. */
const RANK: Readonly<Record<SignatureCode, number>> = {
  key_unknown: 0,
  key_malformed: 1,
  key_not_yet_valid: 2,
  key_expired: 3,
  signature_malformed: 4,
  signature_invalid: 5,
};

function windowFault(key: VerificationKey, nowMs: number | undefined): 'key_not_yet_valid' | 'key_expired' | undefined {
  if (nowMs === undefined) return undefined;
  if (key.notBeforeMs !== undefined && nowMs < key.notBeforeMs) return 'key_not_yet_valid';
  if (key.notAfterMs !== undefined && nowMs >= key.notAfterMs) return 'key_expired';
  return undefined;
}

function keyFault(
  key: VerificationKey,
  options: {
    readonly message: Uint8Array;
    readonly signature: Uint8Array;
    readonly nowMs?: number | undefined;
    readonly ed25519?: Ed25519 | undefined;
  },
): SignatureCode | undefined {
  const window = windowFault(key, options.nowMs);
  // A key that could never verify anything is called so, in its window or not.
  if (window !== undefined) return isUsable(key) ? window : 'key_malformed';
  const { message, signature, ed25519 } = options;
  const verified = verifySignature({ alg: key.alg, key: key.value, message, signature, ed25519 });
  return verified.ok ? undefined : verified.code;
}

function isUsable({ alg, value }: VerificationKey): boolean {
  return alg === 'hmac-sha256' ? value.length > 0 : isAcceptableEd25519Key(value);
}

/** Signs `message`. `key_malformed` when the key has no usable length. */
export function signMessage(options: {
  readonly key: SigningKey;
  readonly message: Uint8Array;
  readonly ed25519?: Ed25519 | undefined;
}): Result<Uint8Array, 'key_malformed'> {
  const { key, message } = options;
  if (key.alg === 'hmac-sha256') {
    return key.value.length === 0 ? failure('key_malformed') : success(hmacSha256(key.value, message));
  }
  if (key.value.length !== 32) return failure('key_malformed');
  return success((options.ed25519 ?? nobleEd25519).sign(key.value, message));
}

/** Looks at every byte whatever it finds, so that the time taken tells nothing of the expected MAC. */
function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}
