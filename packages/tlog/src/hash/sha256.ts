/**
 * SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), pure; and the port by which a faster SHA-256 takes its place.
 *
 * There is one definition, the pure one. A composition root that has a native SHA-256 hands it in once, as it starts; the
 * hashes of trees, leaves and rows are called from everywhere and millions of times, so handing a port down to each of
 * them would cost more than the hash. That this is state of the module cannot be observed but by a clock: what is
 * handed in is held against the definition first, and is refused unless it says the same.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as pureSha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../bytes/bytes.ts';
import { invariant } from '../invariant.ts';

/** Port: the SHA-256 of the bytes, in 32 bytes of its own that nobody writes to later. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Inputs up to three blocks of 64 bytes: every way in which padding can fall, twice and more. */
const COMPARED_LENGTHS = 200;

let implementation: Sha256 = pureSha256;

/** 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return implementation(bytes);
}

/**
 * From here on `sha256` is `faster`, in this thread. Throws, and changes nothing, where it differs from the definition on any of
 * 200 lengths, gives anything but a plain Uint8Array, or gives the same bytes twice to be written over.
 */
export function useSha256(faster: Sha256): void {
  for (let length = 0; length < COMPARED_LENGTHS; length++) {
    const input = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    const given = faster(input);
    const again = faster(input);
    const isPlain = Object.getPrototypeOf(given) === Uint8Array.prototype && given.buffer !== again.buffer;
    invariant(isPlain && equalBytes(given, pureSha256(input)), 'a faster SHA-256 is the same function');
  }
  implementation = faster;
}

/** 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(pureSha256, key, message);
}
