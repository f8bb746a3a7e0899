/**
 * The words of one assessment. Each distinct word is looked at once: its stem, its bits, its weight. A vocabulary lives as long as one
 * call of `assess` and no longer, so that no content stays in memory.
 */

import { NUMBER_WORDS, ORDINALS, SCALES } from '../lexicon/numbers.ts';
import { PHRASES } from '../lexicon/phrases.ts';
import { rarity } from '../lexicon/rarity.ts';
import { CLOSED_CLASS, DIGITS, FUNCTION, NUMERAL } from '../lexicon/words.ts';
import { stem } from './stem.ts';

/** The first half of a phrase of phrases.ts. */
export const PHRASE_FIRST = 1 << 20;

export type Word = {
  /** Folded: lower case, no diacritics, no apostrophes. */
  readonly text: string;
  readonly stem: string;
  /** Bits of lexicon/words.ts. */
  readonly bits: number;
  /** How much it says when it is found: 0 for grammar, else 10 to 100, rare words more. */
  readonly weight: number;
  /** Terms of the output that this word of the evidence carries; filled by grounding/terms.ts. */
  hits: readonly Hit[] | undefined;
};

/** Term number and how well the word carries it, in (0, 1]; negative: it is the opposite of the term. */
export type Hit = { readonly term: number; readonly quality: number };

export type Vocabulary = Map<string, Word>;

export function wordOf(vocabulary: Vocabulary, text: string): Word {
  const known = vocabulary.get(text);
  if (known !== undefined) return known;
  const word = newWord(text);
  vocabulary.set(text, word);
  return word;
}

function newWord(text: string): Word {
  const first = text.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39) return { text, stem: text, bits: DIGITS, weight: 0, hits: undefined };
  let bits = CLOSED_CLASS.get(text) ?? 0;
  if (NUMBER_WORDS.has(text) || SCALES.has(text) || ORDINALS.has(text)) bits |= NUMERAL;
  if (PHRASES.has(text)) bits |= PHRASE_FIRST;
  const stemmed = stem(text);
  const grammar = (bits & FUNCTION) !== 0;
  return { text, stem: stemmed, bits, weight: grammar ? 0 : rarity(stemmed), hits: undefined };
}
