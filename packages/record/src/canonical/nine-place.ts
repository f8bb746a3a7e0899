/**
 * Nine-place decimals (spec/record.md, "Numbers"): the exact value of a binary64 rounded to nine decimal places, ties to
 * even, without exponent, trailing zeros, trailing point or `-0`.
 *
 * `toFixed` rounds ties up and is no help. Nearly every value is decided in floating point: y = x * 1e9 is below 1e15,
 * so it is off by at most 1/16 from the true product, and away from a half by more than that it rounds as the true
 * product does. What is left is decided exactly, with integers.
 */
import { failure, type Result, success } from '@fractal/tlog';

/** Largest magnitude of a decimal. Below it a text with nine places is always the rounding of its own binary64. */
export const DECIMAL_MAX = 1_000_000;

const SCALE = 1_000_000_000;

/** The text of `x`, |x| <= 10^6. A number out of range is a broken promise of the caller and throws a RangeError. */
export function ninePlace(x: number): string {
  const text = tryNinePlace(x);
  if (!text.ok) throw new RangeError('a nine-place decimal is finite and at most 10^6 in magnitude');
  return text.value;
}

/** As `ninePlace`, for numbers of strangers: `json_number_range` when not finite or |x| > 10^6. */
export function tryNinePlace(x: number): Result<string, 'json_number_range'> {
  const magnitude = Math.abs(x);
  if (!(magnitude <= DECIMAL_MAX)) return failure('json_number_range');
  const units = roundedUnits(magnitude);
  const sign = x < 0 && units > 0 ? '-' : '';
  const whole = Math.floor(units / SCALE);
  const fraction = units - whole * SCALE;
  if (fraction === 0) return success(`${sign}${whole}`);
  let digits = String(fraction).padStart(9, '0');
  let end = 9;
  while (digits.charCodeAt(end - 1) === 0x30) end -= 1;
  digits = digits.slice(0, end);
  return success(`${sign}${whole}.${digits}`);
}

/** `magnitude` in units of 10^-9, rounded half to even: an integer of at most 10^15. */
function roundedUnits(magnitude: number): number {
  const scaled = magnitude * SCALE;
  const whole = Math.floor(scaled);
  const fraction = scaled - whole;
  if (fraction < 0.375) return whole;
  if (fraction > 0.625) return whole + 1;
  return roundedUnitsExactly(magnitude);
}

const bits = new DataView(new ArrayBuffer(8));

/** The same by integers alone: x = mantissa * 2^-shift, so x * 10^9 = (mantissa * 10^9) >> shift, rounded half to even. */
export function roundedUnitsExactly(magnitude: number): number {
  bits.setFloat64(0, magnitude);
  const word = bits.getBigUint64(0);
  const biased = Number(word >> 52n);
  const mantissa = biased === 0 ? word & 0xf_ffff_ffff_ffffn : (word & 0xf_ffff_ffff_ffffn) | 0x10_0000_0000_0000n;
  const shift = 1075 - Math.max(biased, 1);
  const product = mantissa * BigInt(SCALE);
  if (shift <= 0) return Number(product << BigInt(-shift));
  const width = BigInt(shift);
  const whole = product >> width;
  const rest = product - (whole << width);
  const half = 1n << (width - 1n);
  const up = rest > half || (rest === half && (whole & 1n) === 1n);
  return Number(up ? whole + 1n : whole);
}
