import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ninePlace, roundedUnitsExactly, tryNinePlace } from './nine-place.ts';

/** The rule by itself: the exact decimal expansion of a binary64 as an integer of 10^-1074, rounded half to even. */
function oracle(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const word = view.getBigUint64(0);
  const biased = Number(word >> 52n);
  const fraction = word & ((1n << 52n) - 1n);
  const mantissa = biased === 0 ? fraction : fraction + (1n << 52n);
  // |x| = mantissa * 2^(e) with e >= -1074; in units of 10^-1074 that is mantissa * 2^(e + 1074) * 5^1074.
  const units = (mantissa << BigInt(Math.max(biased, 1) - 1)) * 5n ** 1074n;
  const step = 10n ** 1065n;
  const whole = units / step;
  const rest = units % step;
  const rounded = rest * 2n > step || (rest * 2n === step && whole % 2n === 1n) ? whole + 1n : whole;
  const digits = rounded.toString().padStart(10, '0');
  const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '');
  return rounded === 0n ? '0' : (x < 0 ? '-' : '') + text;
}

const KNOWN: readonly [number, string][] = [
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [-1, '-1'],
  [100, '100'],
  [0.1, '0.1'],
  [1 / 3, '0.333333333'],
  [2 / 3, '0.666666667'],
  [1e-9, '0.000000001'],
  [5e-10, '0.000000001'],
  [4.9e-10, '0'],
  [-4.9e-10, '0'],
  [5e-324, '0'],
  [1_000_000, '1000000'],
  [-1_000_000, '-1000000'],
  [999_999.999999999, '999999.999999999'],
  [999_999.9999999999, '1000000'],
  // Exact ties: odd multiples of 2^-10 end in …5 at the tenth place.
  [2 ** -10, '0.000976562'],
  [3 * 2 ** -10, '0.002929688'],
  [5 * 2 ** -10, '0.004882812'],
  [1 + 2 ** -10, '1.000976562'],
  [-(3 * 2 ** -10), '-0.002929688'],
];

describe('ninePlace', () => {
  it('prints known values', () => {
    expect(KNOWN.map(([x]) => ninePlace(x))).toEqual(KNOWN.map(([, text]) => text));
  });

  it('is the exact value rounded half to even', () => {
    const ties = fc
      .tuple(fc.integer({ min: 0, max: 999_999 }), fc.nat(1023))
      .map(([whole, part]) => whole + part / 1024);
    const any = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const small = fc.double({ min: -1e-6, max: 1e-6, noNaN: true });
    const nearTies = ties.chain((x) => fc.integer({ min: -3, max: 3 }).map((ulps) => clamp(x * (1 + ulps * 2 ** -52))));
    fc.assert(
      fc.property(fc.oneof(ties, any, small, nearTies), (x) => {
        expect(ninePlace(x)).toBe(oracle(x));
      }),
      { numRuns: 3000 },
    );
  });

  it('is a fixed point: the text reads back to a number with the same text', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        const text = ninePlace(x);
        expect(ninePlace(Number(text))).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses what is not finite or beyond 10^6', () => {
    const beyond = [Number.NaN, Infinity, -Infinity, 1_000_000.0000000001, -1_000_000.0000000001, 1e7, 1e308];
    for (const x of beyond) {
      expect(tryNinePlace(x)).toEqual({ ok: false, code: 'json_number_range' });
      expect(() => ninePlace(x)).toThrow(RangeError);
    }
  });

  it('decides the same with integers where floating point already decides', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (x) => {
        const units = BigInt(oracle(x).replace(/^(\d+)\.?(\d*)$/, (_, whole, part) => whole + part.padEnd(9, '0')));
        expect(BigInt(roundedUnitsExactly(x))).toBe(units);
      }),
      { numRuns: 1000 },
    );
  });
});

function clamp(x: number): number {
  return Math.min(1e6, Math.max(-1e6, x));
}
