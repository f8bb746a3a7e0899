/**
 * Ed25519 (RFC 8032), with one definition of a valid signature for all languages:
 *
 *     public key   canonical encoding (y < p) of a point on the curve that is not of small order
 *     signature    R (32) ‖ S (32), S < L as a little-endian integer
 *     accept iff   encode([S]B − [k]A) equals R byte for byte, k = SHA-512(R ‖ A ‖ message) mod L
 *
 * This is the check without the cofactor of ref10, OpenSSL, BoringSSL and Go, plus the rule about keys. Libraries that
 * multiply by the cofactor (ZIP 215) accept more signatures, so the check is built here from the group's operations.
 *
 * A native `verify` may take the place of this one when it is of that family and is guarded by
 * `isAcceptableEd25519Key`.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';

/** Port: the pure implementation below, or a native one that obeys the same definition. */
export interface Ed25519 {
  /** Never throws, whatever the lengths. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** 64 bytes. `secretKey` is the 32-byte seed of RFC 8032. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** 32 bytes, from the 32-byte seed. */
  publicKey(secretKey: Uint8Array): Uint8Array;
}

export const ED25519_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;

const Point = ed25519.Point;
const GROUP_ORDER = Point.Fn.ORDER;
type CurvePoint = InstanceType<typeof Point>;

/** Whether a public key may be trusted at all; about as dear as a tenth of a verification, so check once a key. */
export function isAcceptableEd25519Key(publicKey: Uint8Array): boolean {
  return decodeKey(publicKey) !== undefined;
}

function decodeKey(publicKey: Uint8Array): CurvePoint | undefined {
  if (publicKey.length !== ED25519_KEY_BYTES) return undefined;
  try {
    const point = Point.fromBytes(publicKey, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    // fromBytes throws for one reason: these bytes are no canonical encoding of a point.
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
  const a = decodeKey(publicKey);
  if (a === undefined) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= GROUP_ORDER) return false;
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % GROUP_ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}

/** The pure implementation; a few hundred verifications a second. */
export const nobleEd25519: Ed25519 = {
  verify,
  sign: (secretKey, message) => ed25519.sign(message, secretKey),
  publicKey: (secretKey) => ed25519.getPublicKey(secretKey),
};
