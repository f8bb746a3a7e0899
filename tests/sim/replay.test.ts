/** A seed is one run: the same steps in the same order whenever it is run, and another seed is another run. */
import { describe, expect, it } from 'vitest';
import { runSeed } from '../../sim/run-seed.ts';

const SEEDS = [3, 17, 42, 99, 256, 1_001, 2 ** 40];

describe('a seed', () => {
  it('gives the same trace whenever it is run', { timeout: 300_000 }, async () => {
    const hashes = new Set<string>();
    for (const seed of SEEDS) {
      const first = await runSeed({ seed });
      const second = await runSeed({ seed, keepTrace: true });
      expect(second.hash, `seed ${seed}`).toBe(first.hash);
      expect(second.steps).toBe(first.steps);
      expect(second.lines.length).toBeGreaterThanOrEqual(first.steps);
      hashes.add(first.hash);
    }
    expect(hashes.size).toBe(SEEDS.length);
  });
});
