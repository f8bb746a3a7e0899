/** The second half of the seeds. */
import { expect, it } from 'vitest';
import { runSeeds } from '../../sim/run-seeds.ts';
import { failuresOf, HALF, SEED_TIMEOUT_MS, seedOfSuite } from './seeds.ts';

const from = seedOfSuite + HALF;

it(
  `holds every invariant at every step of seeds ${from} to ${from + HALF - 1}`,
  async () => {
    expect(failuresOf(await runSeeds({ from, runs: HALF }))).toBe('');
  },
  SEED_TIMEOUT_MS,
);
