/**
 * Timestamped Ed25519 cosignatures (C2SP tlog-cosignature, `cosignature/v1`):
 *
 *     signature field   uint64 BE time (seconds) ‖ Ed25519 signature (64)
 *     signed message    "cosignature/v1\n" ‖ "time " ‖ decimal time ‖ "\n" ‖ note text
 *
 * Does not check that the time is plausible: this package has no clock.
 */
import { concatBytes } from '../bytes/bytes.ts';
import { uint64FromBytes, uint64ToBytes } from '../bytes/uint64.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { invariant } from '../invariant.ts';
import { ED25519_SIGNATURE_BYTES, type Ed25519 } from '../signature/ed25519.ts';

/** Times above this are refused. */
export const COSIGNATURE_TIME_MAX = 2n ** 63n - 1n;
const TIME_BYTES = 8;

function cosignedMessage(noteText: string, time: bigint): Uint8Array {
  return utf8Encode(`cosignature/v1\ntime ${time}\n${noteText}`);
}

/** The signature field of a cosignature over `noteText` at `time` (seconds since the epoch, 0 to 2^63 − 1). */
export function signCosignature(input: {
  readonly noteText: string;
  readonly time: bigint;
  readonly secretKey: Uint8Array;
  readonly ed25519: Ed25519;
}): Uint8Array {
  const { noteText, time, secretKey, ed25519 } = input;
  invariant(time >= 0n && time <= COSIGNATURE_TIME_MAX, 'cosignature time is under 2^63');
  return concatBytes(uint64ToBytes(time), ed25519.sign(secretKey, cosignedMessage(noteText, time)));
}

/** The time that a valid signature field carries; undefined when it is not a valid one. */
export function verifyCosignature(input: {
  readonly noteText: string;
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly ed25519: Ed25519;
}): bigint | undefined {
  const { noteText, signature, publicKey, ed25519 } = input;
  if (signature.length !== TIME_BYTES + ED25519_SIGNATURE_BYTES) return undefined;
  const time = uint64FromBytes(signature);
  if (time > COSIGNATURE_TIME_MAX) return undefined;
  const valid = ed25519.verify(publicKey, cosignedMessage(noteText, time), signature.subarray(TIME_BYTES));
  return valid ? time : undefined;
}
