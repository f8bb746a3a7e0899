/**
 * Numbers of profile 1.0, by their token (spec/record.md, "Numbers"):
 *
 *     integer token   no `.`, `e`, `E`   exact, |n| <= 2^53 - 1, printed as it is (`-0` becomes `0`)
 *     decimal token   any other          its binary64, |x| <= 10^6, as a nine-place decimal
 *
 * The token decides, not the value: `1e7` is a decimal beyond 10^6 and refused, `10000000` is an integer.
 */
import { failure, type Result, success } from '@fractal/tlog';
import { DECIMAL_MAX, tryNinePlace } from './nine-place.ts';

/** What a canonical number looks like; its range is checked apart. */
const CANONICAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]{0,8}[1-9])?$/;

export function isIntegerToken(raw: string): boolean {
  for (let at = 0; at < raw.length; at++) {
    const unit = raw.charCodeAt(at);
    if (unit === 0x2e || unit === 0x65 || unit === 0x45) return false;
  }
  return true;
}

/** The canonical text of a token of RFC 8259. */
export function canonicalNumber(raw: string): Result<string, 'json_number_range'> {
  const value = Number(raw);
  if (!isIntegerToken(raw)) return tryNinePlace(value);
  // 2^53 and all above it round to 2^53 or more, so the test on the rounded value is exact.
  if (!Number.isSafeInteger(value)) return failure('json_number_range');
  return success(value === 0 ? '0' : raw);
}

/** What `canonicalNumber` would say, without making the text. */
export function judgeNumber(raw: string): 'canonical' | 'other' | 'out_of_range' {
  const value = Number(raw);
  const inRange = isIntegerToken(raw) ? Number.isSafeInteger(value) : Math.abs(value) <= DECIMAL_MAX;
  if (!inRange) return 'out_of_range';
  return CANONICAL.test(raw) && raw !== '-0' ? 'canonical' : 'other';
}
