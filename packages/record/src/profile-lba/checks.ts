/**
 * Profile fractal-lba-kakeya 0.1: the structural checks of a record whose signature and id hold. Everything is computed
 * in binary64 from the claimed values as they were sent, not from the rounded ones.
 *
 * They say that the numbers fit one another, not that the output was right: no content comes with these records.
 */
import type { AgentRecord, AgentScale } from './fields.ts';
import { log2 } from './log2.ts';

/** Which check failed: `detail` of `record_check_failed`. */
export type AgentCheck = 'range' | 'coh_star' | 'scales' | 'd_hat' | 'regime' | 'budget';

export const AGENT_EPOCH_MAX = 0x7fff_ffff_ffff_ffffn;

const SLOPE_TOLERANCE = 0.15;
const BUDGET_TOLERANCE = 0.01;
const COH_STAR_MAX = 1.05;
/** Pairs of scales closer than this on the log2 scale have no slope. */
const LOG_DISTANCE_MIN = 1e-9;

/** Every check that failed, in the order in which they are reported; empty when the record passes. */
export function failedAgentChecks(record: AgentRecord): AgentCheck[] {
  const failed: AgentCheck[] = [];
  const { epoch, r, cohStar, dHat, budget } = record;
  if (epoch < 0n || epoch > AGENT_EPOCH_MAX || !(r >= 0 && r <= 1)) failed.push('range');
  if (!(cohStar >= 0 && cohStar <= COH_STAR_MAX)) failed.push('coh_star');
  const slope = scalesFit(record) ? medianSlope(record.scales) : undefined;
  if (slope === undefined) failed.push('scales');
  else if (!(Math.abs(dHat - slope) <= SLOPE_TOLERANCE)) failed.push('d_hat');
  if (record.regime !== regimeOf(dHat, cohStar)) failed.push('regime');
  if (!(Math.abs(budget - expectedBudget({ r, dHat, cohStar })) <= BUDGET_TOLERANCE)) failed.push('budget');
  return failed;
}

/** Scales and counts are positive and finite, and N_j has exactly the scales that are listed. */
function scalesFit({ scales, countsSize }: AgentRecord): boolean {
  const names = new Set<string>();
  for (const { name, scale, count } of scales) {
    if (!(scale > 0 && scale < Infinity)) return false;
    if (count === undefined || !(count > 0 && count < Infinity)) return false;
    names.add(name);
  }
  return names.size === countsSize;
}

/**
 * Median of the slopes of log2 N_j on log2 scale over all pairs; the upper middle one of an even number. undefined when
 * no pair is far enough apart. Every scale has a positive count.
 */
export function medianSlope(scales: readonly AgentScale[]): number | undefined {
  const points = scales.map(({ scale, count }) => ({ x: log2(scale), y: log2(count ?? 1) }));
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const dx = points[j]!.x - points[i]!.x;
      if (Math.abs(dx) >= LOG_DISTANCE_MIN) slopes.push((points[j]!.y - points[i]!.y) / dx);
    }
  }
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)];
}

/** From the claimed D̂ and coh★. */
export function regimeOf(dHat: number, cohStar: number): 'sticky' | 'non_sticky' | 'mixed' {
  if (cohStar >= 0.7 && dHat <= 1.5) return 'sticky';
  return dHat >= 2.6 ? 'non_sticky' : 'mixed';
}

export function expectedBudget({ r, dHat, cohStar }: { r: number; dHat: number; cohStar: number }): number {
  const raw = 0.1 + 0.3 * (1 - r) + 0.5 * Math.max(0, dHat - 2.2) + 0.2 * cohStar;
  return Math.min(1, Math.max(0, raw));
}
