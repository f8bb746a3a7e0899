/** Results of grounding → Reasons: codes, offsets and numbers, the gravest first, no text (I6). */

import type { Finding } from '../grounding/finding.ts';
import type { ClaimResult, Grounding } from '../grounding/ground.ts';
import { REASONS_MAX, type Reason, type ReasonCode, type Span } from './types.ts';

/** Evidence that carries less of a claim than this does not speak to it. */
export const SILENT_COVERAGE = 0.35;

type Ranked = { readonly reason: Reason; readonly risk: number };

export function reasonsOf(grounding: Grounding, threshold: number): Reason[] {
  const ranked: Ranked[] = [];
  for (const result of grounding.results) {
    if (result.risk <= threshold && !result.skipped) continue;
    if (ranked.length > REASONS_MAX * 8) break;
    for (const each of result.findings) ranked.push({ reason: findingReason(each, grounding), risk: each.risk });
    const whole = wholeReason(result, grounding);
    if (whole !== undefined) ranked.push(whole);
  }
  ranked.sort((a, b) => b.risk - a.risk);
  return ranked.slice(0, REASONS_MAX).map((each) => each.reason);
}

function findingReason(found: Finding, grounding: Grounding): Reason {
  const { output, passages } = grounding;
  const span: Span = [output.start[found.from] as number, output.end[Math.max(found.from, found.to - 1)] as number];
  const detail = { risk: nine(found.risk) };
  if (found.evidenceFrom < 0) return { code: found.code, span, detail };
  const passage = passageOf(grounding, found.evidenceFrom);
  const window: Span = [
    passages.tokens.start[found.evidenceFrom] as number,
    passages.tokens.end[Math.max(found.evidenceFrom, found.evidenceTo - 1)] as number,
  ];
  return { code: found.code, span, evidence: passage, window, detail };
}

/** The passage a token of the evidence is in: its sentence by binary search. */
function passageOf(grounding: Grounding, token: number): number {
  const { passages } = grounding;
  let low = 0;
  let high = passages.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((passages.from[middle] as number) <= token) low = middle;
    else high = middle - 1;
  }
  return passages.passage[low] ?? 0;
}

function wholeReason(result: ClaimResult, grounding: Grounding): Ranked | undefined {
  const { claim, coverage, alignment } = result;
  const span: Span = [claim.start, claim.end];
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
