import { describe, expect, it } from 'vitest';
import { ApiError, type FractalError, NetworkError } from '../errors/errors.ts';
import { type CallLimits, runWithRetries } from './attempt.ts';
import type { Clock } from './ports.ts';

/** Time that passes only when told: timers fire in order of their moment. */
class FakeClock implements Clock {
  #nowMs = 1_000;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  startTimer(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  async pass(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#nowMs = next.atMs;
      this.#timers = this.#timers.filter((other) => other !== next);
      next.fire();
    }
    this.#nowMs = endMs;
  }
}

/** Lets whatever is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function limitsOf(clock: Clock, changes: Partial<CallLimits> = {}): CallLimits {
  const plan = { retries: 5, baseDelayMs: 100, maxDelayMs: 1_000 };
  const rng = { bytes: (length: number) => new Uint8Array(length) };
  return { clock, rng, plan, timeoutMs: 10_000, attemptTimeoutMs: 4_000, ...changes };
}

const busy = (retryAfterMs?: number): ApiError =>
  new ApiError('busy', { code: 'busy', status: 503, retryable: true, retryAfterMs });

/** Starts the call and keeps its outcome, so that nothing is unhandled while time passes. */
function start(limits: CallLimits, attempt: (signal: AbortSignal) => Promise<unknown>) {
  const state: { value?: unknown; error?: FractalError } = {};
  const done = runWithRetries(limits, attempt).then(
    (value) => {
      state.value = value;
    },
    (error: FractalError) => {
      state.error = error;
    },
  );
  return { state, done };
}

describe('runWithRetries', () => {
  it('waits 50, 100, 200 … ms between attempts', async () => {
    const clock = new FakeClock();
    const triedMs: number[] = [];
    const { state } = start(limitsOf(clock), async () => {
      triedMs.push(clock.nowMs());
      throw busy();
    });
    await clock.pass(10_000);
    expect(triedMs).toEqual([1_000, 1_050, 1_150, 1_350, 1_750, 2_250]);
    expect(state.error?.code).toBe('busy');
    expect(clock.pending).toBe(0);
  });

  it('ends a try at its limit and the call at its own, naming what was in the way before', async () => {
    const clock = new FakeClock();
    const limits = limitsOf(clock, { timeoutMs: 6_000 });
    const { state } = start(limits, () => new Promise(() => undefined));
    await clock.pass(3_999);
    expect(state.error).toBeUndefined();
    await clock.pass(2_001);
    expect(state.error).toMatchObject({ code: 'timed_out', message: 'no answer within 6000 ms' });
    expect(state.error?.cause).toMatchObject({ code: 'timed_out', message: 'no answer within 4000 ms' });
    expect(clock.pending).toBe(0);
  });

  it('tells each try by its signal that it is over', async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    start(limitsOf(clock), (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    await clock.pass(5_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('does not begin a wait that would outlast the call', async () => {
    const clock = new FakeClock();
    const { state, done } = start(limitsOf(clock), async () => {
      throw busy(10_000);
    });
    await done;
    expect(state.error).toMatchObject({ code: 'busy', retryAfterMs: 10_000 });
    expect(clock.nowMs()).toBe(1_000);
    expect(clock.pending).toBe(0);
  });

  it('throws at once what no retry helps, and what is not ours', async () => {
    const clock = new FakeClock();
    for (const error of [new NetworkError('x', { code: 'network_failed' }), new RangeError('a bug')]) {
      let tried = 0;
      const call = runWithRetries(limitsOf(clock), async () => {
        tried += 1;
        throw error;
      });
      await expect(call).rejects.toBe(error);
      expect(tried).toBe(1);
    }
  });

  it('stops a wait when the caller cancels, and leaves no timer', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const { state, done } = start(limitsOf(clock, { signal: controller.signal }), async () => {
      throw busy(3_000);
    });
    await clock.pass(1_000);
    controller.abort('enough');
    await done;
    expect(state.error).toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(clock.pending).toBe(0);
  });
});
