/** One seed of the simulation, from its beginning to its report. */
import { type Sabotage, World, type WorldReport } from './ledger-world/world.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly keepTrace?: boolean;
  readonly sabotage?: Sabotage;
}

export type SeedReport = WorldReport;

export function runSeed({ seed, keepTrace = false, sabotage }: SeedOptions): Promise<SeedReport> {
  return new World({ seed, keepTrace, ...(sabotage === undefined ? {} : { sabotage }) }).run();
}
