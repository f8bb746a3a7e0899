/** Counts, then runs all cases of the tables, two at a time. */
import { type Case, CaseRunner, removeDirectory } from './case-runner.ts';
import { damageCases, FAULTS, PHASES, rowsOf } from './cases.ts';
import type { Damaged, Matrix, Table } from './matrix-page.ts';
import { brokenPromises, cellOf } from './outcome.ts';
import type { Write } from './write-classes.ts';

const AT_ONCE = 2;
/** A write that a publication shared with another is met the next time, or never. */
const ATTEMPTS = 3;

export type Broken = { case: string; promises: readonly string[] };

export type MatrixRun = { matrix: Matrix; broken: Broken[]; unknown: readonly string[]; writes: readonly Write[] };

export function nameOf({ write, fault }: Case): string {
  return `${write.phase}: ${write.name}: ${fault}`;
}

export async function runMatrix(library: string): Promise<MatrixRun> {
  const runner = new CaseRunner(library);
  try {
    const { writes, unknown } = await runner.count();
    const broken: Broken[] = [];
    const run = async (given: Case): Promise<ReturnType<typeof cellOf>> => {
      const outcome = await runCase(runner, given);
      if (outcome.promises.length > 0) broken.push({ case: nameOf(given), promises: outcome.promises });
      return outcome.cell;
    };
    const queue: (() => Promise<void>)[] = [];
    const tables = PHASES.map((phase): Table => {
      const rows = rowsOf(writes, phase).map(({ name, cases }) => {
        const cells: Table['rows'][number]['cells'] = FAULTS.map(() => undefined);
        for (const [i, given] of cases.entries()) {
          if (given === undefined) continue;
          queue.push(async () => {
            cells[i] = await run(given);
          });
        }
        return { name, cells };
      });
      return { phase, rows };
    });
    const damaged: Damaged[] = damageCases(writes).map((given) => {
      const row: Damaged = { name: given.write.what, cell: undefined };
      queue.push(async () => {
        row.cell = await run(given);
      });
      return row;
    });
    await inTurns(queue);
    return { matrix: { tables, damaged }, broken, unknown, writes };
  } finally {
    await runner.close();
  }
}

/** Cases beyond the tables: only their promises count. */
export async function runDrawn(library: string, drawn: (writes: readonly Write[]) => Case[]): Promise<Broken[]> {
  const runner = new CaseRunner(library);
  const broken: Broken[] = [];
  try {
    const { writes } = await runner.count();
    await inTurns(
      drawn(writes).map((given) => async () => {
        const { promises } = await runCase(runner, given);
        // What a publication wrote by itself another run may have written with the next: then there was no fault to meet.
        const kept = promises.filter((promise) => promise !== NOT_REACHED);
        if (kept.length > 0)
          broken.push({ case: `${nameOf(given)} (${given.write.glob} ${given.write.nth})`, promises: kept });
      }),
    );
    return broken;
  } finally {
    await runner.close();
  }
}

const NOT_REACHED = 'the write was not reached';

async function runCase(
  runner: CaseRunner,
  given: Case,
): Promise<{ promises: string[]; cell: ReturnType<typeof cellOf> }> {
  for (let attempt = 1; ; attempt++) {
    const result = await runner.run(given);
    const promises = brokenPromises(result);
    const outcome = { promises, cell: cellOf(result) };
    removeDirectory(result);
    if (!promises.includes(NOT_REACHED) || attempt === ATTEMPTS) return outcome;
  }
}

async function inTurns(queue: (() => Promise<void>)[]): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
