/** Results of grounding → Reasons: codes, offsets and numbers, the gravest first, no text (I6). */

import type { Grounding } from '../grounding/ground.ts';
import type { ClaimResult, SpannedFinding } from '../grounding/judge.ts';
import { REASONS_MAX, type Reason, type ReasonCode, type Span } from './types.ts';

/** Evidence that carries less of a claim than this does not speak to it. */
export const SILENT_COVERAGE = 0.35;

type Ranked = { readonly reason: Reason; readonly risk: number };

export function reasonsOf(grounding: Grounding, threshold: number): Reason[] {
  const ranked: Ranked[] = [];
  for (const result of grounding.results) {
    if (result.risk <= threshold && !result.skipped) continue;
    if (ranked.length > REASONS_MAX * 8) break;
    for (const each of result.findings) ranked.push({ reason: findingReason(each), risk: each.risk });
    const whole = wholeReason(result, grounding);
    if (whole !== undefined) ranked.push(whole);
  }
  ranked.sort((a, b) => b.risk - a.risk);
  return ranked.slice(0, REASONS_MAX).map((each) => each.reason);
}

function findingReason(found: SpannedFinding): Reason {
  const reason = { code: found.code, span: found.span, detail: { risk: nine(found.risk) } };
  if (found.evidence === undefined || found.window === undefined) return reason;
  return { ...reason, evidence: found.evidence, window: found.window };
}

function wholeReason(result: ClaimResult, grounding: Grounding): Ranked | undefined {
  const { span, coverage, alignment } = result;
  if (result.skipped) return { reason: { code: 'budget_used_up', span }, risk: 1 };
  const detail = { coverage: nine(coverage), risk: nine(result.risk) };
  const code: ReasonCode | undefined =
    alignment === undefined || coverage < SILENT_COVERAGE
      ? 'evidence_silent'
      : coverage < 0.55
        ? 'claim_unsupported'
        : result.findings.length === 0 || coverage < 0.75
          ? 'claim_partly_supported'
          : undefined;
  if (code === undefined) return undefined;
  if (alignment === undefined) return { reason: { code, span, detail }, risk: result.risk };
  const { passages } = grounding;
  const window: Span = [
    passages.tokens.start[alignment.from] as number,
    passages.tokens.end[alignment.to - 1] as number,
  ];
  return {
    reason: { code, span, evidence: passages.passage[alignment.window.first] as number, window, detail },
    risk: result.risk,
  };
}

export function nine(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
