/**
 * One buffer in which texts of ASCII are put together before they become a string. It is filled and read within one
 * call, nothing here is asynchronous, and callers never keep it.
 */

const decoder = new TextDecoder();
/** A longer text gets a buffer of its own, so that one large text does not hold memory for good. */
const KEPT_BYTES_MAX = 1 << 20;
let buffer = new Uint8Array(4096);

/** A buffer of at least `length` bytes with anything in it. The next caller may get the same one. */
export function scratch(length: number): Uint8Array {
  if (length <= buffer.length) return buffer;
  const larger = new Uint8Array(length * 2);
  if (larger.length <= KEPT_BYTES_MAX) buffer = larger;
  return larger;
}

/** Writes ASCII text into `target` from `offset` on; returns the offset after it. */
export function writeAscii(text: string, target: Uint8Array, offset: number): number {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}

/** The first `length` bytes as text. */
export function decodeAscii(bytes: Uint8Array, length: number): string {
  return decoder.decode(bytes.subarray(0, length));
}
