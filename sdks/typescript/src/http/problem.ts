/**
 * RFC 9457 problem documents, parsed strictly: `application/problem+json`, a JSON object with string `type`, string
 * `title`, an integer `status` equal to the HTTP status, and a `code` of the registry; optional `detail` and `instance`
 * are strings. Other members are ignored, as the RFC asks. Anything less is `problem_malformed`, still carrying the
 * HTTP status, which alone then decides whether a retry may help (a proxy's 502 page is retried, its 403 page is not).
 */
import { type ErrorCode, isErrorCode } from '../errors/codes.ts';
import { type ApiError, apiErrorClass, isRetryableStatus } from '../errors/errors.ts';
import { isObject, parseJsonText } from '../json/shape.ts';
import { mediaTypeOf } from './media-type.ts';

/** Problem documents are short; what is longer is not one. */
export const PROBLEM_BYTES_MAX = 65_536;
const DETAIL_CHARS_MAX = 500;

export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
}

/** Undefined unless the text is a problem document for this HTTP status. */
export function parseProblem(text: string, status: number): Problem | undefined {
  const value = parseJsonText(text);
  if (!isObject(value)) return undefined;
  const { type, title, code, detail, instance } = value;
  if (typeof type !== 'string' || typeof title !== 'string' || value.status !== status) return undefined;
  if (typeof code !== 'string' || !isErrorCode(code)) return undefined;
  if (detail !== undefined && typeof detail !== 'string') return undefined;
  if (instance !== undefined && typeof instance !== 'string') return undefined;
  return { code, detail: detail?.slice(0, DETAIL_CHARS_MAX) };
}

/**
 * The error for an answer of status 400 or more. `route` is named in the message, so it holds no payload.
 * `text` is undefined when the body was longer than `PROBLEM_BYTES_MAX` or not UTF-8.
 */
export function apiErrorOf(answer: {
  readonly route: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string | undefined;
  readonly retryAfterMs?: number | undefined;
}): ApiError {
  const { route, status, text } = answer;
  const problem =
    text !== undefined && mediaTypeOf(answer.contentType) === 'application/problem+json'
      ? parseProblem(text, status)
      : undefined;
  const code = problem?.code ?? 'problem_malformed';
  return new (apiErrorClass(status))(`${route} answered ${status}: ${code}`, {
    code,
    status,
    retryable: isRetryableStatus(status),
    retryAfterMs: answer.retryAfterMs,
    detail: problem?.detail,
  });
}
