/**
 * The terms of an output: its distinct content words, and the index by which a word of the evidence finds the terms it carries.
 * A word carries a term by the same stem, a shared group of synonyms or the same root; it can also be its opposite.
 *
 * Most words of the evidence carry nothing. They are told by their first letters, before anything else about them is worked out: a stem
 * keeps the first letters of its word, except for irregular forms, which are always looked at.
 */
import { ANTONYMS } from '../lexicon/antonyms.ts';
import { SYNONYM_GROUPS, SYNONYMS } from '../lexicon/synonyms.ts';
import { DIGITS, IRREGULAR_FORM } from '../lexicon/words.ts';
import { root } from '../text/stem.ts';
import { isContent, stemOf, type Word, weightOf } from '../text/vocabulary.ts';

export type Term = { readonly stem: string; readonly weight: number };

export type Terms = {
  readonly list: Term[];
  readonly byStem: Map<string, number>;
  /** Words of grammar apart: the stem of note is not. */
  readonly byGrammar: Map<string, number>;
  readonly byGroup: Map<number, number[]>;
  readonly byRoot: Map<string, number[]>;
  readonly byOpposite: Map<string, number[]>;
  /** 1 for a hash of first letters that some stem looked for has. */
  readonly heads: Uint8Array;
};

/** A hit is 4 × term + one of these. */
export const SAME = 0;
export const SYNONYM = 1;
export const KIN = 2;
export const OPPOSITE = 3;

/** How well a hit of each kind carries its term. */
export const QUALITY: readonly [same: number, synonym: number, kin: number, opposite: number] = [1, 0.92, 0.85, 0];

const HEADS = 8192;

export function newTerms(): Terms {
  return {
    list: [],
    byStem: new Map(),
    byGrammar: new Map(),
    byGroup: new Map(),
    byRoot: new Map(),
    byOpposite: new Map(),
    heads: new Uint8Array(HEADS),
  };
}

/** Hash of three letters from `at` on; of two where a stem has no more. */
function headOf(text: string, letters: 2 | 3, at = 0): number {
  const two = text.charCodeAt(at) * 31 + text.charCodeAt(at + 1);
  return (letters === 2 ? two * 7 : two * 37 + text.charCodeAt(at + 2)) & (HEADS - 1);
}

/** Heads of the stems of each group of synonyms. */
const GROUP_HEADS: readonly (readonly number[])[] = SYNONYM_GROUPS.map((stems) =>
  stems.map((stem) => headOf(stem, stem.length < 3 ? 2 : 3)),
);

function lookFor(terms: Terms, stem: string): void {
  terms.heads[headOf(stem, stem.length < 3 ? 2 : 3)] = 1;
}

/** Number of the term this word of the output is; -1 where it is neither content, nor a figure, nor one side of a pair of opposites. */
export function termOf(terms: Terms, word: Word): number {
  const stem = stemOf(word);
  const own = isGrammar(word) ? terms.byGrammar : terms.byStem;
  const known = own.get(stem);
  if (known !== undefined) return known;
  const weight = weightOf(word);
  if (weight === 0 && (word.bits & DIGITS) === 0 && !ANTONYMS.has(stem)) return -1;
  const term = terms.list.length;
  terms.list.push({ stem, weight });
  own.set(stem, term);
  lookFor(terms, stem);
  for (const opposite of oppositesOf(stem)) {
    append(terms.byOpposite, opposite, term);
    lookFor(terms, opposite);
  }
  if (weight === 0) return term;
  for (const group of SYNONYMS.get(stem) ?? []) {
    append(terms.byGroup, group, term);
    for (const head of GROUP_HEADS[group] ?? []) terms.heads[head] = 1;
  }
  append(terms.byRoot, root(stem), term);
  return term;
}

function isGrammar(word: Word): boolean {
  return !isContent(word) && (word.bits & DIGITS) === 0;
}

