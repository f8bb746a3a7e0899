/**
 * Time limits and cancellation of one call: `runAttempt` bounds a single try, `runWithRetries` the call as a whole.
 *
 *     caller's signal ─┐
 *     call deadline ───┼─► one AbortSignal for the try; whoever fires first decides the error's class
 *     attempt limit ───┘
 *
 * A try that ignores its signal is left behind rather than waited for. Not checked here: whether a call may be sent
 * twice; the client only routes idempotent calls through `runWithRetries`.
 */
import { AbortedError, ApiError, FractalError, TimeoutError } from '../errors/errors.ts';
import { type BackoffPlan, backoffDelayMs } from './backoff.ts';
import type { Clock, Rng } from './ports.ts';

export interface CallLimits {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly plan: BackoffPlan;
  /** For the call with its retries and waits. */
  readonly timeoutMs: number;
  /** For one try; a shorter rest of the call's time goes first. */
  readonly attemptTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `attempt` until it resolves, fails for good, or the time or the retries are used up. Throws the last failure;
 * where the call's own time ran out, a `TimeoutError` whose cause is the last failure.
 */
export async function runWithRetries<T>(limits: CallLimits, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadlineMs = limits.clock.nowMs() + limits.timeoutMs;
  let lastFailure: FractalError | undefined;
  for (let tried = 0; ; tried++) {
    const remainingMs = deadlineMs - limits.clock.nowMs();
    if (remainingMs <= 0) throw timedOut(limits.timeoutMs, lastFailure);
    const isLast = remainingMs <= limits.attemptTimeoutMs;
    const expiry = isLast ? timedOut(limits.timeoutMs, lastFailure) : timedOut(limits.attemptTimeoutMs);
    const limitMs = Math.min(remainingMs, limits.attemptTimeoutMs);
    try {
      return await runAttempt(limits, limitMs, expiry, attempt);
    } catch (error) {
      if (!(error instanceof FractalError) || !error.retryable || tried >= limits.plan.retries) throw error;
      const delayMs = backoffDelayMs({
        plan: limits.plan,
        attempt: tried,
        retryAfterMs: error instanceof ApiError ? error.retryAfterMs : undefined,
        rng: limits.rng,
      });
      // A wait that outlasts the call is no wait: the caller learns at once what stood in the way.
      if (limits.clock.nowMs() + delayMs >= deadlineMs) throw error;
      lastFailure = error;
      await pause(limits, delayMs);
    }
  }
}

/** One try under the caller's signal and a limit, whose passing is the error `expiry`. */
async function runAttempt<T>(
  limits: CallLimits,
  limitMs: number,
  expiry: TimeoutError,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, signal } = limits;
  if (signal?.aborted) throw cancelled(signal);
  const controller = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (error: FractalError): void => {
    reject(error);
    controller.abort(error);
  };
  const onAbort = (): void => stop(cancelled(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  const stopTimer = clock.startTimer(limitMs, () => stop(expiry));
  try {
    return await Promise.race([stopped, attempt(controller.signal)]);
  } catch (error) {
    // A fetch that was stopped rejects in its platform's words; ours say who stopped it.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    stopTimer();
    signal?.removeEventListener('abort', onAbort);
    // Frees a connection whose body nobody will read to its end.
    if (!controller.signal.aborted) controller.abort();
  }
}

/** Waits, unless the caller cancels. */
async function pause(limits: CallLimits, delayMs: number): Promise<void> {
  const { clock, signal } = limits;
  if (signal?.aborted) throw cancelled(signal);
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      stopTimer();
      reject(cancelled(signal));
    };
    const stopTimer = clock.startTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function timedOut(limitMs: number, cause?: FractalError): TimeoutError {
  return new TimeoutError(`no answer within ${limitMs} ms`, { code: 'timed_out', retryable: true, cause });
}

function cancelled(signal: AbortSignal | undefined): AbortedError {
  return new AbortedError('the caller cancelled the call', { code: 'aborted', cause: signal?.reason });
}
