/**
 * Writes packages/trust/src/lexicon/rarity.ts: how rare a stem is, in ten classes, counted over the evidence of the permitted training
 * sets. Counts only, no labels. A stem's class is 10 × ln(sentences / sentences with it), rounded to tens; what is not listed is rarest.
 * Words that mostly stand capitalised inside sentences are names and are left out. Run: node bench/trust/build-rarity.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOSED_CLASS, FUNCTION } from '../../packages/trust/src/lexicon/words.ts';
import { stem } from '../../packages/trust/src/text/stem.ts';
import { rowsOf } from './data.ts';

const SETS = [
  'begin-dev',
  'citation-integrity-train',
  'factcg-doc',
  'factcheck-gpt',
  'fm2-dev',
  'summedits-dev',
  'wice-oracle-dev',
  'wice-claim-dev',
];
const STEMS_MAX = 5000;

const seen = new Set<string>();
const counts = new Map<string, { sentences: number; lower: number; capital: number }>();
let sentences = 0;
for (const set of SETS) {
  for (const row of rowsOf(set)) {
    for (const sentence of row.evidence.split(/(?<=[.!?])\s+|\n+/)) {
      if (seen.has(sentence)) continue;
      seen.add(sentence);
      sentences += 1;
      count(sentence);
    }
  }
}

function count(sentence: string): void {
  const here = new Set<string>();
  for (const [at, match] of [...sentence.matchAll(/[A-Za-z]+/g)].entries()) {
    const lower = match[0].toLowerCase();
    if (((CLOSED_CLASS.get(lower) ?? 0) & FUNCTION) !== 0 || lower.length < 2) continue;
    const key = stem(lower);
    const entry = counts.get(key) ?? { sentences: 0, lower: 0, capital: 0 };
    if (!here.has(key)) entry.sentences += 1;
    here.add(key);
    if (at > 0 && match[0] !== lower) entry.capital += 1;
    else if (match[0] === lower) entry.lower += 1;
    counts.set(key, entry);
  }
}

const kept = [...counts]
  .filter(([, entry]) => entry.lower >= 3 && entry.lower > entry.capital)
  .sort((a, b) => b[1].sentences - a[1].sentences || (a[0] < b[0] ? -1 : 1))
  .slice(0, STEMS_MAX);
const classes = new Map<number, string[]>();
for (const [key, entry] of kept) {
  const level = Math.max(2, Math.min(9, Math.round(Math.log(sentences / entry.sentences))));
  classes.set(level, [...(classes.get(level) ?? []), key]);
}

const lines = [...classes]
  .sort((a, b) => a[0] - b[0])
  .map(([level, stems]) => `  [\n    ${level * 10},\n    \`${wrap(stems.sort().join(' '))}\`,\n  ],`);

function wrap(text: string): string {
  return text.replace(/(.{100,118}) /g, '$1\n    ');
}

const source = `/**
 * How rare a stem of English is: 20 (in every seventh sentence) to 100 (not listed), ten times the natural logarithm of sentences to
 * sentences with it, in tens. Made by bench/trust/build-rarity.ts; do not edit. Counted over ${sentences} sentences of evidence of public
 * data sets: BEGIN (CC BY 4.0), Citation-Integrity and FactCG (MIT), Factcheck-GPT, SummEdits and FoolMeTwice (Apache-2.0), WiCE (ODC-BY
 * over CC BY-SA text). Counts of words, no text.
 */

const RAREST = 100;

const CLASSES: readonly (readonly [weight: number, stems: string])[] = [
${lines.join('\n')}
];

const WEIGHTS: ReadonlyMap<string, number> = new Map(
  CLASSES.flatMap(([weight, stems]) => stems.split(/\\s+/).map((stem) => [stem, weight] as const)),
);

/** @returns 20 to 100. */
export function rarity(stem: string): number {
  return WEIGHTS.get(stem) ?? RAREST;
}
`;
writeFileSync(join(import.meta.dirname, '../../packages/trust/src/lexicon/rarity.ts'), source);
console.log(
  `${kept.length} stems over ${sentences} sentences; classes ${[...classes].map(([level, stems]) => `${level}:${stems.length}`).join(' ')}`,
);
