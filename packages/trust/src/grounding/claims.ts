/**
 * The output → claims: one a sentence, with lead-ins that say nothing ("Based on the passages,") cut off, and with each sentence told
 * apart: a claim to check, mere politeness, a question, a refusal to answer, a statement that the evidence lacks something.
 * Semicolons divide claims where both sides are long enough. Offsets are kept.
 */

import { BOILERPLATE_WORDS, LEAD_INS, SAYING, SOURCE_WORDS } from '../lexicon/boilerplate.ts';
import { AUXILIARY, CLOSED_CLASS, FUNCTION, NEGATION, OPENER } from '../lexicon/words.ts';
import { quantitiesOf } from '../text/quantities.ts';
import type { Quantity } from '../text/quantity.ts';
import { ADDRESS, ALL_CAPS, CAP, MARK, NUMBER, type Tokens, WORD } from '../text/scan.ts';
import type { Sentences } from '../text/sentences.ts';
import { isContent } from '../text/vocabulary.ts';
import { type Terms, termOf } from './terms.ts';

export type ClaimKind = 'claim' | 'politeness' | 'question' | 'refusal' | 'absence';

/** A content word where it stands. */
export type Occurrence = { readonly term: number; readonly at: number; readonly weight: number };

/** A capitalised run of words that names someone or something. Tokens [from, to). */
export type Name = { readonly from: number; readonly to: number };

export type Claim = {
  readonly kind: ClaimKind;
  /** Tokens [from, to) of the output. */
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
  readonly occurrences: readonly Occurrence[];
  /** Distinct terms to look passages up by, figures included. */
  readonly terms: readonly number[];
  readonly quantities: readonly Quantity[];
  readonly names: readonly Name[];
};

/** More distinct terms than this are not looked up: two 31-bit masks (windows.ts). */
export const TERMS_MAX = 62;
const CLAUSE_TOKENS_MIN = 6;

export function claimsOf(
  tokens: Tokens,
  sentences: Sentences,
  terms: Terms,
  capitalised: ReadonlySet<string>,
): Claim[] {
  const claims: Claim[] = [];
  for (let sentence = 0; sentence < sentences.count; sentence += 1) {
    const question = sentences.question[sentence] === 1;
    for (const [from, to] of clauses(tokens, sentences.from[sentence] as number, sentences.to[sentence] as number)) {
      claims.push(claimOf(tokens, skipLeadIns(tokens, from, to), to, question, terms, capitalised));
    }
  }
  if (!claims.some((claim) => claim.kind === 'claim')) return claims;
  // Beside claims, a question or a refusal that brings figures or names is one more: "Did you know that it cost $9 million?"
  return claims.map((claim) => {
    const brings = claim.quantities.length > 0 || (claim.kind === 'question' && claim.names.length > 0);
    return brings && (claim.kind === 'question' || claim.kind === 'refusal') ? { ...claim, kind: 'claim' } : claim;
  });
}

function clauses(tokens: Tokens, from: number, to: number): readonly (readonly [number, number])[] {
  const cuts: [number, number][] = [];
  let begin = from;
  for (let at = from; at < to; at += 1) {
    if (tokens.kind[at] !== MARK || tokens.code[at] !== 0x3b) continue;
    if (at - begin < CLAUSE_TOKENS_MIN || to - at < CLAUSE_TOKENS_MIN) continue;
    cuts.push([begin, at]);
    begin = at + 1;
  }
  cuts.push([begin, to]);
  return cuts;
}

function skipLeadIns(tokens: Tokens, from: number, to: number): number {
  let begin = from;
  for (let round = 0; round < 3; round += 1) {
    while (begin < to && tokens.kind[begin] !== WORD && tokens.kind[begin] !== NUMBER && !isSign(tokens, begin))
      begin += 1;
    const after = leadInEnd(tokens, begin, to);
    if (after === begin) break;
    begin = after;
  }
  return begin;
}

/** Signs that belong to the figure behind them. */
function isSign(tokens: Tokens, at: number): boolean {
  const code = tokens.code[at] as number;
  return (
    tokens.kind[at] === MARK && (code === 0x24 || code === 0xa3 || code === 0x20ac || code === 0x7e || code === 0x2d)
  );
}

