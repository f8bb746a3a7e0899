/**
 * The place in the window where a name of the claim would have to stand, by its neighbours in the claim, and what stands there instead.
 * Shared by the check on names: capitalised runs of the window, which of them the claim has too.
 */
import { FUNCTION, MONTH, OPENER, WEEKDAY } from '../lexicon/words.ts';
import { CAP, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';
import { type Alignment, coreOf } from './align.ts';
import { binding } from './binding.ts';
import type { Claim, Occurrence } from './claims.ts';
import type { Name } from './names.ts';
import type { Passages } from './passages.ts';
import { type Terms, termOf } from './terms.ts';

/** Tokens between a name and its neighbour in the claim; and in the evidence, when they belong together there. */
const NEIGHBOUR_REACH = 6;
const OWN_REACH = 8;
const EDGE_REACH = 4;

export type SlotContext = { readonly output: Tokens; readonly terms: Terms; readonly passages: Passages };

/**
 * The place in the window where this name would have to stand, by its neighbours in the claim, and another name that the claim does not
 * have standing there. Undefined where the name itself is near its neighbours.
 */
export function rivalInPlace(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  context: SlotContext,
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

/** A name of the same sort that the claim does not have stands within [from, to). */
export function hasRival(
  name: Name,
  others: readonly Name[],
  alignment: Alignment,
  context: SlotContext,
  from: number,
  to: number,
): boolean {
  const claimed = claimedPlaces(alignment);
  return others.some(
    (other) =>
      other.from >= from &&
      other.to <= to &&
      !isClaimed(other, claimed) &&
      sameSort(name, other, context) &&
      !isInitial(other, context),
  );
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

function ownPlaces(name: Name, alignment: Alignment, context: SlotContext): number[] {
  const places: number[] = [];
  for (let at = name.from; at < name.to; at += 1) {
    const word = context.output.word[at];
    if (word !== undefined && isContent(word))
      places.push(...(alignment.places.get(termOf(context.terms, word)) ?? []));
  }
  return places;
}

function isInitial(name: Name, context: SlotContext): boolean {
  return name.to - name.from === 1 && (context.passages.tokens.word[name.from]?.text.length ?? 0) <= 2;
}

/** A weekday is no rival of a person, nor a person of a weekday. */
function sameSort(name: Name, other: Name, context: SlotContext): boolean {
  const one = (context.output.word[name.from]?.bits ?? 0) & (WEEKDAY | MONTH);
  const two = (context.passages.tokens.word[other.from]?.bits ?? 0) & (WEEKDAY | MONTH);
  return one === two;
}

/** The unclaimed name of the window whose neighbours are most like this name's. */
export function bestRival(
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
export function namesInWindow(alignment: Alignment, tokens: Tokens): Name[] {
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

/** A capitalised content word. */
export function isCapital(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== WORD || ((tokens.bits[at] as number) & CAP) === 0) return false;
  return ((tokens.word[at]?.bits ?? 0) & (FUNCTION | OPENER)) === 0;
}
