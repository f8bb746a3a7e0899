/**
 * The evidence, scanned: one run of tokens over all passages, sentences that never cross a passage, and for each term of the output
 * the sentences that carry it. Offsets stay those of the single passages. Linear in the length of the evidence.
 */
import type { Evidence } from '../assess/types.ts';
import { quantitiesOf } from '../text/quantities.ts';
import type { Quantity } from '../text/quantity.ts';
import { newTokens, type ScanCounts, scan, type Tokens } from '../text/scan.ts';
import { sentencesOf } from '../text/sentences.ts';
import type { Vocabulary } from '../text/vocabulary.ts';
import { hitsOf, OPPOSITE, type Terms } from './terms.ts';

export type ScannedEvidence = {
  readonly tokens: Tokens;
  /** Sentences: token ranges, and the passage each is in. */
  readonly count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly passage: Int32Array;
  /** First sentence of each passage; one more at the end. */
  readonly firstOf: Int32Array;
  readonly counts: ScanCounts;
};

export type Passages = ScannedEvidence & {
  /** Term → sentences that carry it, rising. */
  readonly postings: readonly (readonly number[])[];
  /** Quantities of a sentence, read when first asked for. */
  readonly quantities: Map<number, readonly Quantity[]>;
};

export function scanEvidence(evidence: readonly Evidence[], vocabulary: Vocabulary): ScannedEvidence {
  let length = 0;
  for (const item of evidence) length += item.text.length;
  const tokens = newTokens((length >> 2) + 16);
  const counts: ScanCounts = { letters: 0, latin: 0, foreign: 0, invisible: 0, symbols: 0 };
  const from: number[] = [];
  const to: number[] = [];
  const passage: number[] = [];
  const firstOf = new Int32Array(evidence.length + 1);
  for (const [index, item] of evidence.entries()) {
    firstOf[index] = from.length;
    const begin = tokens.count;
    const found = scan(item.text, tokens, vocabulary);
    counts.letters += found.letters;
    counts.latin += found.latin;
    counts.foreign += found.foreign;
    counts.invisible += found.invisible;
    counts.symbols += found.symbols;
    const sentences = sentencesOf(tokens, begin, tokens.count);
    for (let at = 0; at < sentences.count; at += 1) {
      from.push(sentences.from[at] as number);
      to.push(sentences.to[at] as number);
      passage.push(index);
    }
  }
  firstOf[evidence.length] = from.length;
  return {
    tokens,
    count: from.length,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    passage: Int32Array.from(passage),
    firstOf,
    counts,
  };
}

/** The scanned evidence with the postings of all terms known by now: no term may be added afterwards. */
export function postTerms(scanned: ScannedEvidence, terms: Terms): Passages {
  const { tokens } = scanned;
  const postings: number[][] = terms.list.map(() => []);
  for (let sentence = 0; sentence < scanned.count; sentence += 1) {
    const end = scanned.to[sentence] as number;
    for (let at = scanned.from[sentence] as number; at < end; at += 1) {
      const word = tokens.word[at];
      if (word === undefined || word.text === '') continue;
      for (const hit of hitsOf(terms, word)) {
        if ((hit & 3) === OPPOSITE) continue;
        const list = postings[hit >> 2] as number[];
        if (list[list.length - 1] !== sentence) list.push(sentence);
      }
    }
  }
  return { ...scanned, postings, quantities: new Map() };
}

export function quantitiesIn(passages: Passages, sentence: number): readonly Quantity[] {
  const known = passages.quantities.get(sentence);
  if (known !== undefined) return known;
  const read = quantitiesOf(passages.tokens, passages.from[sentence] as number, passages.to[sentence] as number);
  passages.quantities.set(sentence, read);
  return read;
}

/** Index of the passage a token of the evidence is in. */
export function passageOfToken(passages: Passages, token: number): number {
  let low = 0;
  let high = passages.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((passages.from[middle] as number) <= token) low = middle;
    else high = middle - 1;
  }
  return passages.passage[low] ?? 0;
}
