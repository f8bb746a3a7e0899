/**
 * Every name of a claim has to be in the evidence: word by word, as an acronym of what stands there, or spelt out from one; best in the
 * window, else in what leads up to it. A name that is there but beside other words than in the claim, where another name stands beside
 * them, is reported too.
 */

import { ALL_CAPS, CAP, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';
import { type Alignment, coreOf } from './align.ts';
import type { Claim } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import { bestRival, hasRival, isCapital, namesInWindow, rivalInPlace } from './name-slots.ts';
import type { Name } from './names.ts';
import type { Passages } from './passages.ts';
import { type Terms, termOf } from './terms.ts';

const RISK_MISSING = 0.8;
const RISK_DIFFERS = 0.85;
const RISK_FROM_PROMPT = 0.28;
const RISK_OTHER_SENTENCE = 0.12;
/** Far from the window, or in another passage: the whole name, or a part of it. */
const RISK_FAR = 0.32;
const RISK_FAR_PART = 0.2;
const RISK_MISPLACED = 0.6;
const RISK_TORN = 0.28;
/** A part of the name stands here with another word, this word elsewhere. */
const RISK_TORN_APART = 0.45;
/** A word added to a name the rest of which is there. */
const RISK_EXTENDED = 0.25;
/** In another sentence of the window than the rest of the claim, and that one does not point back. */
const RISK_APART = 0.32;
const BOUND_MIN = 0.15;

/** `made`: what the initials of capitalised runs of the evidence make. `present`: words in capitals that stand in it. */
export type Acronyms = { readonly made: ReadonlySet<string>; readonly present: ReadonlySet<string> };

export type NameContext = {
  readonly output: Tokens;
  readonly terms: Terms;
  readonly passages: Passages;
  /** Folded words of the prompt. */
  readonly prompt: ReadonlySet<string>;
  /** Read when first needed. */
  readonly acronyms: () => Acronyms;
};

export function checkNames(claim: Claim, alignment: Alignment, context: NameContext): Finding[] {
  const found: Finding[] = [];
  const others = claim.names.length === 0 ? [] : namesInWindow(alignment, context.passages.tokens);
  for (const name of claim.names) {
    const result = checkOne(name, claim, alignment, context, others);
    if (result !== undefined) found.push(result);
  }
  return found;
}

function checkOne(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  context: NameContext,
  others: readonly Name[],
): Finding | undefined {
  let worst = 0;
  let worstAt = -1;
  const inWindow: number[] = [];
  for (let at = name.from; at < name.to; at += 1) {
    const word = context.output.word[at];
    if (context.output.kind[at] !== WORD || word === undefined || !isContent(word)) continue;
    const risk = tokenRisk(at, name, claim, alignment, context);
    if (risk > worst) {
      worst = risk;
      worstAt = at;
    }
    if (risk === 0) inWindow.push(termOf(context.terms, word));
  }
  const span = [name.from, name.to] as const;
  if (worst >= RISK_MISSING) {
    const rival = bestRival(name, claim, alignment, others);
    if (rival !== undefined && rival.bound >= BOUND_MIN) {
      return finding('name_differs', RISK_DIFFERS, true, span, [rival.name.from, rival.name.to]);
    }
    // The second half of a phrase read as one word belongs to the first: United States.
    const end = context.output.word[worstAt + 1]?.text === '' ? worstAt + 2 : worstAt + 1;
    return finding('name_unsupported', RISK_MISSING, false, [worstAt, end]);
  }
  if (inWindow.length === 0 && worst === 0) return undefined;
  const torn = inWindow.length >= 2 && isTorn(inWindow, alignment) ? RISK_TORN : 0;
  const rival = rivalInPlace(name, claim, alignment, context, others);
  if (rival !== undefined) return finding('name_differs', RISK_MISPLACED, true, span, [rival.from, rival.to]);
  const apart = inWindow.length > 0 && isApart(name, inWindow, claim, alignment, context, others) ? RISK_APART : 0;
  const risk = Math.max(worst, torn, apart);
  return risk > 0 ? finding('name_unsupported', risk, false, span) : undefined;
}

function tokenRisk(at: number, name: Name, claim: Claim, alignment: Alignment, context: NameContext): number {
  const word = context.output.word[at];
  if (word === undefined) return 0;
  const term = termOf(context.terms, word);
  if (standsAsName(word.text, alignment.places.get(term), context.passages.tokens)) return 0;
  const rest = restOf(at, name, alignment, context);
  const elsewhere = alignment.quality.has(term) || (context.passages.postings[term]?.length ?? 0) > 0;
  if (elsewhere) {
    if (rest === 'otherwise') return RISK_TORN_APART;
    if (alignment.quality.has(term)) return RISK_OTHER_SENTENCE;
    return rest === 'absent' ? RISK_FAR : RISK_FAR_PART;
  }
  if (((context.output.bits[at] as number) & ALL_CAPS) !== 0 && context.acronyms().made.has(word.text)) return 0;
  if (isSpeltOut(at, claim, context)) return 0;
  if (context.prompt.has(word.text)) return RISK_FROM_PROMPT;
  return rest === 'alone' ? RISK_EXTENDED : RISK_MISSING;
}

/** The very word, or a form of it that is capitalised there too (America for American): "called" does not carry the name Call. */
function standsAsName(text: string, places: readonly number[] | undefined, tokens: Tokens): boolean {
  return (places ?? []).some(
    (place) => tokens.word[place]?.text === text || ((tokens.bits[place] as number) & CAP) !== 0,
  );
}

/**
 * How the rest of the name, without this word, stands in the window: not at all; alone, so that this word adds to it without standing
 * against another (Barack Obama where it says Obama); or with another word in this one's place (Mary Dunham where it says Ann Dunham).
 */
function restOf(
  missing: number,
  name: Name,
  alignment: Alignment,
  context: NameContext,
): 'absent' | 'alone' | 'otherwise' {
  const { tokens } = context.passages;
  let rest: 'absent' | 'alone' = 'absent';
  for (let at = name.from; at < name.to; at += 1) {
    const word = context.output.word[at];
    if (at === missing || word === undefined || !isContent(word)) continue;
    for (const place of alignment.places.get(termOf(context.terms, word)) ?? []) {
      if (!isCapital(tokens, place)) continue;
      rest = 'alone';
      const beside = besidePlace(tokens, place, missing < at ? -1 : 1);
      const other = tokens.word[beside];
      if (
        isCapital(tokens, beside) &&
        other !== undefined &&
        other.text.length > 2 &&
        !hasWord(name, other.text, context)
      ) {
        return 'otherwise';
      }
    }
  }
  return rest;
}

/** The token beside a place, past one of the small words inside names. */
function besidePlace(tokens: Tokens, place: number, step: 1 | -1): number {
  const beside = place + step;
  return /^(of|the|de|for|and)$/.test(tokens.word[beside]?.text ?? '') ? beside + step : beside;
}

function hasWord(name: Name, text: string, context: NameContext): boolean {
  for (let at = name.from; at < name.to; at += 1) if (context.output.word[at]?.text === text) return true;
  return false;
}

/** World Health Organization where the evidence only says WHO. */
function isSpeltOut(at: number, claim: Claim, context: NameContext): boolean {
  for (const name of claim.names) {
    if (at < name.from || at >= name.to || name.to - name.from < 2) continue;
    let initials = '';
    for (let token = name.from; token < name.to; token += 1) {
      const word = context.output.word[token];
      if (word !== undefined && isContent(word)) initials += word.text.charAt(0);
    }
    return initials.length >= 2 && context.acronyms().present.has(initials);
  }
  return false;
}

/**
 * The name stands only in sentences of the window that do not carry the rest of the claim; the one that does names someone else, and has
 * no pronoun that could mean the name, nor does the name's own sentence go on about the same with one. Two sentences side by side are
 * not one statement.
 */
function isApart(
  name: Name,
  inWindow: readonly number[],
  claim: Claim,
  alignment: Alignment,
  context: NameContext,
  others: readonly Name[],
): boolean {
  if (alignment.window.first === alignment.window.last) return false;
  const [from, to] = coreOf(claim, alignment.window, alignment.places, context.passages, name);
  const places = inWindow.flatMap((term) => alignment.places.get(term) ?? []);
  if (places.some((place) => place >= from && place < to) || pointsBack(context.passages.tokens, from, to))
    return false;
  if (opensWithPronoun(places, alignment, context.passages)) return false;
  return hasRival(name, others, alignment, context, from, to);
}

const OPENING = /^(he|she|it|they)$/;

/** A later sentence of the window that holds the name opens with a pronoun: "It was designed by …" goes on about the same. */
function opensWithPronoun(places: readonly number[], { window }: Alignment, passages: Passages): boolean {
  for (let sentence = window.first + 1; sentence <= window.last; sentence += 1) {
    const from = passages.from[sentence] as number;
    const to = passages.to[sentence] as number;
    let first = from;
    while (first < to && passages.tokens.kind[first] !== WORD) first += 1; // line breaks, list marks, quotes
    const opening = passages.tokens.word[first]?.text ?? '';
    if (OPENING.test(opening) && places.some((place) => place >= from && place < to)) return true;
  }
  return false;
}

const POINTING = /^(he|she|it|they|his|her|its|their|him|them|who|whose|this|these|those|such|both|i|we|my|our)$/;
const POINTING_TOKENS = 10;

function pointsBack(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from; at < to && at < from + POINTING_TOKENS; at += 1) {
    const text = tokens.word[at]?.text ?? '';
    if (POINTING.test(text) || (text === 'the' && !isCapital(tokens, at + 1))) return true;
  }
  return false;
}

