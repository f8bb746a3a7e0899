/**
 * The words of one assessment, each distinct one looked at once. A vocabulary lives as long as one call of `assess` and no longer, so
 * that no content stays in memory. Stem and weight are worked out when first asked for: most words of the evidence never are.
 */
import { LEXICON } from '../lexicon/lexicon.ts';
import { rarity } from '../lexicon/rarity.ts';
import { DIGITS, FUNCTION } from '../lexicon/words.ts';
import { stem } from './stem.ts';

export type Word = {
  /** Folded: lower case, no diacritics, no apostrophes. */
  readonly text: string;
  /** Bits of lexicon/words.ts. */
  readonly bits: number;
  /** '' until asked for: see `stemOf`. */
  stem: string;
  /** Terms of the output that this word of the evidence carries or opposes; filled by grounding/terms.ts. */
  hits: readonly number[] | undefined;
};

export type Vocabulary = Map<string, Word>;

export function wordOf(vocabulary: Vocabulary, text: string): Word {
  const known = vocabulary.get(text);
  if (known !== undefined) return known;
  const first = text.charCodeAt(0);
  const bits = first >= 0x30 && first <= 0x39 ? DIGITS : (LEXICON.get(text) ?? 0);
  const word: Word = { text, bits, stem: '', hits: undefined };
  vocabulary.set(text, word);
  return word;
}

export function stemOf(word: Word): string {
  if (word.stem === '') word.stem = (word.bits & DIGITS) !== 0 ? word.text : stem(word.text);
  return word.stem;
}

/** Neither grammar nor a figure. */
export function isContent(word: Word): boolean {
  return (word.bits & (FUNCTION | DIGITS)) === 0;
}

/** How much a word says when it is found: 0 for grammar and figures, else 20 to 100, rare words more. */
export function weightOf(word: Word): number {
  return isContent(word) ? rarity(stemOf(word)) : 0;
}
