/**
 * Reals and strings as the deployed agents sign them (spec/record.md, "Profile fractal-lba-kakeya 0.1").
 *
 * A real is rounded to nine places half away from zero on its *shortest decimal* (the digits that both Python's `repr`
 * and ECMAScript print), taken back to binary64, and printed as Python's `repr` prints it: `1.0`, `1e-09`, `-0.0`.
 * A string is escaped to ASCII as Python's json does with ensure_ascii, and 0x7f too.
 */

/** The text of `x` in the signed payload; `x` is finite. */
export function agentReal(x: number): string {
  return pythonRepr(roundNineHalfAway(x));
}

/** Nine places, half away from zero, on the shortest decimal. The sign of zero is kept. */
export function roundNineHalfAway(x: number): number {
  const { negative, digits, exponent } = shortestDecimal(x);
  const sign = negative ? '-' : '';
  // The value is 0.digits * 10^exponent, so the ninth place after the point is digit number exponent + 9.
  const kept = exponent + 9;
  if (kept >= digits.length) return x;
  if (kept < 0) return negative ? -0 : 0;
  const up = digits.charCodeAt(kept) >= 0x35;
  const head = BigInt(digits.slice(0, kept) || '0') + (up ? 1n : 0n);
  return Number(`${sign}${head}e-9`);
}

/** Python's `repr` of a float: exponent form below 1e-4 and from 1e16 on, with a sign and at least two digits. */
export function pythonRepr(x: number): string {
  const { negative, digits, exponent } = shortestDecimal(x);
  const sign = negative ? '-' : '';
  if (digits === '') return `${sign}0.0`;
  const tens = exponent - 1;
  if (tens < -4 || tens >= 16) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(tens)).padStart(2, '0');
    return `${sign}${digits[0]}${rest}e${tens < 0 ? '-' : '+'}${power}`;
  }
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return `${sign}${digits.padEnd(exponent, '0')}.0`;
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

interface Decimal {
  readonly negative: boolean;
  /** Without leading or trailing zeros; empty for zero. */
  readonly digits: string;
  /** The value is 0.digits * 10^exponent. */
  readonly exponent: number;
}

/** The shortest decimal that reads back as `x`, from ECMAScript's own printing of it. */
function shortestDecimal(x: number): Decimal {
  const negative = x < 0 || Object.is(x, -0);
  if (x === 0) return { negative, digits: '', exponent: 0 };
  const [mantissa, power] = Math.abs(x).toExponential().split('e') as [string, string];
  return { negative, digits: mantissa.replace('.', ''), exponent: Number(power) + 1 };
}

const NEEDS_ESCAPE = /["\\]|[^\x20-\x7e]/;

/** A JSON string in ASCII, escapes in lower-case hex, each half of a surrogate pair by itself. */
export function agentString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  let out = '"';
  for (let at = 0; at < text.length; at++) out += escapeUnit(text.charCodeAt(at));
  return `${out}"`;
}

const SHORT: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

function escapeUnit(unit: number): string {
  const short = SHORT[unit];
  if (short !== undefined) return short;
  if (unit >= 0x20 && unit <= 0x7e) return String.fromCharCode(unit);
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
