/**
 * For tuning: real sentences of the permitted sets as claims against the text they stand in, as they are (should be accepted) and with
 * one number, date, name or negation changed by rule (must not be). Prints both rates by kind of edit, and the first misses.
 * Reads only evidence whose hash falls in four parts of five; the fifth part is kept for tests/visitor and examples.
 *
 *   node bench/trust/edits.ts [--show KIND] [--limit N]
 */
import { assess, defaultPolicy, explain } from '../../packages/trust/src/index.ts';
import { haveData, rowsOf } from './data.ts';

const SETS = ['wice-oracle-dev', 'factcg-doc', 'fm2-dev', 'factcheck-gpt', 'citation-integrity-train', 'summedits-dev'];

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** FNV-1a of a text, for a split that needs no list. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

export const isHeldOut = (evidence: string): boolean => hashOf(evidence) % 5 === 0;

type Edit = (sentence: string, next: () => number, evidence: string, other: string) => string | undefined;

const pick = <T>(list: readonly T[], next: () => number): T | undefined => list[Math.floor(next() * list.length)];
/** Words that stand capitalised without naming anything. */
const GRAMMAR =
  /^(The|This|That|These|Those|However|Although|Here|There|Also|When|While|With|From|After|Before|During|They|Their|What|Which|Where|Like|Call|Look|Read|More|News|Click|Anything|Everything|Diseases|Data)\b/;
const namesIn = (text: string): string[] =>
  [...text.matchAll(/(?<=[a-z,] )(?:[A-Z][a-z]{3,})(?: [A-Z][a-z]{2,})*/g)]
    .map((match) => match[0])
    .filter((name) => !GRAMMAR.test(name));
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

const EDITS: Record<string, Edit> = {
  identity: (sentence) => sentence,
  number: (sentence, next) => {
    const found = pick([...sentence.matchAll(/(?<![\w.,-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,-])/g)], next);
    if (found === undefined) return undefined;
    const value = found[0];
    const changed = value.replace(/\d/, (digit) => String(((Number(digit) + 1 + Math.floor(next() * 7)) % 9) + 1));
    return changed === value
      ? undefined
      : sentence.slice(0, found.index) + changed + sentence.slice(found.index + value.length);
  },
  number_of_the_text: (sentence, next, evidence) => {
    const found = pick([...sentence.matchAll(/(?<![\w.,-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,-])/g)], next);
    const others = [...evidence.matchAll(/(?<![\w.,-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,-])/g)].map(
      (match) => match[0],
    );
    const other = pick(
      others.filter((each) => !sentence.includes(each)),
      next,
    );
    if (found === undefined || other === undefined) return undefined;
    return sentence.slice(0, found.index) + other + sentence.slice(found.index + found[0].length);
  },
  year: (sentence, next) => {
    const found = pick([...sentence.matchAll(/\b(?:1[5-9]\d\d|20[0-2]\d)\b/g)], next);
    if (found === undefined) return undefined;
    const year = Number(found[0]) + (next() < 0.5 ? -1 : 1) * (1 + Math.floor(next() * 9));
    return sentence.slice(0, found.index) + year + sentence.slice(found.index + 4);
  },
  month: (sentence, next) => {
    const found = pick([...sentence.matchAll(new RegExp(`\\b(?:${MONTHS.join('|')})(?= \\d)`, 'g'))], next);
    if (found === undefined) return undefined;
    const month = pick(
      MONTHS.filter((each) => each !== found[0]),
      next,
    ) as string;
    return sentence.slice(0, found.index) + month + sentence.slice(found.index + found[0].length);
  },
  name: (sentence, next, evidence, other) => {
    const found = pick(namesIn(sentence), next);
    const changed = pick(
      namesIn(other).filter((each) => !evidence.includes(each)),
      next,
    );
    return found === undefined || changed === undefined ? undefined : sentence.replace(found, changed);
  },
  name_of_the_text: (sentence, next, evidence) => {
    const found = pick(namesIn(sentence), next);
    const changed = pick(
      namesIn(evidence).filter((each) => !sentence.includes(each)),
      next,
    );
    return found === undefined || changed === undefined ? undefined : sentence.replace(found, changed);
  },
  negated: (sentence) => {
    const changed = sentence.replace(
      /\b(is|was|are|were|has|have|had|can|will|could|would|does|did)\b(?! (?:not|no|never)\b)/,
      '$1 not',
    );
    return changed === sentence ? undefined : changed;
  },
  affirmed: (sentence) => {
    const changed = sentence.replace(/\b(?:not|never) |n't\b/, '').replace(/\b(?:ca|wo)(?= )/, 'can');
    return changed === sentence ? undefined : changed;
  },
};

function sentencesOf(evidence: string): string[] {
  return evidence
    .split(/(?<=[a-z0-9)"][.!])\s+(?=[A-Z])|\n+/)
    .map((each) => each.trim())
    .filter((each) => /^[A-Z].*[.!]$/.test(each) && each.length >= 40 && each.length <= 260);
}

if (haveData && import.meta.main) {
  const show = process.argv.includes('--show') ? process.argv[process.argv.indexOf('--show') + 1] : undefined;
  const limit = process.argv.includes('--limit') ? Number(process.argv[process.argv.indexOf('--limit') + 1]) : 15;
  const next = random(11);
  const evidences = [...new Set(SETS.flatMap((set) => rowsOf(set).map((row) => row.evidence)))].filter(
    (each) => !isHeldOut(each) && each.length < 6000,
  );
  const counts = new Map<string, { all: number; accepted: number }>();
  let shown = 0;
  for (let at = 0; at < 1200; at += 1) {
    const evidence = pick(evidences, next) as string;
    const other = pick(evidences, next) as string;
    const sentence = pick(sentencesOf(evidence), next);
    if (sentence === undefined) continue;
    for (const [kind, edit] of Object.entries(EDITS)) {
      const output = edit(sentence, next, evidence, other);
      if (output === undefined) continue;
      const content = { output, evidence: [{ text: evidence }] };
      const result = assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy });
      const accepted = result.decision === 'accept';
      const count = counts.get(kind) ?? { all: 0, accepted: 0 };
      count.all += 1;
      if (accepted) count.accepted += 1;
      counts.set(kind, count);
      if (kind === show && accepted === (kind !== 'identity') && shown < limit) {
        shown += 1;
        console.log(
          `${result.decision} ${result.risk}\n  was ${sentence}\n  is  ${output}\n  ${result.reasons.map((reason) => explain(reason, content)).join('\n  ')}`,
        );
        if (process.argv.includes('--evidence')) console.log(`  in  ${evidence}`);
      }
    }
  }
  for (const [kind, count] of counts)
    console.log(
      `${kind.padEnd(20)} ${String(count.all).padStart(5)}  accepted ${((100 * count.accepted) / count.all).toFixed(1)} %`,
    );
}
