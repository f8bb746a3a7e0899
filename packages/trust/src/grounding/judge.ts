/** One claim on its candidate windows: the checks on figures, names, polarity and roles, and the window that counts. */
import type { Span } from '../assess/types.ts';
import { combine, riskOfSupport, supportOf } from '../risk/risk.ts';
import type { Alignment } from './align.ts';
import { checkExtent } from './check-extent.ts';
import { checkNames, type NameContext } from './check-names.ts';
import { checkNegation } from './check-negation.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkOpposites } from './check-opposites.ts';
import { checkRoles } from './check-roles.ts';
import type { Claim } from './claims.ts';
import type { Finding } from './finding.ts';
import { passageOfToken } from './passages.ts';

/** A finding in offsets: into the output, and into one passage of the evidence. */
export type SpannedFinding = Pick<Finding, 'code' | 'risk' | 'contradicts'> & {
  readonly span: Span;
  readonly evidence?: number;
  readonly window?: Span;
};

export type ClaimResult = {
  readonly claim: Claim;
  /** Into the output. */
  readonly span: Span;
  readonly risk: number;
  readonly support: number;
  readonly coverage: number;
  readonly findings: readonly SpannedFinding[];
  /** Undefined: no sentence carries any of its words, or it was not looked at. */
  readonly alignment: Alignment | undefined;
  readonly skipped: boolean;
};

export type JudgeContext = NameContext & {
  /** First token of `output` that is the output's own; those before belong to the question it answers. */
  readonly answerFrom: number;
  readonly whole: Span;
  readonly meter: { steps: number };
};

/** A window may carry this share of what the best carries and still be the one that counts. */
const WINDOW_SLACK = 0.96;
/** What a wider window must carry more than one inside it. */
const WIDER_GAIN_MIN = 0.02;
/** The gravest finding counts in full, the others by this share: ten small doubts are not one contradiction. */
const FURTHER_FINDINGS = 0.3;

/**
 * The window that counts: the best supported one, or another that carries (nearly) as much and raises fewer doubts. A window that merely
 * adds a sentence to a better one is left out, so that a figure or name in a neighbouring sentence does not stand in for the claim's.
 * @param alignments at least one
 */
export function bestResult(claim: Claim, alignments: readonly Alignment[], context: JudgeContext): ClaimResult {
  const supports = alignments.map((alignment) => supportOf(alignment.coverage, alignment.cohesion));
  let most = 0;
  for (const support of supports) if (support > most) most = support;
  let best: ClaimResult | undefined;
  for (const [at, alignment] of alignments.entries()) {
    const support = supports[at] as number;
    if (support < most * WINDOW_SLACK) continue;
    const idle = alignments.some(
      (other, index) => isWithin(other, alignment) && support - (supports[index] as number) <= WIDER_GAIN_MIN,
    );
    if (idle) continue;
    const result = judge(claim, alignment, support, context);
    if (best === undefined || result.risk < best.risk) best = result;
  }
  return best ?? judge(claim, alignments[0] as Alignment, supports[0] as number, context);
}

function isWithin(inner: Alignment, outer: Alignment): boolean {
  if (inner === outer) return false;
  return inner.window.first >= outer.window.first && inner.window.last <= outer.window.last;
}

function judge(claim: Claim, alignment: Alignment, support: number, context: JudgeContext): ClaimResult {
  const { output, passages, terms } = context;
  const findings = [
    ...checkNumbers(claim, alignment, output, passages),
    ...checkNames(claim, alignment, context),
    ...checkExtent(claim, alignment, output, passages.tokens),
    checkNegation(claim, alignment, output, passages),
    checkOpposites(claim, alignment, output, passages),
    checkRoles(claim, alignment, output, passages, terms),
  ].filter((found) => found !== undefined);
  context.meter.steps += alignment.meter.steps;
  const doubts = findings.map((each) => each.risk).sort((a, b) => b - a);
  return {
    claim,
    span: [claim.start, claim.end],
    risk: combine([riskOfSupport(support), ...doubts.map((risk, at) => (at === 0 ? risk : risk * FURTHER_FINDINGS))]),
    support,
    coverage: alignment.coverage,
    findings: findings.map((each) => spanned(each, context)),
    alignment,
    skipped: false,
  };
}

function spanned(found: Finding, context: JudgeContext): SpannedFinding {
  const { output, passages } = context;
  const { code, risk, contradicts } = found;
  const inAnswer = found.from >= context.answerFrom;
  const span: Span = inAnswer
    ? [output.start[found.from] as number, output.end[Math.max(found.from, found.to - 1)] as number]
    : context.whole;
  if (found.evidenceFrom < 0) return { code, risk, contradicts, span };
  const last = Math.max(found.evidenceFrom, found.evidenceTo - 1);
  const window: Span = [passages.tokens.start[found.evidenceFrom] as number, passages.tokens.end[last] as number];
  return { code, risk, contradicts, span, evidence: passageOfToken(passages, found.evidenceFrom), window };
}
