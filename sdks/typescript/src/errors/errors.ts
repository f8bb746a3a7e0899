/**
 * What this package throws: one tree, headed by `FractalError`.
 *
 *     FractalError                 code, retryable, status, cause
 *     ├─ ApiError                  the server answered with an error       (detail, retryAfterMs)
 *     │  ├─ AuthenticationError    401, 403
 *     │  ├─ NotFoundError          404, 410
 *     │  ├─ ConflictError          409
 *     │  ├─ RateLimitError         429
 *     │  ├─ ServerError            408, 5xx
 *     │  └─ InvalidRequestError    every other 4xx
 *     ├─ NetworkError              no whole answer came
 *     ├─ TimeoutError              the call's time ran out
 *     ├─ AbortedError              the caller's AbortSignal fired; its reason is the cause
 *     ├─ ResponseError             an answer came that the specification does not allow
 *     ├─ OptionError               an argument is not usable; nothing was sent
 *     ├─ RecordError               a record or content cannot be built from what was given
 *     └─ ReceiptError              a receipt does not show what was demanded of it
 *        └─ NotAcceptedError       the receipt is sound and its verdict does not let the action go ahead (verdict)
 *
 * Messages carry routes, ids, limits and codes; never a payload, a key, or words that a server chose.
 */
import type { Verdict } from '../receipt/verdict.ts';
import type { ErrorCode } from './codes.ts';

export interface FractalErrorOptions {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** Head of the tree. `code` is of the registry; `retryable` says that the same call may succeed later. */
export class FractalError extends Error {
  override readonly name: string = 'FractalError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** HTTP status of the answer, when there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: FractalErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.status = options.status;
  }
}

export interface ApiErrorOptions extends FractalErrorOptions {
  readonly status: number;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The server answered with a status of 400 or more. */
export class ApiError extends FractalError {
  override readonly name: string = 'ApiError';
  declare readonly status: number;
  /** The server's own words, at most 500 characters. Kept out of `message`: who logs it decides to. */
  readonly detail: string | undefined;
  /** How long the server asks to wait, from `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, options);
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export class AuthenticationError extends ApiError {
  override readonly name = 'AuthenticationError';
}

export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';
}

export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';
}

export class InvalidRequestError extends ApiError {
  override readonly name = 'InvalidRequestError';
}

export class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError';
}

export class ServerError extends ApiError {
  override readonly name = 'ServerError';
}

export class NetworkError extends FractalError {
  override readonly name = 'NetworkError';
}

export class TimeoutError extends FractalError {
  override readonly name = 'TimeoutError';
}

export class AbortedError extends FractalError {
  override readonly name = 'AbortedError';
}

export class ResponseError extends FractalError {
  override readonly name = 'ResponseError';
}

export class OptionError extends FractalError {
  override readonly name = 'OptionError';
}

export class RecordError extends FractalError {
  override readonly name = 'RecordError';
}

export class ReceiptError extends FractalError {
  override readonly name: string = 'ReceiptError';
}

/** The receipt is sound; its verdict is not one to act on. */
export class NotAcceptedError extends ReceiptError {
  override readonly name = 'NotAcceptedError';
  readonly verdict: Verdict;

  constructor(message: string, options: FractalErrorOptions & { readonly verdict: Verdict }) {
    super(message, options);
    this.verdict = options.verdict;
  }
}

/** The class for an HTTP status of 400 or more. */
export function apiErrorClass(status: number): typeof ApiError {
  if (status === 401 || status === 403) return AuthenticationError;
  if (status === 404 || status === 410) return NotFoundError;
  if (status === 409) return ConflictError;
  if (status === 429) return RateLimitError;
  if (status === 408 || status >= 500) return ServerError;
  return InvalidRequestError;
}

/** Statuses after which the same request may be sent again. 501 and 505 say that no retry will help. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);
}
