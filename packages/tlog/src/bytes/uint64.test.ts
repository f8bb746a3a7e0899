import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE_NUMBERS } from '../testing/samples.ts';
import { isUint64, parseUint64, UINT64_MAX, uint64FromBytes, uint64ToBytes } from './uint64.ts';

describe('parseUint64', () => {
  it.each([
    ['0', 0n],
    ['1', 1n],
    ['9007199254740993', 2n ** 53n + 1n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', 2n ** 63n],
    ['18446744073709551615', UINT64_MAX],
  ])('reads %s', (text, value) => {
    expect(parseUint64(text)).toBe(value);
  });

  it.each(HOSTILE_NUMBERS.map((text) => [text.slice(0, 24), text]))('refuses %j', (_shown, text) => {
    expect(parseUint64(text)).toBeUndefined();
  });

  it('comes back for every u64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: UINT64_MAX }), (value) => {
        expect(parseUint64(String(value))).toBe(value);
        expect(uint64FromBytes(uint64ToBytes(value))).toBe(value);
      }),
    );
  });
});

describe('u64 bytes', () => {
  it('are big endian, at an offset of a view too', () => {
    expect(uint64ToBytes(0x0102030405060708n)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const behind = Uint8Array.of(9, 9, 9, 0, 0, 0, 0, 0, 0, 1, 2);
    expect(uint64FromBytes(behind.subarray(1), 2)).toBe(0x0102n);
  });

  it('hold 0 to 2^64 − 1', () => {
    expect([-1n, 0n, UINT64_MAX, UINT64_MAX + 1n].map(isUint64)).toEqual([false, true, true, false]);
  });
});