function leadInEnd(tokens: Tokens, from: number, to: number): number {
  const first = tokens.word[from]?.text ?? '';
  for (const leadIn of LEAD_INS.get(first) ?? []) {
    let at = from + 1;
    let matched = true;
    for (const word of leadIn.rest) {
      if (at >= to || tokens.word[at]?.text !== word) {
        matched = false;
        break;
      }
      at += 1;
    }
    if (!matched) continue;
    // "according to the passages," and its like: sources only, up to a comma.
    if (leadIn.source) {
      const end = sourceEnd(tokens, at, to);
      if (end !== undefined) return end;
      continue;
    }
    if (leadIn.comma && !(at < to && tokens.kind[at] === MARK && tokens.code[at] === 0x2c)) continue;
    while (at < to && tokens.kind[at] === MARK && (tokens.code[at] === 0x2c || tokens.code[at] === 0x3a)) at += 1;
    if (at < to) return at;
  }
  return from;
}

function sourceEnd(tokens: Tokens, from: number, to: number): number | undefined {
  let named = false;
  for (let at = from; at < to && at < from + 10; at += 1) {
    if (tokens.kind[at] === MARK) {
      if (tokens.code[at] === 0x2c || tokens.code[at] === 0x3a) return named ? at + 1 : undefined;
      continue;
    }
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] === NUMBER) continue;
    if (SOURCE_WORDS.has(word.text)) named = true;
    else if ((word.bits & FUNCTION) === 0 && !BOILERPLATE_WORDS.has(word.text)) return undefined;
  }
  return undefined;
}

/** The claim that the tokens [from, to) make. */
export function claimOf(
  tokens: Tokens,
  from: number,
  to: number,
  question: boolean,
  terms: Terms,
  capitalised: ReadonlySet<string>,
): Claim {
  const quantities = quantitiesOf(tokens, from, to);
  const occurrences: Occurrence[] = [];
  const lookUp = new Set<number>();
  const inQuantity = new Set<number>();
  for (const quantity of quantities) {
    for (let at = quantity.from; at < quantity.to; at += 1) inQuantity.add(at);
  }
  let boilerplate = true;
  for (let at = from; at < to; at += 1) {
    const kind = tokens.kind[at];
    if (kind !== WORD && kind !== NUMBER) continue;
    const word = tokens.word[at];
    if (word === undefined) continue;
    const figure = kind === NUMBER || inQuantity.has(at);
    if (figure && kind === WORD) continue;
    const term = termOf(terms, word);
    if (term < 0) continue;
    const weight = terms.list[term]?.weight ?? 0;
    if (lookUp.size < TERMS_MAX && (figure || weight > 0)) lookUp.add(term);
    if (!figure) occurrences.push({ term, at, weight });
    if (isContent(word) && !BOILERPLATE_WORDS.has(word.text)) boilerplate = false;
  }
  const names = namesOf(tokens, from, to, inQuantity, capitalised);
  if (quantities.length > 0 || names.length > 0) boilerplate = false;
  return {
    kind: question ? 'question' : kindOf(tokens, from, to, boilerplate),
    from,
    to,
    start: from < to ? (tokens.start[from] as number) : 0,
    end: to > from ? lastEnd(tokens, from, to) : 0,
    occurrences,
    terms: [...lookUp],
    quantities,
    names,
  };
}

function lastEnd(tokens: Tokens, from: number, to: number): number {
  let last = to - 1;
  while (last > from && tokens.kind[last] !== WORD && tokens.kind[last] !== NUMBER && tokens.code[last] !== 0x25)
    last -= 1;
  return tokens.end[last] as number;
}

const KNOWING =
  /^(know|sure|answer|determine|find|help|assist|provide|verify|confirm|information|able|access|say|tell|see|certain|comment|mention|details)$/;
/** Words from a negation to what it denies, in a refusal or a statement of absence. */
const DENIED_REACH = 4;

/**
 * A refusal: someone who speaks ("I", "we") does not know, find, help; or a sentence of politeness that denies. A statement of absence:
 * a source ("the passage") does not say, or something is not said in one.
 */
function kindOf(tokens: Tokens, from: number, to: number, boilerplate: boolean): ClaimKind {
  for (let at = from; at < to; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    const cue = (word.bits & NEGATION) !== 0 || /^(unable|insufficient|sorry|unclear)$/.test(word.text);
    if (!cue) continue;
    const speaker = has(tokens, from, at, /^(i|we|im)$/) && at - from <= SPEAKER_REACH;
    const denied = Math.min(to, at + 1 + DENIED_REACH);
    if (speaker && (has(tokens, at + 1, denied, KNOWING) || /^(unable|sorry|unclear)$/.test(word.text)))
      return 'refusal';
    if (!hasAny(tokens, at + 1, denied, SAYING) && !has(tokens, at + 1, denied, KNOWING)) continue;
    const sourced =
      hasAny(tokens, from, at, SOURCE_WORDS) || hasAny(tokens, at + 1, Math.min(to, at + 12), SOURCE_WORDS);
    if (sourced) return boilerplate ? 'refusal' : 'absence';
    if (boilerplate) return 'refusal';
  }
  return boilerplate ? 'politeness' : 'claim';
}

