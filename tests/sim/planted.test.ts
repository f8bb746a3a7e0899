/** The simulation can fail: each fault planted on purpose is found within some seeds, by an invariant that is about it. */
import { describe, expect, it } from 'vitest';
import { PLANTED } from '../../sim/planted.ts';
import { runSeed } from '../../sim/run-seed.ts';

/** Seeds until the rarest of them must have been found. */
const SEEDS_MAX = 200;

describe('a planted fault is found', () => {
  it.each(PLANTED)('$name', { timeout: 900_000 }, async ({ sabotage, foundBy }) => {
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const { violation } = await runSeed({ seed, sabotage });
      if (violation === undefined) continue;
      expect(foundBy, violation.message).toContain(violation.invariant);
      return;
    }
    expect.unreachable(`not within ${SEEDS_MAX} seeds`);
  });
});
