/**
 * AUROC of trust's risk on permitted labelled sets, beside two things that cost nothing: IDF-weighted coverage of the claim's words
 * anywhere in the evidence, and the claim's length. With the gain over coverage and its 95 % interval (bootstrap by evidence, since
 * rows that share evidence are not independent; seeded). Reads ../shared/data where it is there.
 *
 *   node bench/trust/evaluate.ts [--sets a,b] [--json]
 */
import { assess, defaultPolicy } from '../../packages/trust/src/index.ts';
import { rarity } from '../../packages/trust/src/lexicon/rarity.ts';
import { CLOSED_CLASS, FUNCTION } from '../../packages/trust/src/lexicon/words.ts';
import { stem } from '../../packages/trust/src/text/stem.ts';
import { haveData, type Row, rowsOf } from './data.ts';

const REPORTED = ['begin-dev', 'wice-oracle-dev', 'citation-integrity-dev', 'factcheck-gpt'];
const RESAMPLES = 300;

type Scored = { row: Row; risk: number; accepted: boolean; coverage: number; length: number };

function contentStems(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]+|\d+/g) ?? [])
    .filter((word) => ((CLOSED_CLASS.get(word) ?? 0) & FUNCTION) === 0)
    .map(stem);
}

function plainCoverage(row: Row): number {
  const known = new Set(contentStems(row.evidence));
  let all = 0;
  let found = 0;
  for (const each of contentStems(row.claim)) {
    const weight = rarity(each);
    all += weight;
    if (known.has(each)) found += weight;
  }
  return all === 0 ? 0 : found / all;
}

export function auroc(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((score, at) => [score, labels[at] as number] as const).sort((a, b) => a[0] - b[0]);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (
      to < order.length &&
      (order[to] as readonly [number, number])[0] === (order[from] as readonly [number, number])[0]
    )
      to += 1;
    const rank = (from + to + 1) / 2;
    for (let at = from; at < to; at += 1) {
      if ((order[at] as readonly [number, number])[1] === 1) {
        positives += 1;
        rankSum += rank;
      }
    }
    from = to;
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

function score(row: Row): Scored {
  const content = { output: row.claim, evidence: [{ text: row.evidence }] };
  const result = assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy });
  return {
    row,
    risk: result.risk,
    accepted: result.decision === 'accept',
    coverage: 1 - plainCoverage(row),
    length: row.claim.length,
  };
}

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** 2.5 % and 97.5 % of AUROC(risk) − AUROC(coverage), resampling evidence groups. */
function gainInterval(scored: readonly Scored[]): [number, number] {
  const groups = new Map<string, Scored[]>();
  for (const each of scored) groups.set(each.row.evidence, [...(groups.get(each.row.evidence) ?? []), each]);
  const list = [...groups.values()];
  const next = random(7);
  const gains: number[] = [];
  for (let round = 0; round < RESAMPLES; round += 1) {
    const drawn: Scored[] = [];
    for (let at = 0; at < list.length; at += 1) drawn.push(...(list[Math.floor(next() * list.length)] as Scored[]));
    const labels = drawn.map((each) => each.row.label);
    gains.push(
      auroc(
        drawn.map((each) => each.risk),
        labels,
      ) -
        auroc(
          drawn.map((each) => each.coverage),
          labels,
        ),
    );
  }
  gains.sort((a, b) => a - b);
  return [gains[Math.floor(RESAMPLES * 0.025)] as number, gains[Math.floor(RESAMPLES * 0.975)] as number];
}

function report(set: string): Record<string, number | string> {
  const scored = rowsOf(set).map(score);
  const labels = scored.map((each) => each.row.label);
  const of = (pick: (each: Scored) => number): number => auroc(scored.map(pick), labels);
  const accepted = scored.filter((each) => each.accepted);
  const [low, high] = gainInterval(scored);
  const risk = of((each) => each.risk);
  const coverage = of((each) => each.coverage);
  return {
    set,
    rows: scored.length,
    unsupported: labels.filter((label) => label === 1).length,
    risk,
    coverage,
    gain: risk - coverage,
    gain_low: low,
    gain_high: high,
    length: of((each) => each.length),
    accepted: accepted.length,
    escapes: accepted.filter((each) => each.row.label === 1).length,
    accepted_of_supported:
      accepted.filter((each) => each.row.label === 0).length / labels.filter((label) => label === 0).length,
  };
}

if (!haveData) {
  console.log('no ../shared/data: nothing to evaluate');
} else {
  const at = process.argv.indexOf('--sets');
  const sets = at > 0 ? (process.argv[at + 1] ?? '').split(',') : REPORTED;
  for (const set of sets) {
    const row = report(set);
    if (process.argv.includes('--json')) console.log(JSON.stringify(row));
    else
      console.log(
        Object.entries(row)
          .map(
            ([name, value]) =>
              `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : value}`,
          )
          .join('  '),
      );
  }
}
