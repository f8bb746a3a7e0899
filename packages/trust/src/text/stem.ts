/**
 * A light stemmer for English: two forms of one word get one stem. The stem need not be a word; it is only ever compared with other stems.
 * British and American spellings meet (colour/color, organise/organize, metre/meter, travelled/traveled).
 *
 * `stem` undoes inflection (plural, past, -ing, -ly). `root` also undoes common derivations (announcement/announce), and is less certain.
 * Neither knows parts of speech; collisions such as hop/hope are accepted.
 */
import { IRREGULAR } from '../lexicon/irregular.ts';

const VOWELS = 'aeiouy';
const KEEP_LY = new Set([
  'family',
  'assembly',
  'supply',
  'anomaly',
  'monopoly',
  'imply',
  'multiply',
  'comply',
  'reply',
]);
const STEM_CHARS_MAX = 40;

/** @param word folded: lower case, no apostrophes. Words longer than 40 characters and those with digits stay as they are. */
export function stem(word: string): string {
  const regular = IRREGULAR.get(word) ?? word;
  if (regular.length <= 3 || regular.length > STEM_CHARS_MAX || hasDigit(regular)) return regular;
  return spelling(ending(verbal(plural(regular)), regular));
}

function hasDigit(word: string): boolean {
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) return true;
  }
  return false;
}

function plural(word: string): string {
  if (!word.endsWith('s')) return word;
  if (word.endsWith('ies') && word.length > 4) return word.slice(0, -2);
  if (word.endsWith('sis') && word.length > 5) return word.slice(0, -2);
  const before = word.charAt(word.length - 2);
  return before === 's' || before === 'u' || before === 'i' ? word : word.slice(0, -1);
}

function verbal(word: string): string {
  if (word.endsWith('ied') && word.length > 4) return word.slice(0, -2);
  if (word.endsWith('eed')) return word.length > 5 ? word.slice(0, -1) : word;
  if (word.endsWith('ed')) return stripped(word, 2);
  if (word.endsWith('ing')) return stripped(word, 3);
  if (word.endsWith('ly') && word.length > 5 && !KEEP_LY.has(word)) {
    if (word.endsWith('bly')) return word.slice(0, -1);
    return word.endsWith('ally') ? word.slice(0, -2) : word.slice(0, -2);
  }
  return word;
}

function stripped(word: string, count: number): string {
  const rest = word.slice(0, -count);
  for (let at = 0; at < rest.length; at += 1) {
    if (VOWELS.includes(rest.charAt(at))) return rest.length >= 2 ? rest : word;
  }
  return word;
}

function ending(word: string, original: string): string {
  let rest = word;
  if (rest.length > 3 && rest.endsWith('e')) rest = rest.slice(0, -1);
  const last = rest.charAt(rest.length - 1);
  const before = rest.charAt(rest.length - 2);
  if (last === before && !VOWELS.includes(last) && rest.length > 3) rest = rest.slice(0, -1);
  if (last === 'y' && rest.length > 3 && !VOWELS.includes(before)) rest = `${rest.slice(0, -1)}i`;
  if (rest.endsWith('is') && rest.length > 4 && /is(e|es|ed|er|ing)$/.test(original)) rest = `${rest.slice(0, -1)}z`;
  if (rest.endsWith('ys') && rest.length > 5) rest = `${rest.slice(0, -1)}z`;
  return rest;
}

function spelling(word: string): string {
  if (word.length > 4 && word.endsWith('our')) return `${word.slice(0, -3)}or`;
  if (word.length > 4 && word.endsWith('tr') && word !== 'metr') return `${word.slice(0, -1)}er`;
  if (word.endsWith('isation')) return `${word.slice(0, -7)}ization`;
  return word === 'metr' ? 'meter' : word === 'litr' ? 'liter' : word === 'fibr' ? 'fiber' : word;
}

/** Suffix of a stem → what stands there in the root. First match wins, so longer ones come first. */
const DERIVATIONS: readonly (readonly [suffix: string, root: string])[] = [
  ['ification', 'ifi'],
  ['ization', 'iz'],
  ['ibiliti', 'ibl'],
  ['abiliti', 'abl'],
  ['fulnes', ''],
  ['ousnes', ''],
  ['ivenes', ''],
  ['nsion', 'nd'],
  ['ision', 'id'],
  ['usion', 'ud'],
  ['asion', 'ad'],
  ['ation', ''],
  ['ition', ''],
  ['ction', 'c'],
  ['ution', ''],
  ['tion', ''],
  ['sion', ''],
  ['ment', ''],
  ['nes', ''],
  ['ship', ''],
  ['hood', ''],
  ['iviti', ''],
  ['aliti', ''],
  ['iti', ''],
  ['ical', ''],
  ['ial', ''],
  ['ator', ''],
  ['ativ', ''],
  ['itiv', ''],
  ['ctiv', 'c'],
  ['iv', ''],
  ['ance', ''],
  ['anc', ''],
  ['enc', ''],
  ['ant', ''],
  ['ent', ''],
  ['ian', ''],
  ['ist', ''],
  ['ism', ''],
  ['abl', ''],
  ['ibl', ''],
  ['ous', ''],
  ['ful', ''],
  ['ion', ''],
  ['ctor', 'c'],
  ['al', ''],
  ['er', ''],
  ['or', ''],
  ['ic', ''],
  ['an', ''],
  ['ct', 'c'],
  ['at', ''],
  ['ag', ''],
  ['ur', ''],
  ['i', ''],
];

const ROOT_CHARS_MIN = 4;

/** Root of a stem: one derivation undone, twice at most, never below four letters. Equal roots make it likely, not sure, that words are kin. */
export function root(stemmed: string): string {
  if (stemmed.length > STEM_CHARS_MAX) return stemmed;
  return once(once(stemmed));
}

/** The same list by last letter, so that few suffixes are tried. */
const BY_LAST: ReadonlyMap<string, readonly (readonly [string, string])[]> = new Map(
  [...new Set(DERIVATIONS.map(([suffix]) => suffix.slice(-1)))].map((last) => [
    last,
    DERIVATIONS.filter(([suffix]) => suffix.endsWith(last)),
  ]),
);

function once(word: string): string {
  for (const [suffix, replacement] of BY_LAST.get(word.charAt(word.length - 1)) ?? []) {
    if (word.endsWith(suffix)) {
      const left = word.length - suffix.length + replacement.length;
      if (left < ROOT_CHARS_MIN) return word;
      const rest = word.slice(0, word.length - suffix.length) + replacement;
      return left > ROOT_CHARS_MIN && rest.endsWith('e') ? rest.slice(0, -1) : rest;
    }
  }
  return word;
}
