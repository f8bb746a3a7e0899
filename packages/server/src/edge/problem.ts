/**
 * Problem documents of the HTTP edge (RFC 9457; DESIGN section 4, "Errors"). The closed list of codes with status,
 * meaning and what to do next is spec/error-codes.json, the one registry of all languages; it is read here, not copied,
 * and its keys are the type of a code: a code that is not in it does not compile.
 *
 * `type` is `urn:fractal:error:<code>`: a name, not a link, so that no answer depends on a host being up.
 * Details carry ids and limits, never payloads or keys (I6).
 */

import registry from '../../../../spec/error-codes.json' with { type: 'json' };

export type ErrorCode = keyof typeof registry.codes;

interface RegistryEntry {
  readonly meaning: string;
  readonly next: string;
  readonly http?: number;
  readonly retryable: boolean;
}
const CODES: Readonly<Record<string, RegistryEntry>> = registry.codes;

/** Seconds sent as `Retry-After` with a 503 that names no better figure. */
const RETRY_AFTER_SECONDS = 1;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly next: string;
  readonly retryable: boolean;
  readonly instance?: string;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** HTTP status of a code; 500 for one the registry gives no status, since it should not have reached the edge. */
export function statusOfCode(code: ErrorCode): number {
  return CODES[code]?.http ?? 500;
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

/** Seconds for `Retry-After`, undefined where the header has no place (it goes with 429 and 503). */
export function retryAfterOf(refusal: Refusal): number | undefined {
  if (refusal.retryAfterSeconds !== undefined) return refusal.retryAfterSeconds;
  return statusOfCode(refusal.code) === 503 ? RETRY_AFTER_SECONDS : undefined;
}

/** The document for a refusal. `instance` is the request id, as `urn:fractal:request:<id>`. */
export function problemOf(refusal: Refusal, requestId?: string): Problem {
  const entry = CODES[refusal.code]!;
  return {
    type: `urn:fractal:error:${refusal.code}`,
    title: entry.meaning.replace(/\.$/, ''),
    status: statusOfCode(refusal.code),
    code: refusal.code,
    ...(refusal.detail !== undefined ? { detail: refusal.detail } : {}),
    next: entry.next,
    retryable: entry.retryable,
    ...(requestId !== undefined ? { instance: `urn:fractal:request:${requestId}` } : {}),
  };
}
