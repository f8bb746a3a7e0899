/**
 * The terms of an output: its distinct content words, and the index by which a word of the evidence finds the terms it carries.
 * A word carries a term by the same stem (1), a shared group of synonyms (0.92) or the same root (0.85); it can also be its opposite.
 */
import { ANTONYMS } from '../lexicon/antonyms.ts';
import { SYNONYMS } from '../lexicon/synonyms.ts';
import { root } from '../text/stem.ts';
import type { Hit, Word } from '../text/vocabulary.ts';

const SYNONYM_QUALITY = 0.92;
const ROOT_QUALITY = 0.85;

export type Term = { readonly stem: string; readonly weight: number };

export type Terms = {
  readonly list: Term[];
  readonly byStem: Map<string, number>;
  readonly byGroup: Map<number, number[]>;
  readonly byRoot: Map<string, number[]>;
  readonly byOpposite: Map<string, number[]>;
};

export function newTerms(): Terms {
  return { list: [], byStem: new Map(), byGroup: new Map(), byRoot: new Map(), byOpposite: new Map() };
}

/** Number of the term this word of the output is; -1 where it is neither content nor one side of a pair of opposites. */
export function termOf(terms: Terms, word: Word): number {
  const known = terms.byStem.get(word.stem);
  if (known !== undefined) return known;
  if (word.weight === 0 && !ANTONYMS.has(word.stem) && word.bits !== DIGITS_ONLY) return -1;
  const term = terms.list.length;
  terms.list.push({ stem: word.stem, weight: word.weight });
  terms.byStem.set(word.stem, term);
  for (const opposite of oppositesOf(word.stem)) append(terms.byOpposite, opposite, term);
  if (word.weight === 0) return term;
  for (const group of SYNONYMS.get(word.stem) ?? []) append(terms.byGroup, group, term);
  append(terms.byRoot, root(word.stem), term);
  return term;
}

/** Bits of a word that is a figure (vocabulary.ts): it becomes a term so that passages with that figure are found. */
const DIGITS_ONLY = 4096;

function append<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const NONE: readonly Hit[] = [];

/** Which terms a word of the evidence carries or opposes; remembered on the word. */
export function hitsOf(terms: Terms, word: Word): readonly Hit[] {
  if (word.hits !== undefined) return word.hits;
  word.hits = findHits(terms, word);
  return word.hits;
}

function findHits(terms: Terms, word: Word): readonly Hit[] {
  const same = terms.byStem.get(word.stem);
  const opposed = terms.byOpposite.get(word.stem);
  if (word.weight === 0) {
    if (same === undefined && opposed === undefined) return NONE;
    const hits: Hit[] = same === undefined ? [] : [{ term: same, quality: 1 }];
    for (const term of opposed ?? []) hits.push({ term, quality: -1 });
    return hits;
  }
  const best = new Map<number, number>();
  for (const term of opposed ?? []) best.set(term, -1);
  for (const term of terms.byRoot.get(root(word.stem)) ?? []) best.set(term, ROOT_QUALITY);
  for (const group of SYNONYMS.get(word.stem) ?? []) {
    for (const term of terms.byGroup.get(group) ?? []) best.set(term, SYNONYM_QUALITY);
  }
  if (same !== undefined) best.set(same, 1);
  return best.size === 0 ? NONE : [...best].map(([term, quality]) => ({ term, quality }));
}

/** Prefixes that turn a word into its opposite, and the endings a word must have for the ones that are also other things. */
const PREFIXES: readonly (readonly [prefix: string, endings: RegExp | undefined])[] = [
  ['un', undefined],
  ['non', undefined],
  [
    'dis',
    /^(agre|approv|honest|satisfi|similar|advantag|appear|connect|continu|order|abl|obei|lik|loyal|respect|trust|prov|qualifi|courag|arm)/,
  ],
  ['in', /(abl|ibl|al|ent|ant|at|activ|ect|adequat|complet|secur|sufficient|visibl)$/],
  ['im', /(abl|ibl|patient|perfect|matur|moral|mobil|pur|balanc|proper|probabl)$/],
  ['il', /(legal|liter|logical|legitim)/],
  ['ir', /(regular|relevant|ration|respons|revers)/],
];
const PREFIXED_REST_MIN = 4;

function oppositesOf(stem: string): readonly string[] {
  const listed = ANTONYMS.get(stem) ?? [];
  const made: string[] = [];
  for (const [prefix, endings] of PREFIXES) {
    if (stem.startsWith(prefix)) {
      const rest = stem.slice(prefix.length);
      if (rest.length >= PREFIXED_REST_MIN && (endings === undefined || endings.test(rest))) made.push(rest);
    }
    if (stem.length >= PREFIXED_REST_MIN && (endings === undefined || endings.test(stem))) made.push(prefix + stem);
  }
  return made.length === 0 ? listed : [...listed, ...made];
}
