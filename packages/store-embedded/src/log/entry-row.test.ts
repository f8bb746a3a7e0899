import { CorruptRow, type StoredEntry } from '@fractal/ledger';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCarried, encodeCarried } from './carried-rows.ts';
import { decodeEntryRow, encodeEntryRow, readUint64, uint64 } from './entry-row.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const derivedRow = fc.record({
  table: fc.string({ unit: 'grapheme-ascii', maxLength: 255 }),
  key: fc.uint8Array({ maxLength: 64 }),
  value: fc.uint8Array({ maxLength: 64 }),
});
const entry: fc.Arbitrary<StoredEntry> = fc.record(
  {
    index: fc.nat(),
    tag: bytes(16),
    salt: bytes(16),
    key: bytes(32),
    digest: bytes(32),
    body: fc.uint8Array({ maxLength: 64 }),
    carried: fc.array(derivedRow, { maxLength: 3 }),
  },
  { requiredKeys: ['index', 'tag', 'salt', 'key', 'digest', 'body'] },
);

it('gives back every entry, with the rows it carries', () => {
  fc.assert(
    fc.property(entry, (given) => {
      expect(decodeEntryRow(given.index, encodeEntryRow(given))).toEqual(given);
    }),
  );
});

it('reads any bytes as an entry only where they are the form of one, and never throws but CorruptRow', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), entry.map(encodeEntryRow)), fc.nat(), (given, cut) => {
      for (const row of [given, given.subarray(0, cut % (given.length + 1))]) {
        try {
          expect(encodeEntryRow(decodeEntryRow(7, row))).toEqual(row);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptRow);
        }
      }
    }),
  );
});

it('reads any bytes as carried rows only where they are the form of what they say', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.array(derivedRow).map(encodeCarried)), (given) => {
      const rows = decodeCarried(given);
      if (rows !== undefined) expect(encodeCarried(rows)).toEqual(given);
    }),
  );
});

it('takes a table of 255 bytes and a key of 65,535, and none longer', () => {
  const row = { table: 't'.repeat(255), key: new Uint8Array(65_535), value: new Uint8Array(1) };
  expect(decodeCarried(encodeCarried([row]))).toEqual([row]);
  expect(() => encodeCarried([{ ...row, table: 't'.repeat(256) }])).toThrow(RangeError);
  expect(() => encodeCarried([{ ...row, key: new Uint8Array(65_536) }])).toThrow(RangeError);
});

describe('an index as a key', () => {
  it('is eight bytes, big endian, and is read again', () => {
    const known = (value: number): Uint8Array => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
      return bytes;
    };
    const edges = [0, 1, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 1];
    const check = (value: number): void => {
      expect(uint64(value)).toEqual(known(value));
      expect(readUint64(uint64(value))).toBe(value);
    };
    for (const value of edges) check(value);
    fc.assert(fc.property(fc.maxSafeNat(), check));
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('is not %d', (value) => {
    expect(() => uint64(value)).toThrow(RangeError);
  });

  it('is not in seven bytes', () => {
    expect(() => readUint64(new Uint8Array(7))).toThrow(CorruptRow);
  });
});
