/**
 * From what was measured to one decision: the table of DESIGN section 5, in one place.
 *
 *   accept    risk ≤ the policy's threshold, nothing that bars acceptance, at least one claim checked
 *   block     degenerate, contradicted by evidence that speaks to the very thing, or forbidden
 *   escalate  a bar (language, mixed scripts, budget, a bare fragment …), or risk neither low nor high
 *   retry     the evidence speaks to the claims or to the question, and the output does not follow from it
 *   retrieve  it does not
 */
import type { Decision, TaskPolicy } from './types.ts';

export type Measured = {
  readonly risk: number;
  readonly blocked: boolean;
  /** Something that lets the output be escalated at best. */
  readonly barred: boolean;
  /** Claims that were checked. */
  readonly checked: number;
  /** Claims over the threshold that the evidence speaks to, and those it does not. */
  readonly unfollowed: number;
  readonly silent: number;
  /** The worst claim is neither clearly carried nor clearly not. */
  readonly undecidable: boolean;
  /** −1: no prompt. */
  readonly promptCoverage: number;
};

/** Share of the prompt's weight from which on the evidence speaks to the question. */
export const PROMPT_SPOKEN_TO = 0.6;

export function decide(measured: Measured, policy: TaskPolicy): Decision {
  if (measured.blocked) return 'block';
  if (measured.barred) return 'escalate';
  const threshold = policy.acceptRiskMax;
  const usable = threshold >= 0 && threshold <= 1;
  if (usable && measured.checked > 0 && measured.risk <= threshold) return 'accept';
  if (measured.checked === 0 || measured.undecidable) return 'escalate';
  if (measured.promptCoverage >= PROMPT_SPOKEN_TO) return 'retry';
  // What is silent outweighs: more evidence is what is missing.
  return measured.silent > 0 && measured.silent * 2 >= measured.checked
    ? 'retrieve'
    : measured.unfollowed > 0
      ? 'retry'
      : 'retrieve';
}

/** A retry or a retrieve when no attempt is left goes to a person. */
export function withinAttempts(decision: Decision, attempt: number | undefined, policy: TaskPolicy): Decision {
  if (decision !== 'retry' && decision !== 'retrieve') return decision;
  const tried = attempt === undefined ? 1 : attempt;
  return tried >= policy.retryAttemptsMax || !(policy.retryAttemptsMax > 0) ? 'escalate' : decision;
}
