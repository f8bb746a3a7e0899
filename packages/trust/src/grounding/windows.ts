/**
 * Candidate windows for a claim: one to three sentences of one passage that together carry most of the weight of its terms. Sentences
 * are found through the terms' postings, the rarest term first, until the budget of one claim is used; so the cost of a claim does not
 * grow with the evidence, while passages that hold its rare words are always seen.
 */
import type { Passages } from './passages.ts';
import type { Terms } from './terms.ts';

/** Sentences [first, last], inclusive. */
export type Window = { readonly first: number; readonly last: number; readonly share: number };

/** Sentences looked at for one claim. */
const POSTINGS_MAX = 6000;
const SEEDS_MAX = 6;
const WINDOWS_MAX = 4;
/** A longer window must earn this share of the weight for each sentence more. */
const SENTENCE_COST = 0.03;
const FIGURE_WEIGHT = 40;
/** A window that carries less than this share of what the best carries is not looked at. */
const SHARE_MIN = 0.75;
/** Share of the weight a window must carry beyond a window inside it. */
const WIDER_GAIN_MIN = 0.01;

/** Per call: masks of the terms each sentence carries, reused from claim to claim. */
export type Masks = { readonly low: Int32Array; readonly high: Int32Array };

export function newMasks(sentences: number): Masks {
  return { low: new Int32Array(sentences), high: new Int32Array(sentences) };
}

export type Search = { readonly windows: readonly Window[]; readonly steps: number };

/** The best windows for these terms, best first; none when no sentence carries any of them. */
export function windowsFor(claimTerms: readonly number[], terms: Terms, passages: Passages, masks: Masks): Search {
  const order = [...claimTerms].sort((a, b) => countOf(passages, a) - countOf(passages, b));
  const weights = order.map((term) => terms.list[term]?.weight || FIGURE_WEIGHT);
  let total = 0;
  for (const weight of weights) total += weight;
  const touched: number[] = [];
  let steps = 0;
  for (const [bit, term] of order.entries()) {
    const postings = passages.postings[term] ?? [];
    const limit = Math.min(postings.length, Math.max(64, POSTINGS_MAX - steps));
    for (let at = 0; at < limit; at += 1) {
      const sentence = postings[at] as number;
      if (masks.low[sentence] === 0 && masks.high[sentence] === 0) touched.push(sentence);
      if (bit < 31) masks.low[sentence] = (masks.low[sentence] as number) | (1 << bit);
      else masks.high[sentence] = (masks.high[sentence] as number) | (1 << (bit - 31));
    }
    steps += limit;
  }
  const found = total === 0 ? [] : best(touched, weights, total, passages, masks);
  for (const sentence of touched) {
    masks.low[sentence] = 0;
    masks.high[sentence] = 0;
  }
  return { windows: found, steps: steps + touched.length };
}

function countOf(passages: Passages, term: number): number {
  return passages.postings[term]?.length ?? 0;
}

function weigh(low: number, high: number, weights: readonly number[]): number {
  let sum = 0;
  for (let bits = low; bits !== 0; bits &= bits - 1) sum += weights[31 - Math.clz32(bits & -bits)] as number;
  for (let bits = high; bits !== 0; bits &= bits - 1) sum += weights[62 - Math.clz32(bits & -bits)] as number;
  return sum;
}

function best(
  touched: readonly number[],
  weights: readonly number[],
  total: number,
  passages: Passages,
  masks: Masks,
): readonly Window[] {
  const seeds = topSeeds(touched, weights, masks);
  const seen = new Set<number>();
  const windows: Window[] = [];
  for (const seed of seeds) {
    for (let length = 1; length <= 3; length += 1) {
      for (let first = seed - length + 1; first <= seed; first += 1) {
        const last = first + length - 1;
        if (first < 0 || last >= passages.count || seen.has(first * 4 + length)) continue;
        if (passages.passage[first] !== passages.passage[last]) continue;
        seen.add(first * 4 + length);
        let low = 0;
        let high = 0;
        for (let sentence = first; sentence <= last; sentence += 1) {
          low |= masks.low[sentence] as number;
          high |= masks.high[sentence] as number;
        }
        windows.push({ first, last, share: weigh(low, high, weights) / total - SENTENCE_COST * (length - 1) });
      }
    }
  }
  windows.sort((a, b) => b.share - a.share || a.first - b.first || a.last - b.last);
  return distinctOf(windows);
}

/** The best few, without those that only add a sentence to a better one. */
function distinctOf(windows: readonly Window[]): readonly Window[] {
  const chosen: Window[] = [];
  for (const window of windows) {
    const length = window.last - window.first;
    const idle = chosen.some(
      (other) =>
        other.first >= window.first &&
        other.last <= window.last &&
        window.share + SENTENCE_COST * (length - other.last + other.first) <= other.share + WIDER_GAIN_MIN,
    );
    if (window.share < (windows[0]?.share ?? 0) * SHARE_MIN) break;
    if (!idle) chosen.push(window);
    if (chosen.length === WINDOWS_MAX) break;
  }
  return chosen;
}

function topSeeds(touched: readonly number[], weights: readonly number[], masks: Masks): readonly number[] {
  const seeds: { sentence: number; weight: number }[] = [];
  let least = -1;
  for (const sentence of touched) {
    const weight = weigh(masks.low[sentence] as number, masks.high[sentence] as number, weights);
    if (
      seeds.length === SEEDS_MAX &&
      (weight < least || (weight === least && sentence > (seeds[SEEDS_MAX - 1]?.sentence ?? 0)))
    )
      continue;
    seeds.push({ sentence, weight });
    seeds.sort((a, b) => b.weight - a.weight || a.sentence - b.sentence);
    if (seeds.length > SEEDS_MAX) seeds.pop();
    least = seeds[seeds.length - 1]?.weight ?? -1;
  }
  return seeds.map((seed) => seed.sentence);
}