function append<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const NONE: readonly number[] = [];

/** Which terms a word of the evidence carries or opposes; remembered on the word. */
export function hitsOf(terms: Terms, word: Word): readonly number[] {
  if (word.hits === undefined) word.hits = mayHit(terms, word) ? findHits(terms, word) : NONE;
  return word.hits;
}

function mayHit(terms: Terms, word: Word): boolean {
  if ((word.bits & IRREGULAR_FORM) !== 0) return true;
  const { text } = word;
  if (terms.heads[headOf(text, 3)] === 1 || terms.heads[headOf(text, 2)] === 1) return true;
  const prefix = prefixChars(text);
  return prefix > 0 && (terms.heads[headOf(text, 3, prefix)] === 1 || terms.heads[headOf(text, 2, prefix)] === 1);
}

function findHits(terms: Terms, word: Word): readonly number[] {
  const stem = stemOf(word);
  const same = (isGrammar(word) ? terms.byGrammar : terms.byStem).get(stem);
  const hits: number[] = same === undefined ? [] : [4 * same + SAME];
  if (isContent(word)) {
    for (const group of SYNONYMS.get(stem) ?? []) add(hits, terms.byGroup.get(group), SYNONYM);
    add(hits, terms.byRoot.get(root(stem)), KIN);
  }
  add(hits, terms.byOpposite.get(stem), OPPOSITE);
  const rest = withoutPrefix(stem);
  const opposed = rest === '' ? undefined : terms.byStem.get(rest);
  if (opposed !== undefined) add(hits, [opposed], OPPOSITE);
  return hits.length === 0 ? NONE : hits;
}

/** Adds what is not there yet: the better kind comes first. */
function add(hits: number[], terms: readonly number[] | undefined, kind: number): void {
  if (terms === undefined) return;
  for (const term of terms) {
    if (!hits.some((hit) => hit >> 2 === term)) hits.push(4 * term + kind);
  }
}

/**
 * Prefixes that turn a word into its opposite, and what the rest must look like for those that are also other things (inform is not the
 * opposite of form).
 */
const PREFIXES: readonly (readonly [prefix: string, rest: RegExp])[] = [
  ['un', /^.{4}/],
  ['non', /^.{4}/],
  [
    'dis',
    /^(agre|approv|honest|satisfi|similar|advantag|appear|connect|continu|order|abl|obei|lik|loyal|respect|trust|prov|qualifi|courag|arm)/,
  ],
  ['in', /..(abl|ibl|al|ent|ant|at|activ|ect|adequat|complet|secur|sufficient|visibl)$/],
  ['im', /..(abl|ibl)$|^(patient|perfect|matur|moral|mobil|pur|balanc|proper|probabl)/],
  ['il', /^(legal|liter|logical|legitim)/],
  ['ir', /^(regular|relevant|ration|respons|revers)/],
];

/** Letters of the prefix this word may have; 0: none. */
function prefixChars(text: string): number {
  const first = text.charAt(0);
  if (first === 'u') return text.startsWith('un') ? 2 : 0;
  if (first === 'i') return /^i[nmlr]/.test(text) ? 2 : 0;
  return text.startsWith('non') || text.startsWith('dis') ? 3 : 0;
}

/** The stem without a prefix of opposition; '' where it has none. */
function withoutPrefix(stem: string): string {
  const chars = prefixChars(stem);
  if (chars === 0) return '';
  const prefix = stem.slice(0, chars);
  const rest = stem.slice(chars);
  return PREFIXES.some(([each, shape]) => each === prefix && shape.test(rest)) ? rest : '';
}

/** Stems that say the opposite of this one; the ones made by a prefix are found from the other side. */
function oppositesOf(stem: string): readonly string[] {
  const listed = ANTONYMS.get(stem) ?? [];
  const rest = withoutPrefix(stem);
  return rest === '' ? listed : [...listed, rest];
}
