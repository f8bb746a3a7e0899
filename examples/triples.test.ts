import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assess, defaultPolicy } from '@fractal/trust';
import { expect, test } from 'vitest';

type Triple = {
  readonly id: string;
  readonly source: string;
  readonly licence: string;
  readonly question?: string;
  readonly evidence: readonly { readonly id?: string; readonly text: string }[];
  readonly answer: string;
  readonly label: 'grounded' | 'ungrounded';
};

const triples: readonly Triple[] = readFileSync(join(import.meta.dirname, 'triples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Triple);

test('at least 44, half of them grounded, each with its source and licence, evidence of reasonable size', () => {
  expect(triples.length).toBeGreaterThanOrEqual(44);
  expect(triples.filter((triple) => triple.label === 'grounded').length).toBe(triples.length / 2);
  expect(new Set(triples.map((triple) => triple.id)).size).toBe(triples.length);
  for (const triple of triples) {
    expect(triple.source).not.toBe('');
    expect(triple.licence).toMatch(/^(CC-BY-4\.0|MIT|Apache-2\.0|ODC-BY-1\.0; text CC-BY-SA)$/);
    expect(triple.evidence.map((item) => item.text).join('').length).toBeLessThanOrEqual(4096);
    expect(triple.answer.length).toBeGreaterThan(0);
  }
});

test('grounded answers are accepted more often than ungrounded ones', () => {
  const accepted = (label: Triple['label']): number =>
    triples.filter(({ label: own, question, answer, evidence }) => {
      const content = { prompt: question, output: answer, evidence };
      return (
        own === label &&
        assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy }).decision === 'accept'
      );
    }).length;
  const [grounded, ungrounded] = [accepted('grounded'), accepted('ungrounded')];
  console.log(
    `accepted: ${grounded} of ${triples.length / 2} grounded, ${ungrounded} of ${triples.length / 2} ungrounded`,
  );
  expect(grounded).toBeGreaterThan(ungrounded);
});
