/**
 * Which seeds the suite runs: always the same 300, so that a build tells what a change broke; 10,000 in the long form;
 * others with FRACTAL_SEED, the first of them.
 */
import { describeFailure, type SeedsReport } from '../../sim/run-seeds.ts';
import { longRun } from '../harness/project.ts';

export const HALF = longRun ? 5_000 : 150;
export const seedOfSuite = Number(process.env.FRACTAL_SEED ?? 1);
/** However slow the machine: a bound against hanging, no measurement. */
export const SEED_TIMEOUT_MS = longRun ? 7_200_000 : 900_000;

/** One text about all that broke, with the command that replays each; empty where nothing did. */
export function failuresOf({ failed }: SeedsReport): string {
  return failed.map(describeFailure).join('\n\n');
}
