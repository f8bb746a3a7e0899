/** `fractal sim [--seed N] [--runs N] [--trace]`: the simulation of the ledger (`sim/`), seed by seed. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface SimOptions {
  /** The first seed; alone: only this one. */
  readonly seed?: number;
  readonly runs?: number;
  /** Prints every step. */
  readonly trace?: boolean;
  readonly json?: boolean;
}

const RUNS_DEFAULT = 100;

/** 0 where every invariant held in every run. */
export async function sim(root: string, options: SimOptions): Promise<ExitCode> {
  // Outside the packages, loaded by path: the command line does not depend on it.
  const url = pathToFileURL(join(root, 'sim', 'run-seeds.ts')).href;
  const { runSeeds, describeFailure } = (await import(url)) as typeof import('../../../../sim/run-seeds.ts');
  const from = options.seed ?? 1;
  const runs = options.runs ?? (options.seed === undefined ? RUNS_DEFAULT : 1);
  const say = options.json === true ? console.error : console.log;
  const report = await runSeeds({
    from,
    runs,
    keepTrace: options.trace === true,
    onReport: ({ seed, hash, steps, simulatedMs, counts, lines, violation }) => {
      if (options.trace === true) say(lines.join('\n'));
      const { entries, acknowledged, starts, powerCuts } = counts;
      const told = `${entries} entries, ${acknowledged} acknowledged, ${starts} starts, ${powerCuts} power cuts`;
      const mark = violation === undefined ? style('green', 'held') : style('red', violation.message);
      say(`seed ${seed}: ${steps} steps in ${simulatedMs} ms of its time, ${told}, trace ${hash}: ${mark}`);
    },
  });
  for (const failed of report.failed) say(`\n${describeFailure(failed)}`);
  const seeds = report.failed.map(({ seed }) => seed);
  if (options.json === true) console.log(JSON.stringify({ from, runs, steps: report.steps, failed: seeds }));
  else say(`${runs - seeds.length} of ${runs} runs held, ${report.steps} steps`);
  return seeds.length > 0 ? EXIT.refused : EXIT.ok;
}
