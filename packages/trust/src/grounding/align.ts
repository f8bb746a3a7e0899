/**
 * A claim laid on one window of the evidence: which term stands where, how much of the claim's weight is there (coverage), and how far
 * words that stand together in the claim stand together in the window (cohesion; order is left open, so that a passive keeps it).
 */
import { NUMBER, type Tokens, WORD } from '../text/scan.ts';
import type { Claim } from './claims.ts';
import type { Passages } from './passages.ts';
import { hitsOf, OPPOSITE, QUALITY, type Terms } from './terms.ts';
import type { Window } from './windows.ts';

export type Alignment = {
  readonly window: Window;
  /** Tokens [from, to) of the evidence. */
  readonly from: number;
  readonly to: number;
  /** Term → places in the window that carry it, rising. */
  readonly places: ReadonlyMap<number, readonly number[]>;
  /** Term → places of its opposite. */
  readonly opposed: ReadonlyMap<number, readonly number[]>;
  /** Term → how well it is carried, 0 to 1: in the window, or by what leads up to it. */
  readonly quality: ReadonlyMap<number, number>;
  /** Share of the claim's weight that is carried. */
  readonly coverage: number;
  readonly cohesion: number;
  /** Tokens of the one sentence that carries most of the claim. */
  readonly core: readonly [from: number, to: number];
  /** Steps spent on binding (binding.ts), for the budget. */
  readonly meter: { steps: number };
};

/** How well a term is carried that stands not in the window but before it in the passage, or in its opening. */
const NEARBY_QUALITY = 0.6;
const NEARBY_SENTENCES = 5;
/** Places of one term in a window that are kept. */
const PLACES_MAX = 8;
const OPENING_SENTENCES = 2;

export function align(claim: Claim, window: Window, terms: Terms, passages: Passages): Alignment {
  const from = passages.from[window.first] as number;
  const to = passages.to[window.last] as number;
  const wanted = new Set<number>();
  for (const occurrence of claim.occurrences) wanted.add(occurrence.term);
  for (const term of claim.terms) wanted.add(term);
  const places = new Map<number, number[]>();
  const opposed = new Map<number, number[]>();
  const quality = new Map<number, number>();
  findPlaces(passages.tokens, from, to, terms, wanted, places, opposed, quality);
  nearby(claim, window, passages, quality);
  let weight = 0;
  let carried = 0;
  for (const occurrence of claim.occurrences) {
    weight += occurrence.weight;
    carried += occurrence.weight * (quality.get(occurrence.term) ?? 0);
  }
  return {
    window,
    from,
    to,
    places,
    opposed,
    quality,
    coverage: weight === 0 ? 1 : carried / weight,
    cohesion: cohesionOf(claim, places),
    core: coreOf(claim, window, places, passages),
    meter: { steps: 0 },
  };
}

function findPlaces(
  tokens: Tokens,
  from: number,
  to: number,
  terms: Terms,
  wanted: ReadonlySet<number>,
  places: Map<number, number[]>,
  opposed: Map<number, number[]>,
  quality: Map<number, number>,
): void {
  for (let at = from; at < to; at += 1) {
    const kind = tokens.kind[at];
    if (kind !== WORD && kind !== NUMBER) continue;
    const word = tokens.word[at];
    if (word === undefined) continue;
    for (const hit of hitsOf(terms, word)) {
      const term = hit >> 2;
      if (!wanted.has(term)) continue;
      const kind = (hit & 3) as 0 | 1 | 2 | 3;
      const into = kind === OPPOSITE ? opposed : places;
      const list = into.get(term);
      if (list === undefined) into.set(term, [at]);
      else if (list.length < PLACES_MAX) list.push(at);
      if (kind !== OPPOSITE && QUALITY[kind] > (quality.get(term) ?? 0)) quality.set(term, QUALITY[kind]);
    }
  }
}

function nearby(claim: Claim, window: Window, passages: Passages, quality: Map<number, number>): void {
  const opening = passages.firstOf[passages.passage[window.first] as number] as number;
  for (const { term, weight } of claim.occurrences) {
    if (weight === 0 || quality.has(term)) continue;
    const postings = passages.postings[term] ?? [];
    const before = firstAtLeast(postings, Math.max(opening, window.first - NEARBY_SENTENCES));
    if (before < window.first || firstAtLeast(postings, opening) < opening + OPENING_SENTENCES)
      quality.set(term, NEARBY_QUALITY);
  }
}

/** The first posting that is at least `sentence`; a very large number when there is none. */
export function firstAtLeast(postings: readonly number[], sentence: number): number {
  let low = 0;
  let high = postings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((postings[middle] as number) < sentence) low = middle + 1;
    else high = middle;
  }
  return postings[low] ?? Number.MAX_SAFE_INTEGER;
}

function cohesionOf(claim: Claim, places: ReadonlyMap<number, readonly number[]>): number {
  let pairs = 0;
  let together = 0;
  let previous: { term: number; weight: number } | undefined;
  for (const occurrence of claim.occurrences) {
    if (occurrence.weight === 0) continue;
    if (previous !== undefined && previous.term !== occurrence.term) {
      const weight = Math.min(previous.weight, occurrence.weight);
      pairs += weight;
      together += weight * closeness(places.get(previous.term), places.get(occurrence.term));
    }
    previous = occurrence;
  }
  return pairs === 0 ? 1 : together / pairs;
}

function closeness(one: readonly number[] | undefined, other: readonly number[] | undefined): number {
  if (one === undefined || other === undefined) return 0;
  const apart = leastDistance(one, other);
  return apart <= 5 ? 1 : apart <= 12 ? 0.6 : 0.3;
}

/** Smallest distance between two rising lists of places; linear in both. */
export function leastDistance(one: readonly number[], other: readonly number[]): number {
  let least = Number.MAX_SAFE_INTEGER;
  let at = 0;
  let to = 0;
  while (at < one.length && to < other.length) {
    const apart = (one[at] as number) - (other[to] as number);
    const size = apart < 0 ? -apart : apart;
    if (size < least) least = size;
    if (apart < 0) at += 1;
    else to += 1;
  }
  return least;
}

/** Tokens [from, to) of the sentence of the window that carries most of the claim's weight, leaving a range of the claim out. */
export function coreOf(
  claim: Claim,
  window: Window,
  places: ReadonlyMap<number, readonly number[]>,
  passages: Passages,
  besides: { readonly from: number; readonly to: number } = { from: -1, to: -1 },
): readonly [number, number] {
  let core: readonly [number, number] = [0, 0];
  let most = -1;
  for (let sentence = window.first; sentence <= window.last; sentence += 1) {
    const from = passages.from[sentence] as number;
    const to = passages.to[sentence] as number;
    let weight = 0;
    for (const occurrence of claim.occurrences) {
      if (occurrence.at >= besides.from && occurrence.at < besides.to) continue;
      if ((places.get(occurrence.term) ?? []).some((place) => place >= from && place < to)) weight += occurrence.weight;
    }
    if (weight > most) {
      most = weight;
      core = [from, to];
    }
  }
  return core;
}
