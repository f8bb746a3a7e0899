/** Unsigned 64-bit integers: `bigint` in memory, decimal in text, big endian in bytes. */

import { invariant } from '../invariant.ts';

export const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** 20 digits is 2^64 - 1; longer text is refused before a bigint of its length is made. */
const DIGITS_MAX = 20;
const CANONICAL_DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/** undefined unless `text` is the one canonical decimal of a u64: no sign, no leading zero, no space, <= 2^64 - 1. */
export function parseUint64(text: string): bigint | undefined {
  if (text.length > DIGITS_MAX || !CANONICAL_DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value <= UINT64_MAX ? value : undefined;
}

export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= UINT64_MAX;
}

/** An index or a size of our own, whichever way it is held, as a u64; throws on anything else. */
export function toUint64(value: bigint | number): bigint {
  invariant(typeof value === 'number' ? Number.isSafeInteger(value) : true, 'a number that stands for a u64 is safe');
  const integer = BigInt(value);
  invariant(isUint64(integer), 'an index or a size is a u64');
  return integer;
}

/** Eight bytes, big endian. `value` must be a u64. */
export function uint64ToBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** The u64 in the eight bytes at `offset`. */
export function uint64FromBytes(bytes: Uint8Array, offset = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset);
}
