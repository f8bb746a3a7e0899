/** The first half of the seeds; the second half runs beside it in another worker. */
import { expect, it } from 'vitest';
import { runSeeds } from '../../sim/run-seeds.ts';
import { failuresOf, HALF, SEED_TIMEOUT_MS, seedOfSuite } from './seeds.ts';

it(
  `holds every invariant at every step of seeds ${seedOfSuite} to ${seedOfSuite + HALF - 1}`,
  async () => {
    expect(failuresOf(await runSeeds({ from: seedOfSuite, runs: HALF }))).toBe('');
  },
  SEED_TIMEOUT_MS,
);
