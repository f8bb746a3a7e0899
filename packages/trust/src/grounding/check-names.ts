/**
 * Every name of a claim has to be in the evidence: word by word, as an acronym of what stands there, or spelt out from one; best in the
 * window, else in what leads up to it. A name that is there but beside other words than in the claim, where another name stands beside
 * them, is reported too.
 */

import { FUNCTION, MONTH, OPENER, WEEKDAY } from '../lexicon/words.ts';
import { ALL_CAPS, CAP, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';
import { type Alignment, coreOf } from './align.ts';
import { binding } from './binding.ts';
import type { Claim, Name, Occurrence } from './claims.ts';
import { type Finding, finding } from './finding.ts';
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
/** Tokens between a name and its neighbour in the claim; and in the evidence, when they belong together there. */
const NEIGHBOUR_REACH = 6;
const OWN_REACH = 8;
const EDGE_REACH = 4;
const RISK_TORN = 0.28;
/** A part of the name stands here with another word, this word elsewhere. */
const RISK_TORN_APART = 0.45;
/** A word added to a name the rest of which is there. */
const RISK_EXTENDED = 0.25;
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
  const risk = Math.max(worst, torn);
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

/**
 * The place in the window where this name would have to stand, by its neighbours in the claim, and another name that the claim does not
 * have standing there. Undefined where the name itself is near its neighbours.
 */
function rivalInPlace(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  context: NameContext,
  others: readonly Name[],
): Name | undefined {
  const [from, to] = coreOf(claim, alignment.window, alignment.places, context.passages, name);
  const left = neighbour(claim, alignment, from, to, (at) => name.from - at);
  const right = neighbour(claim, alignment, from, to, (at) => at - name.to + 1);
  const own = ownPlaces(name, alignment, context).filter((place) => place >= from && place < to);
  const slots = slotsOf(left, right, name.to - name.from);
  if (slots.length === 0) return undefined;
  for (const anchor of [...(left?.places ?? []), ...(right?.places ?? [])]) {
    if (own.some((place) => place - anchor <= OWN_REACH && anchor - place <= OWN_REACH)) return undefined;
  }
  const claimed = claimedPlaces(alignment);
  for (const other of others) {
    if (isClaimed(other, claimed) || !sameSort(name, other, context) || isInitial(other, context)) continue;
    if (slots.some(([first, last]) => other.from >= first && other.to <= last)) return other;
  }
  return own.length === 0 ? filledSlot(left, right, name, context.passages.tokens) : undefined;
}

/** Both neighbours stand as close as in the claim, and something other than a pronoun stands between them. */
function filledSlot(
  left: Neighbour | undefined,
  right: Neighbour | undefined,
  name: Name,
  tokens: Tokens,
): Name | undefined {
  if (left === undefined || right === undefined) return undefined;
  const width = left.distance + right.distance + name.to - name.from - 1;
  for (const one of left.places) {
    for (const two of right.places) {
      if (two <= one || two - one > width + 2) continue;
      for (let at = one + 1; at < two; at += 1) {
        const word = tokens.word[at];
        if (word !== undefined && tokens.kind[at] === WORD && isContent(word)) return { from: at, to: at + 1 };
      }
    }
  }
  return undefined;
}

/** The nearest content word on one side. No places: it does not stand in the sentence. */
type Neighbour = { readonly distance: number; readonly places: readonly number[] };

/** `distanceOf` is positive on the side looked at. Undefined: there is no content word within reach on that side. */
function neighbour(
  claim: Claim,
  alignment: Alignment,
  from: number,
  to: number,
  distanceOf: (at: number) => number,
): Neighbour | undefined {
  let nearest: Occurrence | undefined;
  let distance = NEIGHBOUR_REACH + 1;
  for (const occurrence of claim.occurrences) {
    const apart = distanceOf(occurrence.at);
    if (occurrence.weight === 0 || apart <= 0 || apart >= distance) continue;
    nearest = occurrence;
    distance = apart;
  }
  if (nearest === undefined) return undefined;
  const places = (alignment.places.get(nearest.term) ?? []).filter((place) => place >= from && place < to);
  return { distance, places };
}

/** Token ranges of the evidence in which a name with these neighbours would stand. */
function slotsOf(
  left: Neighbour | undefined,
  right: Neighbour | undefined,
  length: number,
): (readonly [number, number])[] {
  const slots: (readonly [number, number])[] = [];
  if (left !== undefined && right !== undefined) {
    for (const one of left.places) {
      for (const two of right.places) {
        const [first, last] = one < two ? [one + 1, two] : [two + 1, one];
        if (last - first <= left.distance + right.distance + length + 4) slots.push([first, last]);
      }
    }
    if (slots.length > 0) return slots;
  }
  // At an edge of the claim one neighbour has to do.
  if (right === undefined && left !== undefined && left.distance <= EDGE_REACH) {
    for (const place of left.places) slots.push([place + 1, place + left.distance + length + 1]);
  }
  if (left === undefined && right !== undefined && right.distance <= EDGE_REACH) {
    for (const place of right.places) slots.push([place - right.distance - length, place]);
  }
  return slots;
}

function ownPlaces(name: Name, alignment: Alignment, context: NameContext): number[] {
  const places: number[] = [];
  for (let at = name.from; at < name.to; at += 1) {
    const word = context.output.word[at];
    if (word !== undefined && isContent(word))
      places.push(...(alignment.places.get(termOf(context.terms, word)) ?? []));
  }
  return places;
}

function isInitial(name: Name, context: NameContext): boolean {
  return name.to - name.from === 1 && (context.passages.tokens.word[name.from]?.text.length ?? 0) <= 2;
}

/** A weekday is no rival of a person, nor a person of a weekday. */
function sameSort(name: Name, other: Name, context: NameContext): boolean {
  const one = (context.output.word[name.from]?.bits ?? 0) & (WEEKDAY | MONTH);
  const two = (context.passages.tokens.word[other.from]?.bits ?? 0) & (WEEKDAY | MONTH);
  return one === two;
}

function bestRival(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  others: readonly Name[],
): { name: Name; bound: number } | undefined {
  const carried = claimedPlaces(alignment);
  let best: { name: Name; bound: number } | undefined;
  for (const other of others) {
    if (isClaimed(other, carried)) continue;
    const bound = binding(claim, alignment, name.from, name.to, other.from, other.to);
    if (best === undefined || bound > best.bound) best = { name: other, bound };
  }
  return best;
}

function claimedPlaces(alignment: Alignment): Set<number> {
  const claimed = new Set<number>();
  for (const places of alignment.places.values()) for (const place of places) claimed.add(place);
  return claimed;
}

/** The claim has every word of this name: Barry Morrow is not claimed where the claim has Barry Levinson. */
function isClaimed(name: Name, claimed: ReadonlySet<number>): boolean {
  for (let at = name.from; at < name.to; at += 1) if (!claimed.has(at)) return false;
  return true;
}

/** Capitalised runs of the window that do not merely open a sentence. */
function namesInWindow(alignment: Alignment, tokens: Tokens): Name[] {
  const names: Name[] = [];
  for (let at = alignment.from; at < alignment.to; at += 1) {
    if (!isCapital(tokens, at)) continue;
    let end = at + 1;
    while (end < alignment.to && isCapital(tokens, end)) end += 1;
    names.push({ from: at, to: end });
    at = end - 1;
  }
  return names;
}

function isCapital(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== WORD || ((tokens.bits[at] as number) & CAP) === 0) return false;
  return ((tokens.word[at]?.bits ?? 0) & (FUNCTION | OPENER)) === 0;
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
