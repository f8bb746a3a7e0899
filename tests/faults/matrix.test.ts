/**
 * The fault matrix: every write of the store, found by counting, met by every fault, on LMDB itself and real files
 * (docs/fault-matrix.md has the outcomes). FRACTAL_LONG=1 meets hundreds of further occurrences, drawn by the seed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFaultLayer } from '../harness/fault-layer.ts';
import { longRun } from '../harness/project.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch } from '../harness/scratch.ts';
import { drawnCases } from './cases.ts';
import { COMMAND, PAGE, pageOf } from './matrix-page.ts';
import { type MatrixRun, runDrawn, runMatrix } from './run-matrix.ts';

const library = buildFaultLayer();
const seed = seedOfRun();
const DRAWN = 600;
const LIMIT_MS = 3_600_000;

afterAll(removeScratch);

describe.skipIf(library === undefined)('each write of the store, each fault', () => {
  let run: MatrixRun;

  beforeAll(async () => {
    run = await runMatrix(library!);
  }, LIMIT_MS);

  it('knows every write that a server makes', () => {
    expect(run.unknown, 'writes without a class: add them to tests/faults/write-classes.ts').toEqual([]);
    expect(run.writes.length).toBeGreaterThan(200);
  });

  it('keeps every promise in every case', () => {
    expect(run.broken).toEqual([]);
  });

  it('has the rows that docs/fault-matrix.md has', () => {
    expect(firstCells(pageInDocs()), `the page is stale: ${COMMAND}`).toEqual(firstCells(pageOf(run.matrix)));
  });

  // A cell says which of several right outcomes was met; on a busy machine now and then another one is.
  if (longRun) {
    it('is what docs/fault-matrix.md says, cell by cell', () => {
      expect(pageInDocs(), `the page is stale: ${COMMAND}`).toBe(pageOf(run.matrix));
    });

    it(`keeps every promise at ${DRAWN} writes drawn from all`, { timeout: LIMIT_MS }, async () => {
      console.log(`faults: FRACTAL_SEED=${seed}`);
      expect(await runDrawn(library!, (writes) => drawnCases(writes, seededRandom(seed), DRAWN))).toEqual([]);
    });
  }
});

function pageInDocs(): string {
  return existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
}

/** What stands in front of each line of a table. */
function firstCells(page: string): (string | undefined)[] {
  const lines = page.split('\n').filter((line) => line.startsWith('| '));
  return lines.map((line) => line.split('|')[1]?.trim());
}
