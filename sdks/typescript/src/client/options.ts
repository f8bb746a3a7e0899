/**
 * The client's options, checked once. Messages name the option and its limit, never its value: a key with a stray
 * newline would otherwise end up in a log by way of the platform's "invalid header value".
 */
import { OptionError } from '../errors/errors.ts';
import type { BackoffPlan } from '../http/backoff.ts';
import { type Clock, type Fetch, type Rng, systemClock, systemFetch, systemRng } from '../http/ports.ts';

export interface FractalOptions {
  /** Where the server is: http or https, perhaps with a path in front of `/v1`. No user, query or fragment. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly apiKey: string;
  /** For a call with its retries and waits. Default 30,000. */
  readonly timeoutMs?: number;
  /** For one attempt. Default 10,000. */
  readonly attemptTimeoutMs?: number;
  /** Attempts after the first. Default 3. */
  readonly retries?: number;
  /** Wait before the second attempt; doubled for each one after it, half of it by chance. Default 100. */
  readonly retryDelayMs?: number;
  /** Longest such wait; a server's Retry-After may ask for more. Default 5,000. */
  readonly retryDelayMaxMs?: number;
  /** Longest JSON answer that is read. Default 8 MiB. */
  readonly responseBytesMax?: number;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  readonly rng?: Rng;
}

/** What each call takes beside its input. */
export interface CallOptions {
  /** In place of the client's `timeoutMs`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Settings {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly authorization: string;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly backoff: BackoffPlan;
  readonly responseBytesMax: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly rng: Rng;
}

export const TIMEOUT_MS_MAX = 86_400_000;
const RETRIES_MAX = 20;

export function settingsOf(options: FractalOptions): Settings {
  return {
    baseUrl: baseUrlOf(options.url),
    authorization: `Bearer ${apiKeyOf(options.apiKey)}`,
    timeoutMs: timeoutOf('timeoutMs', options.timeoutMs ?? 30_000),
    attemptTimeoutMs: timeoutOf('attemptTimeoutMs', options.attemptTimeoutMs ?? 10_000),
    backoff: backoffOf(options),
    responseBytesMax: integerOf('responseBytesMax', options.responseBytesMax ?? 8 * 1024 * 1024, 1024, 2 ** 30),
    fetch: options.fetch ?? systemFetch,
    clock: options.clock ?? systemClock,
    rng: options.rng ?? systemRng,
  };
}

function backoffOf(options: FractalOptions): BackoffPlan {
  return {
    retries: integerOf('retries', options.retries ?? 3, 0, RETRIES_MAX),
    baseDelayMs: timeoutOf('retryDelayMs', options.retryDelayMs ?? 100),
    maxDelayMs: timeoutOf('retryDelayMaxMs', options.retryDelayMaxMs ?? 5_000),
  };
}

export function timeoutOf(name: string, value: number): number {
  return integerOf(name, value, 1, TIMEOUT_MS_MAX);
}

export function optionInvalid(what: string): OptionError {
  return new OptionError(what, { code: 'client_option_invalid' });
}

/** A whole number within its limits, or an OptionError that names both. */
export function integerOf(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw optionInvalid(`${name}: a whole number from ${min} to ${max}`);
  }
  return value;
}

function baseUrlOf(text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (!plain || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw optionInvalid('url: an http or https URL without user, query or fragment');
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

function apiKeyOf(apiKey: unknown): string {
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(apiKey)) {
    throw optionInvalid('apiKey: 1 to 512 printable ASCII characters without spaces');
  }
  return apiKey;
}
