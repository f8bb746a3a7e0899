/**
 * The output → claims: one a sentence, with lead-ins that say nothing ("Based on the passages,") cut off, and with each sentence told
 * apart: a claim to check, mere politeness, a question, a refusal to answer, a statement that the evidence lacks something.
 * Semicolons divide claims where both sides are long enough. Offsets are kept.
 */

import { BOILERPLATE_WORDS } from '../lexicon/boilerplate.ts';
import { quantitiesOf } from '../text/quantities.ts';
import type { Quantity } from '../text/quantity.ts';
import { MARK, NUMBER, type Tokens, WORD } from '../text/scan.ts';
import type { Sentences } from '../text/sentences.ts';
import { isContent } from '../text/vocabulary.ts';
import { type ClaimKind, kindOf } from './claim-kind.ts';
import { skipLeadIns } from './lead-ins.ts';
import { type Name, namesOf } from './names.ts';
import { type Terms, termOf } from './terms.ts';

/** A content word where it stands. */
export type Occurrence = { readonly term: number; readonly at: number; readonly weight: number };

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
