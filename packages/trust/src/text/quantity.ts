/**
 * A number, amount or date as it stands in a text, and the few helpers its readers share. Read by dates.ts, figures.ts and
 * number-words.ts, put together by quantities.ts.
 */
import { GLUED, MARK, type Tokens } from './scan.ts';

export type Quantity = {
  /** Tokens [from, to). */
  readonly from: number;
  readonly to: number;
  /** '' for a bare number; else 'date', 'clock', 'ordinal', 'label', 'percent', a currency or a dimension of lexicon/numbers.ts. */
  readonly dimension: string;
  /** In the base of the dimension; NaN for dates and labels. */
  readonly value: number;
  /** As written, before the unit's factor. */
  readonly raw: number;
  /** The place of the last digit that is not a trailing zero: 67 million → 1,000,000; 3.5 → 0.1. */
  readonly precision: number;
  /** 1 more than, at least; -1 less than, at most; 0 neither. */
  readonly bound: -1 | 0 | 1;
  readonly approximate: boolean;
  /** Dates and years; 0 where not said. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Looks more like a word than a number ("one"): its absence proves nothing. */
  readonly weak: boolean;
  /** Text of a label. */
  readonly label: string;
};

/** A quantity being read. */
export type Draft = { -readonly [Key in keyof Quantity]: Quantity[Key] };

export function draft(from: number, to: number): Draft {
  return {
    from,
    to,
    dimension: '',
    value: Number.NaN,
    raw: Number.NaN,
    precision: 1,
    bound: 0,
    approximate: false,
    year: 0,
    month: 0,
    day: 0,
    weak: false,
    label: '',
  };
}

export function textAt(tokens: Tokens, at: number): string {
  return tokens.word[at]?.text ?? '';
}

export function isMark(tokens: Tokens, at: number, code: number): boolean {
  return tokens.kind[at] === MARK && tokens.code[at] === code;
}

export function isGlued(tokens: Tokens, at: number): boolean {
  return at < tokens.count && ((tokens.bits[at] as number) & GLUED) !== 0;
}
