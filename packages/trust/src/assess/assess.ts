/**
 * One record in, one assessment out (DESIGN section 5). Pure and deterministic: no clock, no randomness, no I/O, nothing thrown.
 *
 * First cut: per sentence, the share of its words and all of its numbers found in the evidence.
 */
import type { AssessInput, Assessment, Decision, Reason, TrustContent } from './types.ts';

const VERSIONS = { trust: '0.1.0' } as const;

export function assess(input: AssessInput): Assessment {
  const { content, record, policy } = input;
  const missing = (policy.requireSignals ?? []).filter((name) => !Number.isFinite(record.signals[name] ?? Number.NaN));
  if (missing.length > 0) return answer('escalate', 1, {}, [{ code: 'signal_missing' }], missing);
  if (record.contentMode === 'none') return answer('escalate', 1, {}, [{ code: 'content_none' }]);
  if (content === undefined) return answer('escalate', 1, {}, [{ code: 'content_missing' }]);
  if (content.output.trim() === '') return answer('retry', 1, {}, [{ code: 'output_empty' }]);
  if (content.evidence.every((item) => item.text.trim() === ''))
    return answer('retrieve', 1, {}, [{ code: 'evidence_missing' }]);
  return ground(content, policy.acceptRiskMax);
}

function ground(content: TrustContent, acceptRiskMax: number): Assessment {
  const known = new Set(content.evidence.flatMap((item) => wordsOf(item.text)));
  const reasons: Reason[] = [];
  let risk = 0;
  let speaks = false;
  for (const match of content.output.matchAll(/[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*/g)) {
    const words = wordsOf(match[0]);
    if (words.length === 0) continue;
    const span = [match.index, match.index + match[0].length] as const;
    const found = words.filter((word) => known.has(word)).length / words.length;
    const number = words.find((word) => /^\d/.test(word) && !known.has(word));
    const claimRisk = number === undefined ? 1 - found : Math.max(0.8, 1 - found);
    if (found >= 0.5) speaks = true;
    if (claimRisk > acceptRiskMax)
      reasons.push({ code: number === undefined ? 'claim_unsupported' : 'number_unsupported', span });
    risk = Math.max(risk, claimRisk);
  }
  if (risk <= acceptRiskMax && reasons.length === 0) return answer('accept', risk, {}, reasons);
  return answer(speaks ? 'retry' : 'retrieve', risk, {}, reasons);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\d[\d.,]*\d|\d|[a-z][a-z'-]*/g) ?? [];
}

function answer(
  decision: Decision,
  risk: number,
  signals: Record<string, number>,
  reasons: Reason[],
  missing: string[] = [],
): Assessment {
  return {
    decision,
    risk: Math.round(risk * 1e9) / 1e9,
    signals,
    reasons: reasons.slice(0, 64),
    versions: VERSIONS,
    missing,
  };
}
