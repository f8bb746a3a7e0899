import { describe, expect, it } from 'vitest';
import { expectedBudget, failedAgentChecks, medianSlope, regimeOf } from './checks.ts';
import type { AgentRecord, AgentScale } from './fields.ts';

function scales(...pairs: readonly [number, number][]): AgentScale[] {
  return pairs.map(([scale, count]) => ({ name: String(scale), scale, count }));
}

/** A record whose numbers fit one another, with changes. The budget follows the rest unless it is given. */
function record(changes: Partial<AgentRecord> = {}): AgentRecord {
  const listed = changes.scales ?? scales([2, 3], [4, 6], [8, 12], [16, 24]);
  const base = {
    pcsId: '',
    schema: '',
    version: '',
    shardId: '',
    epoch: 1n,
    attempt: 1n,
    sentAt: '',
    merkleRoot: '',
    signature: '',
    cohStar: 0.5,
    dHat: 1,
    r: 0.25,
    scales: listed,
    countsSize: new Set(listed.map(({ name }) => name)).size,
    ...changes,
  };
  return { regime: regimeOf(base.dHat, base.cohStar), budget: expectedBudget(base), ...base };
}

describe('medianSlope', () => {
  it('takes the upper middle one of an even number of slopes', () => {
    expect(medianSlope(scales([2, 1], [4, 8], [8, 8], [16, 64]))).toBe(2);
    expect(medianSlope(scales([2, 3], [4, 6], [8, 12]))).toBeCloseTo(1, 12);
  });

  it('does not mind order, and skips pairs of equal scales', () => {
    expect(medianSlope(scales([16, 24], [2, 3], [8, 12], [4, 6]))).toBeCloseTo(1, 12);
    expect(medianSlope(scales([2, 2], [4, 4], [4, 4], [8, 8]))).toBe(1);
    expect(medianSlope(scales([4, 5], [4, 5]))).toBeUndefined();
    expect(medianSlope(scales([4, 5]))).toBeUndefined();
    expect(medianSlope([])).toBeUndefined();
  });
});

describe('regimeOf', () => {
  it('draws its lines where the profile does', () => {
    const at = (dHat: number, cohStar: number) => regimeOf(dHat, cohStar);
    expect([
      at(1.5, 0.7),
      at(1.500000001, 0.7),
      at(1.5, 0.699999999),
      at(2.6, 0.9),
      at(2.599999999, 0.9),
      at(-1, 1),
    ]).toEqual(['sticky', 'mixed', 'mixed', 'non_sticky', 'mixed', 'sticky']);
  });
});

describe('expectedBudget', () => {
  it('is the formula, held to 0 and 1', () => {
    expect(expectedBudget({ r: 0.5, dHat: 1.3, cohStar: 0.5 })).toBeCloseTo(0.35, 12);
    expect(expectedBudget({ r: 0, dHat: 9, cohStar: 1 })).toBe(1);
    expect(expectedBudget({ r: 1.5, dHat: 0, cohStar: 0 })).toBe(0);
  });
});

describe('failedAgentChecks', () => {
  const CASES: readonly [string, Partial<AgentRecord>, readonly string[]][] = [
    ['a record that fits', {}, []],
    ['the largest epoch', { epoch: 2n ** 63n - 1n }, []],
    ['an epoch beyond', { epoch: 2n ** 63n }, ['range']],
    ['an epoch below 0', { epoch: -1n }, ['range']],
    ['r of 0 and of 1', { r: 0 }, []],
    ['r of 1', { r: 1 }, []],
    ['r above 1', { r: 1.000000001 }, ['range']],
    ['r below 0', { r: -1e-9 }, ['range']],
    ['coh_star of 1.05', { cohStar: 1.05 }, []],
    ['coh_star above', { cohStar: 1.050000001 }, ['coh_star']],
    ['coh_star below 0', { cohStar: -1e-9 }, ['coh_star']],
    ['coh_star of -0', { cohStar: -0 }, []],
    ['D_hat within .15', { dHat: 1.149999998 }, []],
    ['D_hat within .15 below', { dHat: 0.850000002 }, []],
    ['D_hat .16 off', { dHat: 1.16 }, ['d_hat']],
    ['another regime', { regime: 'sticky' }, ['regime']],
    ['a regime in capitals', { regime: 'MIXED' }, ['regime']],
    ['a budget .009 off', { budget: expectedBudget({ r: 0.25, dHat: 1, cohStar: 0.5 }) + 0.009 }, []],
    ['a budget .011 off', { budget: expectedBudget({ r: 0.25, dHat: 1, cohStar: 0.5 }) - 0.011 }, ['budget']],
    ['one scale', { scales: scales([2, 5]) }, ['scales']],
    ['no scale', { scales: [] }, ['scales']],
    ['equal scales', { scales: scales([4, 5], [4, 5], [4, 5]) }, ['scales']],
    ['a count of 0', { scales: scales([2, 0], [4, 2]) }, ['scales']],
    ['a count below 0', { scales: scales([2, -1], [4, 2]) }, ['scales']],
    ['a scale of 0', { scales: scales([0, 1], [4, 2]) }, ['scales']],
    ['a scale below 0', { scales: scales([-2, 1], [4, 2]) }, ['scales']],
    ['a count beyond binary64', { scales: scales([2, 1], [4, Infinity]) }, ['scales']],
    [
      'a count that is missing',
      { scales: [...scales([2, 1]), { name: '4', scale: 4, count: undefined }], countsSize: 1 },
      ['scales'],
    ],
    ['a count too many', { countsSize: 5 }, ['scales']],
    [
      'several at once',
      { r: 2, cohStar: 2, regime: '', budget: 9, scales: [] },
      ['range', 'coh_star', 'scales', 'regime', 'budget'],
    ],
  ];
  for (const [name, changes, failed] of CASES) {
    it(`${name}: ${failed.join(', ') || 'passes'}`, () => {
      expect(failedAgentChecks(record(changes))).toEqual(failed);
    });
  }
});
