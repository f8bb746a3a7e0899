/** Where negations and denials stand in a text and which words they reach. */
import { DENIAL, NEGATION, NUMERAL } from '../lexicon/words.ts';
import { MARK, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';

/** `strong`: a word of negation (not, never, without); else a word that denies by its meaning (fail, lack). */
export type Scope = { readonly cue: number; readonly reached: readonly number[]; readonly strong: boolean };

/** Content words a negation reaches, and tokens at most. */
const SCOPE_WORDS = 2;
const SCOPE_TOKENS = 7;

/** Of the tokens [from, to). "not only", "No. 10" and "not … until" deny nothing. */
export function scopesOf(tokens: Tokens, from: number, to: number): Scope[] {
  const scopes: Scope[] = [];
  for (let at = from; at < to; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    const strong = (word.bits & NEGATION) !== 0 || word.text === 'nolonger';
    if (!strong && (word.bits & DENIAL) === 0) continue;
    // "No. 10": a number, not a denial.
    if (word.text === 'no' && tokens.kind[at + 1] === MARK && tokens.code[at + 1] === 0x2e) continue;
    // "not only": says yes to both.
    if (
      word.text === 'notonly' ||
      (word.text === 'not' && /^(just|merely|simply|solely)$/.test(tokens.word[at + 1]?.text ?? ''))
    )
      continue;
    // "did not open until 1990": it did open.
    if (word.text === 'not' && untilFollows(tokens, at, to)) continue;
    scopes.push({ cue: at, reached: reachOf(tokens, at + 1, to), strong });
  }
  return scopes;
}

function untilFollows(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from + 1; at < to && at <= from + 8; at += 1) if (tokens.word[at]?.text === 'until') return true;
  return false;
}

/** The first content words from a token on, up to a comma, `but`, `because`, or an `and` behind one. */
export function reachOf(tokens: Tokens, from: number, to: number): readonly number[] {
  const reached: number[] = [];
  for (let at = from; at < to && at < from + SCOPE_TOKENS && reached.length < SCOPE_WORDS; at += 1) {
    if (tokens.kind[at] === MARK) {
      const code = tokens.code[at];
      if (code === 0x2c || code === 0x3b || code === 0x3a || code === 0x2e) break;
      continue;
    }
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    if (word.text === 'but' || word.text === 'because' || word.text === 'until') break;
    if (word.text === 'and' && reached.length > 0) break;
    if (isContent(word) && (word.bits & NUMERAL) === 0) reached.push(at);
  }
  return reached;
}

/** The cue that reaches this token; -1: none. */
export function isReached(scopes: readonly Scope[], at: number): number {
  return scopes.find((scope) => scope.reached.includes(at))?.cue ?? -1;
}

/** No negation or denial reaches this token, and it is none itself. */
export function isFree(scopes: readonly Scope[], at: number): boolean {
  return !scopes.some((scope) => scope.cue === at || scope.reached.includes(at));
}
