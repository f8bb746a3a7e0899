/**
 * One record in, one assessment out (DESIGN section 5). Pure and deterministic: no clock, no randomness, no I/O, nothing thrown, and only
 * + − × ÷ on numbers, so that the same input gives the same bytes everywhere.
 *
 * Integrity (root and id recomputed) is not checked here: @fractal/record does that before. Fails closed (I10): whatever cannot be
 * checked is never accepted.
 */

import { type Grounding, ground } from '../grounding/ground.ts';
import type { ClaimResult } from '../grounding/judge.ts';
import { forbiddenIn } from '../policy/forbid.ts';
import { riskOfOutput } from '../risk/risk.ts';
import { structuralNumbersNormal } from '../structural/numbers.ts';
import { type Structure, structureOf } from '../structural/repetition.ts';
import { isEnglish } from '../text/language.ts';
import { MIXED } from '../text/scan.ts';
import { decide, PROMPT_SPOKEN_TO, withinAttempts } from './decide.ts';
import { nine, reasonsOf, SILENT_COVERAGE } from './reasons.ts';
import {
  type AssessInput,
  type Assessment,
  type Decision,
  REASONS_MAX,
  type Reason,
  type Span,
  type StructuralNumbers,
  type TrustContent,
} from './types.ts';

export const VERSIONS: Readonly<Record<string, string>> = {
  trust: '0.1.0',
  grounding: '1',
  structural: '1',
  lexicon: '1',
  risk: 'hand-1',
};

export function assess(input: AssessInput): Assessment {
  const outcome = assessContent(input);
  const missing = missingSignals(input, outcome.signals);
  if (missing.length > 0) {
    return {
      ...outcome,
      decision: 'escalate',
      reasons: [{ code: 'signal_missing', detail: { count: missing.length } }],
      missing,
    };
  }
  const decision = withinAttempts(outcome.decision, input.record.attempt, input.policy);
  if (decision === outcome.decision) return outcome;
  return {
    ...outcome,
    decision,
    reasons: [...outcome.reasons, { code: 'attempts_used_up' } as const].slice(-REASONS_MAX),
  };
}

function missingSignals(input: AssessInput, own: Readonly<Record<string, number>>): string[] {
  const required = input.policy.requireSignals ?? [];
  return required.filter((name) => !isThere(input.record.signals, name) && !isThere(own, name));
}

function isThere(signals: Readonly<Record<string, number>>, name: string): boolean {
  return Object.hasOwn(signals, name) && Number.isFinite(signals[name]);
}

function assessContent(input: AssessInput): Assessment {
  const { content, record } = input;
  const numbers = record.structural;
  if (record.contentMode === 'none' || content === undefined) {
    const reasons: Reason[] = [{ code: record.contentMode === 'none' ? 'content_none' : 'content_missing' }];
    const normal = numbers === undefined || structuralNumbersNormal(numbers);
    if (!normal) reasons.unshift({ code: 'structural_numbers' });
    return answer('escalate', normal ? 0.5 : 0.9, {}, reasons);
  }
  const grounding = ground(content);
  const structure = structureOf(content.output, grounding.output, grounding.sentences, grounding.outputCounts);
  return judged(content, grounding, structure, input);
}

function judged(
  content: TrustContent,
  grounding: Grounding,
  structure: Structure,
  { record, policy }: AssessInput,
): Assessment {
  const threshold = policy.acceptRiskMax >= 0 && policy.acceptRiskMax <= 1 ? policy.acceptRiskMax : 0;
  const signals = signalsOf(grounding, structure, record.structural);
  const degenerate = degenerateReasons(structure, grounding);
  const forbidden = forbiddenIn(grounding.output, policy.forbid);
  const stops = [...forbidden, ...degenerate];
  if (structure.words === 0 && stops.length === 0) {
    const reasons: Reason[] = [{ code: 'output_empty' }];
    return answer(grounding.passages.count === 0 ? 'retrieve' : 'retry', 1, signals, reasons);
  }
  if (stops.length > 0) return answer('block', 1, signals, [...stops, ...reasonsOf(grounding, threshold)]);
  if (grounding.passages.count === 0) return answer('retrieve', 1, signals, [{ code: 'evidence_missing' }]);
  return weighed(content, grounding, signals, threshold, { record, policy });
}

function weighed(
  content: TrustContent,
  grounding: Grounding,
  signals: Record<string, number>,
  threshold: number,
  { record, policy }: Omit<AssessInput, 'content'>,
): Assessment {
  const { results } = grounding;
  const bars = barsOf(content, grounding, record.structural);
  const over = results.filter((result) => result.risk > threshold);
  const idle = results.every((result) => isAbsence(result)) ? idleReason(grounding) : undefined;
  const found = riskOfOutput(results.map((result) => result.risk));
  const risk = idle === undefined ? found : Math.max(found, IDLE_RISK);
  if (idle !== undefined && idle.code === 'refusal' && bars.length === 0 && grounding.promptCoverage >= 0) {
    return answer(grounding.promptCoverage >= PROMPT_SPOKEN_TO ? 'retry' : 'retrieve', risk, signals, [idle]);
  }
  const decision = decide(
    {
      risk,
      // A hard check: no threshold, however lax, lets a flat contradiction through.
      blocked: results.some((result) => contradicted(result)),
      barred: bars.length > 0 || idle !== undefined,
      checked: results.length,
      unfollowed: over.filter((result) => result.coverage >= SILENT_COVERAGE).length,
      silent: over.filter((result) => result.coverage < SILENT_COVERAGE).length,
      undecidable: over.every((result) => result.risk < UNDECIDABLE_RISK_MAX),
      promptCoverage: grounding.promptCoverage,
    },
    policy,
  );
  return answer(decision, risk, signals, [
    ...bars,
    ...(idle === undefined ? [] : [idle]),
    ...reasonsOf(grounding, Math.min(threshold, CONTRADICTION_RISK_MIN)),
  ]);
}

