import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from './instant.ts';

const YEAR_0_MS = Date.parse('0000-01-01T00:00:00Z');
const YEAR_10000_MS = Date.parse('+010000-01-01T00:00:00Z');
const anyInstant = fc.integer({ min: YEAR_0_MS, max: YEAR_10000_MS - 1 });

describe('parseInstant', () => {
  it('agrees with the clock of the host on every instant of the years 0 to 9999', () => {
    fc.assert(
      fc.property(anyInstant, (ms) => {
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });

  it('cuts off what is finer than a millisecond and takes fewer digits', () => {
    expect(['', '.5', '.05', '.123456', '.999999999'].map((f) => parseInstant(`1970-01-01T00:00:01${f}Z`))).toEqual([
      1000, 1500, 1050, 1123, 1999,
    ]);
  });

  it('refuses other spellings and days that no calendar has', () => {
    const hostile = [
      '',
      '2025-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2025-04-31T00:00:00Z',
      '2025-13-01T00:00:00Z',
      '2025-00-01T00:00:00Z',
      '2025-01-00T00:00:00Z',
      '2025-01-01T24:00:00Z',
      '2025-01-01T00:60:00Z',
      '2025-06-30T23:59:60Z',
      '2025-01-01T00:00:00',
      '2025-01-01T00:00:00+00:00',
      '2025-01-01T00:00:00z',
      '2025-01-01t00:00:00Z',
      '2025-01-01 00:00:00Z',
      '2025-01-01T00:00Z',
      '2025-01-01T00:00:00.Z',
      '2025-01-01T00:00:00.1234567890Z',
      '2025-1-01T00:00:00Z',
      '+2025-01-01T00:00:00Z',
      '2025-01-01T00:00:00Z\n',
      '２025-01-01T00:00:00Z',
    ];
    expect(hostile.filter((text) => parseInstant(text) !== undefined)).toEqual([]);
    expect(parseInstant('2000-02-29T00:00:00Z')).toBe(Date.parse('2000-02-29T00:00:00Z'));
  });
});

describe('formatInstant', () => {
  it('writes what the host writes', () => {
    fc.assert(
      fc.property(anyInstant, (ms) => {
        expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });

  it('throws outside the years 0 to 9999 and between milliseconds', () => {
    for (const ms of [YEAR_0_MS - 1, YEAR_10000_MS, 0.5, Number.NaN, Infinity]) {
      expect(() => formatInstant(ms)).toThrow(RangeError);
    }
  });
});
