/**
 * A visitor's first ten minutes: 100 minimal pairs from real sentences (README.md beside this says how they were made). A sentence with
 * one number, date, name or negation changed must not be accepted; the true sentence said otherwise should be.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assess, type Decision, defaultPolicy } from '@fractal/trust';
import { beforeAll, describe, expect, test } from 'vitest';

type Pair = {
  readonly id: string;
  readonly evidence: string;
  readonly original: string;
  readonly change: 'number' | 'date' | 'name' | 'negation';
  readonly falsified: string;
  readonly how: 'units' | 'passive' | 'synonyms' | 'order';
  readonly restated: string;
};

/** Floors: what the first cut reaches, less a little. They only ever go up. */
const FALSIFIED_STOPPED_MIN = 98;
const RESTATED_ACCEPTED_MIN = 85;

const pairs: readonly Pair[] = readFileSync(join(import.meta.dirname, 'pairs.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Pair);

function decisionOn(output: string, evidence: readonly string[]): Decision {
  const content = { output, evidence: evidence.map((text) => ({ text })) };
  return assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy }).decision;
}

function accepted(of: (pair: Pair) => string, among: readonly Pair[] = pairs): string[] {
  return among.filter((pair) => decisionOn(of(pair), [pair.evidence]) === 'accept').map((pair) => pair.id);
}

describe('visitor pairs', () => {
  beforeAll(() => {
    for (const [name, key, of] of [
      ['falsified, stopped', 'change', (pair: Pair) => pair.falsified],
      ['restated, accepted', 'how', (pair: Pair) => pair.restated],
    ] as const) {
      const stopped = name.startsWith('falsified');
      const parts = [...new Set(pairs.map((pair) => pair[key]))].map((kind) => {
        const group = pairs.filter((pair) => pair[key] === kind);
        const count = accepted(of, group).length;
        return `${kind} ${stopped ? group.length - count : count}/${group.length}`;
      });
      const all = accepted(of).length;
      console.log(`${name}: ${stopped ? pairs.length - all : all}/${pairs.length} (${parts.join(', ')})`);
    }
  });

  test('are 100, each minimal: one stretch of the original differs', () => {
    expect(pairs.length).toBe(100);
    for (const { id, evidence, original, falsified } of pairs) {
      expect(evidence, id).toContain(original);
      let start = 0;
      while (original[start] === falsified[start]) start += 1;
      let tail = 0;
      while (original.at(-1 - tail) === falsified.at(-1 - tail) && tail < original.length - start) tail += 1;
      expect(original.length - start - tail, id).toBeLessThanOrEqual(25);
    }
  });

  test('the original sentence is accepted', () => {
    expect(accepted((pair) => pair.original).length).toBe(pairs.length);
  });

  test(`at least ${FALSIFIED_STOPPED_MIN} of the falsified are stopped`, () => {
    expect(pairs.length - accepted((pair) => pair.falsified).length).toBeGreaterThanOrEqual(FALSIFIED_STOPPED_MIN);
  });

  test('no number or date that was changed is accepted', () => {
    const figures = pairs.filter((pair) => pair.change === 'number' || pair.change === 'date');
    expect(accepted((pair) => pair.falsified, figures)).toEqual([]);
  });

  test(`at least ${RESTATED_ACCEPTED_MIN} of the restated are accepted`, () => {
    expect(accepted((pair) => pair.restated).length).toBeGreaterThanOrEqual(RESTATED_ACCEPTED_MIN);
  });

  test('the evidence of ten other pairs beside it lets no more of the falsified through', () => {
    const before = new Set(accepted((pair) => pair.falsified));
    const more = pairs.filter((pair, at) => {
      const others = Array.from(
        { length: 10 },
        (_, step) => pairs[(at + 7 * (step + 1)) % pairs.length]?.evidence ?? '',
      );
      return !before.has(pair.id) && decisionOn(pair.falsified, [pair.evidence, ...others]) === 'accept';
    });
    expect(more.map((pair) => pair.id)).toEqual([]);
  });
});
