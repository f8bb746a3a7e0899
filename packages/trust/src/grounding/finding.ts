import type { ReasonCode } from '../assess/types.ts';

/** One thing a check found about a claim. Token ranges are half-open; -1 where there is none. */
export type Finding = {
  readonly code: ReasonCode;
  /** What this alone makes the claim's risk, 0 to 1. */
  readonly risk: number;
  /** The evidence speaks to this very thing and says otherwise. */
  readonly contradicts: boolean;
  readonly from: number;
  readonly to: number;
  readonly evidenceFrom: number;
  readonly evidenceTo: number;
};

export function finding(
  code: ReasonCode,
  risk: number,
  contradicts: boolean,
  claim: readonly [number, number],
  evidence: readonly [number, number] = [-1, -1],
): Finding {
  return { code, risk, contradicts, from: claim[0], to: claim[1], evidenceFrom: evidence[0], evidenceTo: evidence[1] };
}
