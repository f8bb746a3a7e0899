import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concatBytes, equalBytes } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 6, max: 3 });

describe('bytes', () => {
  it('joins in order', () => {
    fc.assert(
      fc.property(fc.array(bytes), (parts) => {
        expect([...concatBytes(...parts)]).toEqual(parts.flatMap((part) => [...part]));
      }),
    );
  });

  it('orders like Buffer.compare, and is equal where the order says 0', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('looks at views, not at what lies behind them', () => {
    const whole = Uint8Array.of(9, 1, 2, 9);
    expect(equalBytes(whole.subarray(1, 3), Uint8Array.of(1, 2))).toBe(true);
    expect(concatBytes(whole.subarray(1, 3))).toEqual(Uint8Array.of(1, 2));
  });
});
