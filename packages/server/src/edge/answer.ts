/**
 * What a route answers: a plain value, so that routes are tested without a socket and the framework stays at the edge.
 * The body is bytes, text, or an asynchronous sequence of text (NDJSON). `refuse` and `json` are the two usual ways to make one.
 */

import { type Problem, problemOf, type Refusal, retryAfterOf } from './problem.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The registry code of a refusal, for metrics and logs. */
  readonly code?: string;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
export const PROBLEM_TYPE = 'application/problem+json';
export const NDJSON_TYPE = 'application/x-ndjson; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/** A JSON answer. A `string` is taken as JSON text already (the verdict travels byte for byte). */
export function json(status: number, value: unknown, headers?: Record<string, string>): Answer {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return { status, contentType: JSON_TYPE, body, ...(headers !== undefined ? { headers } : {}) };
}

/** The problem document of a refusal, with `Retry-After` where a retry may help. */
export function refuse(refusal: Refusal, requestId?: string): Answer {
  const document: Problem = problemOf(refusal, requestId);
  const retryAfter = retryAfterOf(refusal);
  return {
    status: document.status,
    contentType: PROBLEM_TYPE,
    body: JSON.stringify(document),
    code: refusal.code,
    ...(retryAfter !== undefined ? { headers: { 'retry-after': String(retryAfter) } } : {}),
  };
}
