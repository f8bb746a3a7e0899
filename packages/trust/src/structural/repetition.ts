/**
 * Structural signals: degenerate output, as models give when they go round in a loop. On the tokens of the output: the longest run of
 * one phrase repeated back to back, the share of sentences said before, the variety of words, the share that are words at all.
 * Says nothing about facts. Linear in the number of tokens.
 */
import { MARK, NUMBER, type ScanCounts, type Tokens, WORD } from '../text/scan.ts';
import type { Sentences } from '../text/sentences.ts';

export type Structure = {
  /** Words and figures. */
  readonly words: number;
  /** Words inside the longest run of one phrase (1 to 12 words) repeated at least three times, as a share of all. */
  readonly loopShare: number;
  /** Tokens [from, to) of that run. */
  readonly loop: readonly [number, number];
  /** Sentences of four words or more that stand word for word before, as a share of such sentences. */
  readonly repeatedShare: number;
  readonly repeated: readonly [number, number];
  /** Distinct words in a hundred, by windows of a hundred words, the poorest window; 1 for short texts. */
  readonly variety: number;
  /** Letters and figures to all visible characters. */
  readonly wordShare: number;
};

const PERIOD_MAX = 12;
const REPEATS_MIN = 3;
const VARIETY_WORDS = 100;

export function structureOf(text: string, tokens: Tokens, sentences: Sentences, counts: ScanCounts): Structure {
  const places: number[] = [];
  for (let at = 0; at < tokens.count; at += 1)
    if (tokens.kind[at] === WORD || tokens.kind[at] === NUMBER) places.push(at);
  const loop = longestLoop(tokens, places);
  const repeated = repeatedSentences(tokens, sentences);
  return {
    words: places.length,
    loopShare: places.length === 0 ? 0 : loop.words / places.length,
    loop: loop.range,
    repeatedShare: repeated.share,
    repeated: repeated.range,
    variety: varietyOf(tokens, places),
    wordShare: wordShareOf(text, tokens, counts),
  };
}

function longestLoop(tokens: Tokens, places: readonly number[]): { words: number; range: readonly [number, number] } {
  let words = 0;
  let range: readonly [number, number] = [0, 0];
  for (let period = 1; period <= PERIOD_MAX; period += 1) {
    let run = 0;
    for (let at = period; at < places.length; at += 1) {
      const same = tokens.word[places[at] as number] === tokens.word[places[at - period] as number];
      run = same ? run + 1 : 0;
      // A run of n equal pairs covers n + period words.
      if (run >= period * (REPEATS_MIN - 1) && run + period > words) {
        words = run + period;
        range = [places[at - run - period + 1] as number, (places[at] as number) + 1];
      }
    }
  }
  return { words, range };
}

function repeatedSentences(tokens: Tokens, sentences: Sentences): { share: number; range: readonly [number, number] } {
  const seen = new Set<string>();
  let long = 0;
  let again = 0;
  let range: readonly [number, number] = [0, 0];
  for (let at = 0; at < sentences.count; at += 1) {
    const from = sentences.from[at] as number;
    const to = sentences.to[at] as number;
    let key = '';
    let words = 0;
    for (let token = from; token < to; token += 1) {
      if (tokens.kind[token] === MARK) continue;
      key += `${tokens.word[token]?.text ?? ''} `;
      words += 1;
    }
    if (words < 4) continue;
    long += 1;
    if (seen.has(key)) {
      again += 1;
      range = [from, to];
    } else seen.add(key);
  }
  return { share: long === 0 ? 0 : again / long, range };
}

function varietyOf(tokens: Tokens, places: readonly number[]): number {
  let poorest = 1;
  for (let begin = 0; begin + VARIETY_WORDS <= places.length; begin += VARIETY_WORDS) {
    const seen = new Set<unknown>();
    for (let at = begin; at < begin + VARIETY_WORDS; at += 1) seen.add(tokens.word[places[at] as number]);
    if (seen.size / VARIETY_WORDS < poorest) poorest = seen.size / VARIETY_WORDS;
  }
  return poorest;
}

function wordShareOf(text: string, tokens: Tokens, counts: ScanCounts): number {
  let digits = 0;
  let marks = 0;
  for (let at = 0; at < tokens.count; at += 1) {
    if (tokens.kind[at] === NUMBER) digits += (tokens.end[at] as number) - (tokens.start[at] as number);
    else if (tokens.kind[at] === MARK) marks += 1;
  }
  const visible = counts.letters + digits + marks + counts.symbols;
  return visible === 0 || text === '' ? 0 : (counts.letters + digits) / visible;
}
