/** Many seeds, one after another, and what is said about those that found something. */
import { runSeed, type SeedReport } from './run-seed.ts';

export interface SeedsReport {
  readonly runs: number;
  readonly steps: number;
  readonly failed: readonly SeedReport[];
}

export async function runSeeds(options: {
  readonly from: number;
  readonly runs: number;
  readonly keepTrace?: boolean;
  readonly onReport?: (report: SeedReport) => void;
}): Promise<SeedsReport> {
  const failed: SeedReport[] = [];
  let steps = 0;
  for (let seed = options.from; seed < options.from + options.runs; seed += 1) {
    const report = await runSeed({ seed, keepTrace: options.keepTrace === true });
    steps += report.steps;
    if (report.violation !== undefined) failed.push(report);
    options.onReport?.(report);
  }
  return { runs: options.runs, steps, failed };
}

export function replayCommand(seed: number): string {
  return `./fractal sim --seed ${seed} --trace`;
}

/** What broke, the last steps before it, and how to see it again. */
export function describeFailure({ seed, violation, lines }: SeedReport): string {
  return `seed ${seed}: ${violation?.message}\n  ${lines.slice(-20).join('\n  ')}\nreplay: ${replayCommand(seed)}`;
}
