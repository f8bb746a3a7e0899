/**
 * Is a text English, as far as the checks can read it? By script first, then by function words: those of English against those of
 * seven other languages in Latin script. Short texts are given the benefit of the doubt: a name or a figure has no language.
 */
import { type ScanCounts, type Tokens, WORD } from './scan.ts';

const ENGLISH = new Set(
  'the of and to in a is was that for it as with on by at from this be are were his her their which have has had not or an but they he she its who been will would can'.split(
    ' ',
  ),
);

const FOREIGN = new Set(
  `el la los las una unos del que por para con como pero más mas esta este son fue sus sobre entre también tambien y en se lo
  le les des une est dans pour que qui sur pas avec ce cette sont par au aux et ou mais plus nous vous ils elle été ete
  der die das und ist nicht von mit den dem ein eine einer für fur auf sich auch als bei nach wird sind wurde zu im
  il lo gli che di della dei nel per con sono una più piu alla questo anche è
  o os as um uma não nao da do das dos em com por mais foi ao pela
  het een van dat niet zijn voor met aan ook naar maar wordt
  och att det som på pa av är ar till inte ett den
  nie jest się sie na że ze oraz w z`
    .trim()
    .split(/\s+/)
    .filter(
      (word) =>
        !ENGLISH.has(word) &&
        word !== 'me' &&
        word !== 'do' &&
        word !== 'die' &&
        word !== 'as' &&
        word !== 'per' &&
        word !== 'on',
    ),
);

const WORDS_MIN = 8;
const WORDS_LOOKED_AT = 2000;

export function isEnglish(tokens: Tokens, counts: ScanCounts): boolean {
  if (counts.letters >= 4 && counts.foreign * 4 > counts.letters) return false;
  let words = 0;
  let english = 0;
  let foreign = 0;
  for (let at = 0; at < tokens.count && words < WORDS_LOOKED_AT; at += 1) {
    if (tokens.kind[at] !== WORD) continue;
    const text = tokens.word[at]?.text ?? '';
    words += 1;
    if (ENGLISH.has(text)) english += 1;
    else if (FOREIGN.has(text)) foreign += 1;
  }
  return words < WORDS_MIN || foreign <= english || foreign * 8 < words;
}