/** Nothing was checked, so nothing was shown to be grounded. */
const IDLE_RISK = 0.7;
/** Risk of a claim up to which it is neither carried nor refuted: a person decides. */
const UNDECIDABLE_RISK_MAX = 0.55;
/** Risk of a finding from which on it counts as a contradiction. */
const CONTRADICTION_RISK_MIN = 0.7;
/** A contradiction is flat when the rest of the claim stands in the window. */
const FLAT_COVERAGE_MIN = 0.7;

function contradicted(result: ClaimResult): boolean {
  return (
    result.coverage >= FLAT_COVERAGE_MIN &&
    result.findings.some((each) => each.contradicts && each.risk >= CONTRADICTION_RISK_MIN)
  );
}

/** What lets an output be escalated at best, whatever its claims are worth. */
function barsOf(content: TrustContent, grounding: Grounding, numbers: StructuralNumbers | undefined): Reason[] {
  const bars: Reason[] = [];
  const { output, passages } = grounding;
  if (!isEnglish(output, grounding.outputCounts) || !isEnglish(passages.tokens, passages.counts))
    bars.push({ code: 'language_unsupported' });
  for (let at = 0; at < output.count; at += 1) {
    if (((output.bits[at] as number) & MIXED) === 0) continue;
    bars.push({ code: 'mixed_script', span: [output.start[at] as number, output.end[at] as number] });
    break;
  }
  if (grounding.bareFragment) bars.push({ code: 'answer_fragment', span: [0, content.output.length] });
  const skipped = grounding.results.find((result) => result.skipped);
  if (skipped !== undefined) bars.push({ code: 'budget_used_up', span: [skipped.claim.start, content.output.length] });
  if (numbers !== undefined && !structuralNumbersNormal(numbers)) bars.push({ code: 'structural_numbers' });
  return bars;
}

/** Says no more than that the sources do not say, and the evidence does not say that either. */
function isAbsence(result: ClaimResult): boolean {
  return result.claim.kind === 'absence' && !(result.coverage >= FLAT_COVERAGE_MIN && result.risk < 0.15);
}

/** Why there is no claim to check. */
function idleReason(grounding: Grounding): Reason {
  const refusal = grounding.claims.find((claim) => claim.kind === 'refusal' || claim.kind === 'absence');
  if (refusal !== undefined) return { code: 'refusal', span: [refusal.start, refusal.end] };
  const question = grounding.claims.find((claim) => claim.kind === 'question');
  return question === undefined
    ? { code: 'no_claims' }
    : { code: 'question_back', span: [question.start, question.end] };
}

function degenerateReasons(structure: Structure, grounding: Grounding): Reason[] {
  const { output } = grounding;
  const spanOf = ([from, to]: readonly [number, number]): Span => [
    output.start[from] as number,
    output.end[to - 1] as number,
  ];
  const reasons: Reason[] = [];
  if (structure.loopShare >= 0.4 && structure.words >= 10)
    reasons.push({ code: 'degenerate_loop', span: spanOf(structure.loop) });
  if (structure.repeatedShare >= 0.5) reasons.push({ code: 'degenerate_repetition', span: spanOf(structure.repeated) });
  if (structure.variety < 0.2) reasons.push({ code: 'degenerate_low_variety' });
  if (structure.wordShare < 0.35 && grounding.output.count >= 12) reasons.push({ code: 'degenerate_no_words' });
  return reasons;
}

function signalsOf(
  grounding: Grounding,
  structure: Structure,
  numbers: StructuralNumbers | undefined,
): Record<string, number> {
  const { results } = grounding;
  let coverage = 0;
  let least = 1;
  let contradictions = 0;
  let figures = 0;
  let names = 0;
  for (const result of results) {
    coverage += result.coverage;
    if (result.coverage < least) least = result.coverage;
    for (const each of result.findings) {
      if (each.contradicts) contradictions += 1;
      if (each.code === 'number_unsupported' || each.code === 'date_unsupported') figures += 1;
      if (each.code === 'name_unsupported') names += 1;
    }
  }
  const signals: Record<string, number> = {
    claims: grounding.claims.length,
    claims_checked: results.length,
    contradictions,
    coverage_mean: nine(results.length === 0 ? 0 : coverage / results.length),
    coverage_min: nine(results.length === 0 ? 0 : least),
    figures_unsupported: figures,
    grounding_risk: nine(riskOfOutput(results.map((result) => result.risk))),
    names_unsupported: names,
    structural_loop: nine(structure.loopShare),
    structural_repeated: nine(structure.repeatedShare),
    structural_variety: nine(structure.variety),
  };
  if (grounding.promptCoverage >= 0) signals.prompt_coverage = nine(grounding.promptCoverage);
  if (numbers !== undefined) {
    for (const [name, value] of [
      ['d_hat', numbers.dHat],
      ['coh_star', numbers.cohStar],
      ['r', numbers.r],
    ] as const) {
      if (Number.isFinite(value)) signals[name] = nine(value);
    }
  }
  return signals;
}

function answer(
  decision: Decision,
  risk: number,
  signals: Record<string, number>,
  reasons: readonly Reason[],
): Assessment {
  return {
    decision,
    risk: nine(risk),
    signals,
    reasons: reasons.slice(0, REASONS_MAX),
    versions: VERSIONS,
    missing: [],
  };
}
