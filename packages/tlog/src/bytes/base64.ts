/**
 * Standard base64 (RFC 4648 section 4) with padding. One text for each byte string: the decoder refuses white space,
 * other alphabets, missing padding and trailing bits that are not zero.
 *
 * Both directions are driven by tables because receipts are encoded tens of thousands of times a second and
 * `Uint8Array.prototype.toBase64` is not in the oldest runtime we support. Characters are collected in one buffer and
 * decoded at once, which is several times faster than adding up strings.
 */
import { decodeAscii, scratch } from './ascii.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 0xff;
const PAD = 0x3d;

const CODE_OF_VALUE = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** The two characters of 12 bits. */
const FIRST_OF_PAIR = Uint8Array.from({ length: 4096 }, (_, bits) => CODE_OF_VALUE[bits >> 6]!);
const SECOND_OF_PAIR = Uint8Array.from({ length: 4096 }, (_, bits) => CODE_OF_VALUE[bits & 63]!);

const VALUE_OF_CODE = new Uint8Array(128).fill(INVALID);
for (let value = 0; value < 64; value++) VALUE_OF_CODE[CODE_OF_VALUE[value]!] = value;

/** Characters of the base64 of `byteCount` bytes. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

export function toBase64(bytes: Uint8Array): string {
  const target = scratch(base64Length(bytes.length));
  return decodeAscii(target, writeBase64(bytes, target, 0));
}

/** Writes the characters of `bytes` into `target` from `offset` on; returns the offset after them. */
export function writeBase64(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let out = offset;
  for (let i = 0; i < whole; i += 3) {
    const middle = bytes[i + 1]!;
    const high = (bytes[i]! << 4) | (middle >> 4);
    const low = ((middle & 15) << 8) | bytes[i + 2]!;
    target[out] = FIRST_OF_PAIR[high]!;
    target[out + 1] = SECOND_OF_PAIR[high]!;
    target[out + 2] = FIRST_OF_PAIR[low]!;
    target[out + 3] = SECOND_OF_PAIR[low]!;
    out += 4;
  }
  if (rest === 0) return out;
  const middle = rest === 2 ? bytes[whole + 1]! : 0;
  const high = (bytes[whole]! << 4) | (middle >> 4);
  target[out] = FIRST_OF_PAIR[high]!;
  target[out + 1] = SECOND_OF_PAIR[high]!;
  target[out + 2] = rest === 2 ? CODE_OF_VALUE[(middle & 15) << 2]! : PAD;
  target[out + 3] = PAD;
  return out + 4;
}

/** undefined when `text` is not exactly what `toBase64` would have written. */
export function fromBase64(text: string): Uint8Array | undefined {
  const length = text.length;
  if (length === 0) return new Uint8Array(0);
  if (length % 4 !== 0) return undefined;
  let padding = 0;
  if (text.charCodeAt(length - 1) === PAD) padding = text.charCodeAt(length - 2) === PAD ? 2 : 1;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const wholeEnd = padding === 0 ? length : length - 4;
  let out = 0;
  for (let i = 0; i < wholeEnd; i += 4) {
    const bits = quad(text, i);
    if (bits < 0) return undefined;
    bytes[out++] = bits >> 16;
    bytes[out++] = (bits >> 8) & 0xff;
    bytes[out++] = bits & 0xff;
  }
  if (padding === 0) return bytes;
  return lastQuad(text, wholeEnd, padding, bytes, out) ? bytes : undefined;
}

/** 24 bits of four characters, negative when one of them is not of the alphabet. */
function quad(text: string, at: number): number {
  const a = valueAt(text, at);
  const b = valueAt(text, at + 1);
  const c = valueAt(text, at + 2);
  const d = valueAt(text, at + 3);
  if ((a | b | c | d) > 63) return -1;
  return (a << 18) | (b << 12) | (c << 6) | d;
}

function lastQuad(text: string, at: number, padding: number, bytes: Uint8Array, out: number): boolean {
  const a = valueAt(text, at);
  const b = valueAt(text, at + 1);
  const c = padding === 1 ? valueAt(text, at + 2) : 0;
  if ((a | b | c) > 63) return false;
  const unusedBits = padding === 1 ? c & 3 : b & 15;
  if (unusedBits !== 0) return false;
  bytes[out] = (a << 2) | (b >> 4);
  if (padding === 1) bytes[out + 1] = ((b & 15) << 4) | (c >> 2);
  return true;
}

function valueAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? VALUE_OF_CODE[code]! : INVALID;
}
