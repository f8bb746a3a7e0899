/**
 * The structural numbers of deployed agents (DESIGN section 4): D̂, coh★, r. They find degenerate runs and say nothing about facts, so
 * they can only ever speak against a record, never for it. Ranges as in the profile's own checks.
 */
import type { StructuralNumbers } from '../assess/types.ts';

/** Whether the numbers are those of a run that is not degenerate. Not a number counts as degenerate. */
export function structuralNumbersNormal(numbers: StructuralNumbers): boolean {
  const { dHat, cohStar, r } = numbers;
  const sticky = cohStar >= 0.7 && dHat <= 1.5;
  return dHat >= 0 && dHat <= 3.5 && cohStar >= 0 && cohStar <= 1.05 && r >= 0 && r <= 1 && !sticky;
}