/** Words of a sentence before the negation of a refusal. */
const SPEAKER_REACH = 6;

function has(tokens: Tokens, from: number, to: number, pattern: RegExp): boolean {
  for (let at = from; at < to; at += 1) if (pattern.test(tokens.word[at]?.text ?? '')) return true;
  return false;
}

function hasAny(tokens: Tokens, from: number, to: number, words: ReadonlySet<string>): boolean {
  for (let at = from; at < to; at += 1) if (words.has(tokens.word[at]?.text ?? '')) return true;
  return false;
}

/**
 * Names: runs of capitalised words, with `of`, `the`, `de` and the like inside. A word that opens the sentence counts when it is no
 * word of grammar and stands capitalised elsewhere too, or another capital follows it. In a line that is capitalised throughout
 * capitals say nothing.
 */
function namesOf(
  tokens: Tokens,
  from: number,
  to: number,
  inQuantity: ReadonlySet<number>,
  capitalised: ReadonlySet<string>,
): Name[] {
  if (isTitleCase(tokens, from, to)) return [];
  const names: Name[] = [];
  let at = from;
  let opening = true;
  while (at < to) {
    if (tokens.kind[at] !== WORD && tokens.kind[at] !== NUMBER) {
      if (
        tokens.kind[at] === MARK &&
        (tokens.code[at] === 0x3a || tokens.code[at] === 0x22 || tokens.code[at] === 0x201c)
      )
        opening = true;
      at += 1;
      continue;
    }
    const end = nameEnd(tokens, at, to, inQuantity);
    if (end > at && (!opening || opensWithName(tokens, at, end, capitalised))) {
      const begin = opening && isOpener(tokens, at) && end > at + 1 ? at + 1 : at;
      names.push({ from: begin, to: end });
    }
    opening = false;
    at = end > at ? end : at + 1;
  }
  return names;
}

function isOpener(tokens: Tokens, at: number): boolean {
  return ((tokens.word[at]?.bits ?? 0) & (OPENER | AUXILIARY | FUNCTION)) !== 0;
}

function opensWithName(tokens: Tokens, at: number, end: number, capitalised: ReadonlySet<string>): boolean {
  const word = tokens.word[at];
  if (word === undefined) return false;
  if (isOpener(tokens, at)) return end > at + 1;
  if (((tokens.bits[at] as number) & ALL_CAPS) !== 0) return true;
  return end > at + 1 || capitalised.has(word.text);
}

function isNameToken(tokens: Tokens, at: number, inQuantity: ReadonlySet<number>): boolean {
  if (tokens.kind[at] !== WORD || inQuantity.has(at)) return false;
  const bits = tokens.bits[at] as number;
  if ((bits & ADDRESS) !== 0) return true;
  if ((bits & CAP) === 0) return false;
  const word = tokens.word[at];
  return word !== undefined && word.text !== 'i' && (CLOSED_CLASS.get(word.text) ?? 0) !== (FUNCTION | OPENER);
}

function nameEnd(tokens: Tokens, from: number, to: number, inQuantity: ReadonlySet<number>): number {
  if (!isNameToken(tokens, from, inQuantity)) return from;
  let end = from + 1;
  while (end < to) {
    if (isNameToken(tokens, end, inQuantity)) end += 1;
    else if (end + 1 < to && joinsName(tokens, end) && isNameToken(tokens, end + 1, inQuantity)) end += 2;
    else break;
  }
  return end;
}

function joinsName(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] === MARK) return tokens.code[at] === 0x2d || tokens.code[at] === 0x2e || tokens.code[at] === 0x26;
  return /^(of|the|de|la|le|du|del|der|den|van|von|al|el|bin|da|di|y)$/.test(tokens.word[at]?.text ?? '');
}

function isTitleCase(tokens: Tokens, from: number, to: number): boolean {
  let words = 0;
  let capitals = 0;
  for (let at = from; at < to; at += 1) {
    if (tokens.kind[at] !== WORD || ((tokens.word[at]?.bits ?? 0) & FUNCTION) !== 0) continue;
    words += 1;
    if (((tokens.bits[at] as number) & CAP) !== 0) capitals += 1;
  }
  return words >= 6 && capitals * 10 >= words * 9;
}
