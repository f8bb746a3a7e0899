/**
 * The shapes of trust (DESIGN section 5): what is assessed, under which policy, and the assessment that comes out.
 *
 * A Reason never carries text of the content (I6): a code, offsets and numbers only. Offsets count UTF-16 code units,
 * so that `output.slice(start, end)` is the marked text. `explain` puts the text back for people who hold the content.
 */

export type Decision = 'accept' | 'retry' | 'retrieve' | 'escalate' | 'block';

export type Evidence = { readonly id?: string | undefined; readonly text: string };

export type TrustContent = {
  readonly prompt?: string | undefined;
  readonly output: string;
  readonly evidence: readonly Evidence[];
};

/** Numbers of deployed agents about a record that brings no content; ranges as in DESIGN section 4. */
export type StructuralNumbers = { readonly dHat: number; readonly cohStar: number; readonly r: number };

export type TrustRecord = {
  readonly contentMode: 'vault' | 'none';
  /** Signals that came with the record or from impure verifiers; logged by the caller, looked at by name only. */
  readonly signals: Readonly<Record<string, number>>;
  readonly structural?: StructuralNumbers | undefined;
  /** 1 for the first try. From `retryAttemptsMax` on, `retry` and `retrieve` become `escalate`. Absent: taken as 1. */
  readonly attempt?: number | undefined;
};

export type TaskPolicy = {
  readonly version: number;
  readonly mode: 'observe' | 'enforce';
  /** `accept` needs risk ≤ this, in [0, 1]. A value that is not a number in [0, 1] accepts nothing. */
  readonly acceptRiskMax: number;
  /** Attempts after which a retry or a retrieve is handed to a person. */
  readonly retryAttemptsMax: number;
  /** Words or phrases that must not stand in an output; compared without case, accents and invisible characters. */
  readonly forbid?: readonly string[] | undefined;
  /** Names of signals without which no decision is made: see `Assessment.missing`. */
  readonly requireSignals?: readonly string[] | undefined;
};

export type AssessInput = {
  readonly content: TrustContent | undefined;
  readonly record: TrustRecord;
  readonly policy: TaskPolicy;
};

/** Half-open, UTF-16 code units. */
export type Span = readonly [start: number, end: number];

export type Reason = {
  readonly code: ReasonCode;
  /** Into the output. */
  readonly span?: Span;
  /** Index into `content.evidence`. */
  readonly evidence?: number;
  /** Into the text of that evidence. */
  readonly window?: Span;
  readonly detail?: Readonly<Record<string, number | string>>;
};

export type Assessment = {
  readonly decision: Decision;
  /** In [0, 1], nine decimal places at most. Hand-set, not calibrated: see the README. */
  readonly risk: number;
  readonly signals: Readonly<Record<string, number>>;
  /** At most `REASONS_MAX`, the gravest first. */
  readonly reasons: readonly Reason[];
  readonly versions: Readonly<Record<string, string>>;
  /** Required signals that are not there. Not empty: the caller commits nothing and answers 503 (I10). */
  readonly missing: readonly string[];
};

export const REASONS_MAX = 64;

/** Closed: every code a Reason can have. */
export const REASON_CODES = [
  // hard stops
  'forbidden',
  'degenerate_repetition',
  'degenerate_loop',
  'degenerate_low_variety',
  'degenerate_no_words',
  // contradicted by the evidence
  'number_differs',
  'date_differs',
  'unit_differs',
  'comparison_differs',
  'name_differs',
  'negation_differs',
  'antonym',
  'quantifier_differs',
  'roles_swapped',
  // not carried by the evidence
  'number_unsupported',
  'date_unsupported',
  'name_unsupported',
  'certainty_raised',
  'claim_partly_supported',
  'claim_unsupported',
  'evidence_silent',
  // nothing to decide on
  'content_missing',
  'content_none',
  'evidence_missing',
  'output_empty',
  'no_claims',
  'answer_fragment',
  'refusal',
  'question_back',
  'language_unsupported',
  'mixed_script',
  'budget_used_up',
  'signal_missing',
  'structural_numbers',
  'attempts_used_up',
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];
