/**
 * Changes ledger and store in small ways, one at a time, and sees whether the tests notice:
 *
 *     node tests/mutants/main.ts [--sample N] [--seed S] [--only TEXT] [--workers N] [--out FILE] [--dry-run]
 *
 * Prints one line a mutant and at the end the share that was caught, by operator and by stage. Survivors that
 * survivors.json explains as equivalent are counted apart. Exit 1 where fewer than 90 % of the others were caught.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caughtBy, STAGES } from './check.ts';
import { type Mutant, mutantsOf, OPERATORS } from './operators.ts';
import { makeWorkspace } from './workspace.ts';

const ROOT = join(import.meta.dirname, '../..');
const TARGETS = ['packages/ledger/src', 'packages/store-embedded/src'];
const CAUGHT_MIN = 0.9;

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
});

interface Outcome {
  readonly id: string;
  readonly line: number;
  readonly operator: string;
  /** Stage that caught it; null: it survived. */
  readonly caughtBy: string | null;
  /** Why it changes nothing, where survivors.json says so. */
  readonly equivalent?: string;
}

const explained = new Map(
  (JSON.parse(readFileSync(join(import.meta.dirname, 'survivors.json'), 'utf8')) as { id: string; why: string }[]).map(
    ({ id, why }) => [id, why],
  ),
);

const mutants = choose(allMutants());
if (values['dry-run']) {
  for (const { file, line, id } of mutants) console.log(`${file}:${line} ${id}`);
  console.log(`${mutants.length} mutants`);
} else {
  await requirePassing();
  const outcomes = await runAll(mutants);
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(outcomes, undefined, 1)}\n`);
  process.exitCode = report(outcomes) ? 0 : 1;
}

function allMutants(): Mutant[] {
  const listed = execFileSync('git', ['ls-files', ...TARGETS], { cwd: ROOT, encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(file));
  return files.flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
}

/** The first N in an order the seed gives, so that a sample says something about all. */
function choose(all: readonly Mutant[]): Mutant[] {
  const wanted = all.filter(({ id }) => values.only === undefined || id.includes(values.only));
  if (values.sample === undefined) return wanted;
  const random = randomOf(Number(values.seed));
  const order = wanted.map((mutant) => ({ mutant, at: random() })).sort((a, b) => a.at - b.at);
  return order.slice(0, Number(values.sample)).map(({ mutant }) => mutant);
}

/** What fails on the program as it is would seem to catch everything. */
async function requirePassing(): Promise<void> {
  const workspace = await makeWorkspace(ROOT);
  try {
    const failing = await caughtBy(workspace.root, STAGES);
    if (failing !== undefined) throw new Error(`stage ${failing} fails on the program as it is: mend that first`);
  } finally {
    await workspace.remove();
  }
}

async function runAll(mutants: readonly Mutant[]): Promise<Outcome[]> {
  const queue = [...mutants];
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    const workspace = await makeWorkspace(ROOT);
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const known = explained.get(mutant.id);
        await workspace.change(mutant.file, mutant.source);
        const stage = known === undefined ? await caughtBy(workspace.root, STAGES) : undefined;
        await workspace.restore();
        const { id, line, operator } = mutant;
        outcomes.push({ id, line, operator, caughtBy: stage ?? null, ...(known && { equivalent: known }) });
        const verdict = stage ?? (known === undefined ? 'SURVIVED' : 'equivalent');
        console.log(`${outcomes.length}/${mutants.length} ${verdict.padEnd(10)} :${line} ${id}`);
      }
    } finally {
      await workspace.remove();
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  return outcomes;
}

function report(outcomes: readonly Outcome[]): boolean {
  const changing = outcomes.filter(({ equivalent }) => equivalent === undefined);
  const caught = changing.filter(({ caughtBy }) => caughtBy !== null);
  for (const operator of OPERATORS) {
    const of = changing.filter((each) => each.operator === operator);
    if (of.length > 0)
      console.log(`${operator.padEnd(12)} ${of.filter((each) => caught.includes(each)).length}/${of.length}`);
  }
  for (const { name } of STAGES)
    console.log(`by ${name}: ${caught.filter(({ caughtBy }) => caughtBy === name).length}`);
  const share = changing.length === 0 ? 1 : caught.length / changing.length;
  console.log(`${outcomes.length - changing.length} equivalent (survivors.json says why)`);
  console.log(
    `caught ${caught.length} of ${changing.length}: ${(share * 100).toFixed(1)} %, ${CAUGHT_MIN * 100} % is asked`,
  );
  return share >= CAUGHT_MIN;
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