function isTorn(termsOfName: readonly number[], alignment: Alignment): boolean {
  for (let at = 1; at < termsOfName.length; at += 1) {
    const one = alignment.places.get(termsOfName[at - 1] as number) ?? [];
    const other = alignment.places.get(termsOfName[at] as number) ?? [];
    let near = false;
    for (const place of one) if (other.some((next) => next - place <= 4 && place - next <= 4)) near = true;
    if (!near) return true;
  }
  return false;
}

/** Linear in the tokens. Words of grammar inside a run are passed over: Bank of England makes be. */
export function acronymsOf(passages: Passages): Acronyms {
  const made = new Set<string>();
  const present = new Set<string>();
  const { tokens } = passages;
  let initials = '';
  let gap = 0;
  for (let at = 0; at < tokens.count; at += 1) {
    const word = tokens.word[at];
    if (word !== undefined && isCapital(tokens, at)) {
      if (((tokens.bits[at] as number) & ALL_CAPS) !== 0 && word.text.length <= 8) present.add(word.text);
      initials = (initials + word.text.charAt(0)).slice(-6);
      gap = 0;
      for (let begin = 0; begin < initials.length - 1; begin += 1) made.add(initials.slice(begin));
    } else if (initials !== '' && gap === 0 && tokens.kind[at] === WORD && word !== undefined && !isContent(word))
      gap = 1;
    else {
      initials = '';
      gap = 0;
    }
  }
  return { made, present };
}
