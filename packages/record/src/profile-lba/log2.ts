/**
 * Logarithm to base 2 from + - * / alone, so that every runtime gives the same bits. Off by less than 2^-50 of its value
 * or of one, exact for powers of two.
 *
 * x = m * 2^e with m in [√½, √2); log2 m = (2 / ln 2) · artanh(s), s = (m − 1) / (m + 1), |s| < 0.1716, by its series.
 */
const TWO_OVER_LN2 = 2.8853900817779268;
/** s^25 is below the last place of the sum. */
const LAST_POWER = 23;

const bits = new DataView(new ArrayBuffer(8));

/** `x` is a positive, finite, normal number. */
export function log2(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0x000f_ffff) | 0x3ff0_0000);
  let mantissa = bits.getFloat64(0);
  if (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let power = LAST_POWER; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return exponent + TWO_OVER_LN2 * s * sum;
}
