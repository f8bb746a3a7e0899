/**
 * The verdict as a typed value: decision, risk, bound, reasons (DESIGN sections 2 and 5). Read from an answer of the
 * server or from the body of a receipt; the shape is the same. Unknown members are ignored, so that a newer server can
 * say more; a member of the wrong type makes the whole verdict unreadable, since guessing at a decision is how a bad
 * answer gets acted on.
 */
import { isCount, isNumberMap, isObject, isOneOf, isStringMap, type JsonObject } from '../json/shape.ts';

export const DECISIONS = ['accept', 'retry', 'retrieve', 'escalate', 'block'] as const;
/** Only `accept` lets an action go ahead. */
export type Decision = (typeof DECISIONS)[number];

export const MODES = ['observe', 'enforce'] as const;
/** `observe`: the policy only says what it would have done. */
export type Mode = (typeof MODES)[number];

/** Why. Offsets only (UTF-16 units), never text of the content. */
export interface Reason {
  readonly code: string;
  /** In the output. */
  readonly span?: readonly [start: number, end: number];
  /** Which piece of evidence, from 0. */
  readonly evidence?: number;
  /** In the text of that evidence. */
  readonly window?: readonly [start: number, end: number];
  readonly detail?: Readonly<Record<string, number | string>>;
}

export interface Verdict {
  readonly decision: Decision;
  /** In [0, 1]: how likely the output is ungrounded. */
  readonly risk: number;
  /** Null as long as no labels support one. */
  readonly bound: number | null;
  readonly certificate: JsonObject | string | null;
  readonly mode: Mode;
  readonly policyVersion: number;
  readonly reasons: readonly Reason[];
  readonly signals: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Undefined unless `value` has the shape of a verdict. */
export function parseVerdict(value: unknown): Verdict | undefined {
  if (!isObject(value)) return undefined;
  const { decision, risk, bound, certificate, mode, policy, signals, versions } = value;
  if (!isOneOf(DECISIONS, decision) || !isShare(risk) || !isOneOf(MODES, mode)) return undefined;
  if (bound !== null && !isShare(bound)) return undefined;
  if (certificate !== null && typeof certificate !== 'string' && !isObject(certificate)) return undefined;
  if (!isObject(policy) || !isCount(policy.version)) return undefined;
  if (!isNumberMap(signals) || !isStringMap(versions)) return undefined;
  const reasons = parseReasons(value.reasons);
  if (reasons === undefined) return undefined;
  return { decision, risk, bound, certificate, mode, policyVersion: policy.version, reasons, signals, versions };
}

function parseReasons(value: unknown): Reason[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const reasons: Reason[] = [];
  for (const entry of value) {
    const reason = parseReason(entry);
    if (reason === undefined) return undefined;
    reasons.push(reason);
  }
  return reasons;
}

function parseReason(value: unknown): Reason | undefined {
  if (!isObject(value)) return undefined;
  const { code, span, evidence, window, detail } = value;
  if (typeof code !== 'string') return undefined;
  if (span !== undefined && !isRange(span)) return undefined;
  if (evidence !== undefined && !isCount(evidence)) return undefined;
  if (window !== undefined && !isRange(window)) return undefined;
  if (detail !== undefined && !isDetail(detail)) return undefined;
  return {
    code,
    ...(span === undefined ? {} : { span }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(window === undefined ? {} : { window }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && isCount(value[0]) && isCount(value[1], value[0]);
}

function isDetail(value: unknown): value is Readonly<Record<string, number | string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string' || Number.isFinite(entry));
}
