/**
 * Is a text English, as far as the checks can read it? By script first, then by function words: those of English against those of
 * other languages in Latin script. Short texts are given the benefit of the doubt: a name or a figure has no language.
 */
import { ENGLISH, FOREIGN } from '../lexicon/words.ts';
import { type ScanCounts, type Tokens, WORD } from './scan.ts';

const WORDS_MIN = 8;
const WORDS_LOOKED_AT = 2000;

export function isEnglish(tokens: Tokens, counts: ScanCounts): boolean {
  if (counts.letters >= 4 && counts.foreign * 4 > counts.letters) return false;
  let words = 0;
  let english = 0;
  let foreign = 0;
  for (let at = 0; at < tokens.count && words < WORDS_LOOKED_AT; at += 1) {
    if (tokens.kind[at] !== WORD) continue;
    const bits = tokens.word[at]?.bits ?? 0;
    words += 1;
    if ((bits & ENGLISH) !== 0) english += 1;
    else if ((bits & FOREIGN) !== 0) foreign += 1;
  }
  return words < WORDS_MIN || foreign <= english || foreign * 8 < words;
}
