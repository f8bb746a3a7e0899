/**
 * Hand-set risk (DESIGN section 5): from what a claim's alignment measured to one number in [0, 1]. Monotone: more coverage or cohesion
 * never raises it, a finding never lowers it. Not calibrated; the trained model of a later version takes this file's place and keeps
 * its two signatures. Only + − × ÷ on numbers.
 */

/** Support (0 to 1) → risk, linear in between. Set by eye on the permitted training sets, so that the default threshold lies near 0.7. */
const SUPPORT_RISK: readonly (readonly [support: number, risk: number])[] = [
  [0, 0.98],
  [0.3, 0.9],
  [0.5, 0.66],
  [0.62, 0.45],
  [0.7, 0.3],
  [0.8, 0.17],
  [0.9, 0.07],
  [1, 0.02],
];

const COHESION_SHARE = 0.15;

/** @param coverage share of the claim's weight that the window carries. @param cohesion how far its words stand together there too. */
export function supportOf(coverage: number, cohesion: number): number {
  return coverage * (1 - COHESION_SHARE + COHESION_SHARE * cohesion);
}

export function riskOfSupport(support: number): number {
  for (let at = 1; at < SUPPORT_RISK.length; at += 1) {
    const [left, high] = SUPPORT_RISK[at - 1] as readonly [number, number];
    const [right, low] = SUPPORT_RISK[at] as readonly [number, number];
    if (support <= right) return high + ((low - high) * (clamp(support) - left)) / (right - left);
  }
  return SUPPORT_RISK[SUPPORT_RISK.length - 1]?.[1] ?? 1;
}

/** Noisy-or: independent grounds for doubt add up and never cancel. */
export function combine(risks: readonly number[]): number {
  let safe = 1;
  for (const risk of risks) safe *= 1 - clamp(risk);
  return 1 - safe;
}

/**
 * Claims → output. The worst claim counts in full; each further one moves the rest of the way to 1 by a share of its risk, so that one
 * more claim never lowers the whole, and many small doubts do not drown it.
 */
const FURTHER_SHARE = 0.02;

export function riskOfOutput(claimRisks: readonly number[]): number {
  let worst = 0;
  let sum = 0;
  for (const risk of claimRisks) {
    if (risk > worst) worst = risk;
    sum += risk * risk;
  }
  const rest = (sum - worst * worst) * FURTHER_SHARE;
  return clamp(worst + (1 - worst) * (rest / (1 + rest)));
}

export function clamp(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0;
}
