import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { log2 } from './log2.ts';

describe('log2', () => {
  it('is exact for powers of two', () => {
    for (let exponent = -1022; exponent <= 1023; exponent++) expect(log2(2 ** exponent)).toBe(exponent);
  });

  it("is within 2^-50 of the platform's, relative to the larger of it and one", () => {
    const counts = fc.maxSafeNat().map((n) => n + 1);
    const any = fc.double({ min: 2.3e-308, max: 1.7e308, noNaN: true });
    const nearOne = fc.double({ min: 0.5, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(counts, any, nearOne), (x) => {
        const expected = Math.log2(x);
        expect(Math.abs(log2(x) - expected)).toBeLessThanOrEqual(2 ** -50 * Math.max(1, Math.abs(expected)));
      }),
      { numRuns: 5000 },
    );
  });
});
