/**
 * Draws examples/triples.jsonl from the public sets of ../shared/data/grounding/train, by rule and seed, without looking at any verdict:
 * from each set below, four grounded and four ungrounded rows, in the order of a seeded shuffle, that satisfy `fits` and whose evidence
 * was not drawn yet. Only rows in the fifth of the evidence (by hash) that the detector was never tuned on.
 *
 *   node examples/select.ts        writes the file; where ../shared is absent it says so and changes nothing
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { haveData, type Row, rowsOf } from '../bench/trust/data.ts';
import { isHeldOut, random } from '../bench/trust/edits.ts';

const SEED = 20240607;
const PER_LABEL = 4;
const EVIDENCE_CHARS_MAX = 4000;

/** Set → its name and licence as given in ../shared/data/README.md. */
const SETS: readonly (readonly [set: string, name: string, licence: string])[] = [
  ['begin-dev', 'BEGIN', 'CC-BY-4.0'],
  ['factcg-doc', 'FactCG', 'MIT'],
  ['factcheck-gpt', 'Factcheck-GPT', 'Apache-2.0'],
  ['fm2-dev', 'FoolMeTwice', 'Apache-2.0'],
  ['summedits-dev', 'SummEdits', 'Apache-2.0'],
  ['wice-oracle-dev', 'WiCE', 'ODC-BY-1.0; text CC-BY-SA'],
];

function fits(row: Row): boolean {
  // SAMSum's dialogues may not be used commercially, whatever the licence of the set built on them.
  if (row.source === 'summedits-samsum') return false;
  // "irrelevant" evidence makes easy negatives; a claim that is a fragment or an essay makes a poor example.
  if (row.fine === 'irrelevant' || row.evidence.length > EVIDENCE_CHARS_MAX || row.evidence.length < 60) return false;
  return row.claim.length >= 40 && row.claim.length <= 400 && isHeldOut(row.evidence);
}

function shuffled(rows: readonly Row[], next: () => number): Row[] {
  const list = [...rows];
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1));
    [list[at], list[other]] = [list[other] as Row, list[at] as Row];
  }
  return list;
}

function draw(): string[] {
  const lines: string[] = [];
  const next = random(SEED);
  for (const [set, name, licence] of SETS) {
    const left: [number, number] = [PER_LABEL, PER_LABEL];
    const used = new Set<string>();
    for (const row of shuffled(rowsOf(set), next)) {
      if (left[row.label] === 0 || used.has(row.evidence) || !fits(row)) continue;
      left[row.label] -= 1;
      used.add(row.evidence);
      lines.push(
        JSON.stringify({
          id: row.id,
          source: name,
          licence,
          // BEGIN's rows answer a turn of a conversation; the other sets have claims without a question.
          ...(row.context === undefined ? {} : { question: row.context }),
          evidence: [{ id: row.id, text: row.evidence }],
          answer: row.claim,
          label: row.label === 0 ? 'grounded' : 'ungrounded',
        }),
      );
    }
  }
  return lines;
}

if (import.meta.main) {
  if (haveData) {
    const lines = draw();
    writeFileSync(join(import.meta.dirname, 'triples.jsonl'), `${lines.join('\n')}\n`);
    console.log(`${lines.length} triples`);
  } else console.log('no ../shared/data here: examples/triples.jsonl stays as it is');
}
