/** Every word the lists of this folder know by its form, with its bits: one look-up a word. */

import { IRREGULAR } from './irregular.ts';
import { ENGLISH_WORDS, FOREIGN_WORDS } from './languages.ts';
import { NUMBER_WORDS, ORDINALS, SCALES } from './numbers.ts';
import { PHRASES } from './phrases.ts';
import { CLOSED_CLASS, ENGLISH, FOREIGN, IRREGULAR_FORM, NUMERAL, PHRASE_FIRST } from './words.ts';

export const LEXICON: ReadonlyMap<string, number> = build();

function build(): Map<string, number> {
  const map = new Map(CLOSED_CLASS);
  const add = (words: Iterable<string>, bit: number): void => {
    for (const word of words) map.set(word, (map.get(word) ?? 0) | bit);
  };
  add(NUMBER_WORDS.keys(), NUMERAL);
  add(SCALES.keys(), NUMERAL);
  add(ORDINALS.keys(), NUMERAL);
  add(PHRASES.keys(), PHRASE_FIRST);
  add(IRREGULAR.keys(), IRREGULAR_FORM);
  add(ENGLISH_WORDS, ENGLISH);
  add(FOREIGN_WORDS, FOREIGN);
  return map;
}
