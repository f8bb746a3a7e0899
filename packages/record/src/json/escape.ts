/**
 * Escapes in JSON strings (RFC 8259 section 7), and whether each is the spelling that RFC 8785 writes.
 * A surrogate is given back as it is; the reader asks for pairs once the string is whole.
 */
export interface Escape {
  readonly value: string;
  readonly length: number;
  /** RFC 8785 would have written it so. */
  readonly tidy: boolean;
  readonly surrogate: boolean;
}

const SHORT_ESCAPES: Readonly<Record<string, Escape>> = {
  '"': { value: '"', length: 2, tidy: true, surrogate: false },
  '\\': { value: '\\', length: 2, tidy: true, surrogate: false },
  '/': { value: '/', length: 2, tidy: false, surrogate: false },
  b: { value: '\b', length: 2, tidy: true, surrogate: false },
  f: { value: '\f', length: 2, tidy: true, surrogate: false },
  n: { value: '\n', length: 2, tidy: true, surrogate: false },
  r: { value: '\r', length: 2, tidy: true, surrogate: false },
  t: { value: '\t', length: 2, tidy: true, surrogate: false },
};

/** Control characters that have no short escape are `\u00xx`, lower case, in the tidy form. */
const TIDY_HEX = /^00(?:0[0-7be-f]|1[0-9a-f])$/;

/** The escape that begins with the backslash at `at`; undefined when RFC 8259 has none such. */
export function readEscape(text: string, at: number): Escape | undefined {
  const letter = text.charAt(at + 1);
  if (letter !== 'u') return Object.hasOwn(SHORT_ESCAPES, letter) ? SHORT_ESCAPES[letter] : undefined;
  const digits = text.slice(at + 2, at + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
  const unit = Number.parseInt(digits, 16);
  return {
    value: String.fromCharCode(unit),
    length: 6,
    tidy: TIDY_HEX.test(digits),
    surrogate: unit >= 0xd800 && unit <= 0xdfff,
  };
}
