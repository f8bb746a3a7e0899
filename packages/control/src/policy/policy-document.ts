/**
 * A policy as JSON, in the log and over HTTP:
 *
 *   {"mode": "observe" | "enforce", "accept_risk_max": 0..1, "retry_attempts_max": 0..100,
 *    "forbid"?: ["…", at most 256 of 1..200 characters], "require_signals"?: ["…", at most 64 of 1..64 characters]}
 *
 * Unknown fields are refused: a policy that means less than its author thinks is worse than none.
 */
import { ninePlace } from '@fractal/record';
import { failure, type Result, success } from '@fractal/tlog';
import type { TaskPolicy } from '@fractal/trust';

/** A policy before it has a version. */
export type PolicyTerms = Omit<TaskPolicy, 'version'>;

const RETRY_ATTEMPTS_MAX = 100;
const FORBID = { count: 256, length: 200 };
const REQUIRE_SIGNALS = { count: 64, length: 64 };
const FIELDS = new Set(['mode', 'accept_risk_max', 'retry_attempts_max', 'forbid', 'require_signals']);

/** The detail names the first field at fault. */
export function parsePolicyDocument(value: unknown): Result<PolicyTerms, 'task_policy_malformed'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('not an object');
  const document = value as Record<string, unknown>;
  const unknown = Object.keys(document).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) return malformed(`unknown field ${JSON.stringify(unknown.slice(0, 64))}`);
  const { mode, accept_risk_max: risk, retry_attempts_max: attempts } = document;
  if (mode !== 'observe' && mode !== 'enforce') return malformed('mode is not observe or enforce');
  if (typeof risk !== 'number' || !(risk >= 0 && risk <= 1)) return malformed('accept_risk_max is not in 0..1');
  if (typeof attempts !== 'number' || !Number.isInteger(attempts) || attempts < 0 || attempts > RETRY_ATTEMPTS_MAX) {
    return malformed(`retry_attempts_max is not a whole number in 0..${RETRY_ATTEMPTS_MAX}`);
  }
  const forbid = texts(document.forbid, FORBID);
  if (forbid === 'malformed') return malformed('forbid');
  const requireSignals = texts(document.require_signals, REQUIRE_SIGNALS);
  if (requireSignals === 'malformed') return malformed('require_signals');
  return success({
    mode,
    acceptRiskMax: Number(ninePlace(risk)),
    retryAttemptsMax: attempts,
    ...(forbid === undefined ? {} : { forbid }),
    ...(requireSignals === undefined ? {} : { requireSignals }),
  });
}

export interface PolicyDocument {
  readonly mode: 'observe' | 'enforce';
  readonly accept_risk_max: number;
  readonly retry_attempts_max: number;
  readonly forbid?: readonly string[];
  readonly require_signals?: readonly string[];
}

export function formatPolicyDocument(policy: PolicyTerms): PolicyDocument {
  return {
    mode: policy.mode,
    accept_risk_max: policy.acceptRiskMax,
    retry_attempts_max: policy.retryAttemptsMax,
    ...(policy.forbid === undefined ? {} : { forbid: policy.forbid }),
    ...(policy.requireSignals === undefined ? {} : { require_signals: policy.requireSignals }),
  };
}

function texts(
  value: unknown,
  limit: { readonly count: number; readonly length: number },
): readonly string[] | undefined | 'malformed' {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > limit.count) return 'malformed';
  const held = value.filter(
    (text) => typeof text === 'string' && text.length >= 1 && text.length <= limit.length && text.isWellFormed(),
  );
  return held.length === value.length ? held : 'malformed';
}

function malformed(detail: string): Result<never, 'task_policy_malformed'> {
  return failure('task_policy_malformed', detail);
}
