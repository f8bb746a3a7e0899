import { expect, it } from 'vitest';
import { MemoryFollowedLog, numberedBodies } from '../testing/followed-logs.ts';
import { instantClock } from '../testing/memory-parts.ts';
import { attempt } from './attempt.ts';
import { CalledOff } from './failure.ts';
import type { Follower } from './follower.ts';

const rows = { read: async () => undefined, list: async () => [] };
/** Never wakes but when it is told to. */
const patient = {
  nowMs: instantClock().nowMs,
  sleep: (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted === true) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    }),
};

function hanging(signals: AbortSignal[]): Follower {
  return {
    name: 'hangs',
    version: 1,
    order: 'any',
    needs: 'entries',
    effect: 'external',
    handle: (_, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  };
}

const range = { log: new MemoryFollowedLog('0', numberedBodies(3)), from: 0, to: 3 };

it.each(['before it began', 'while it was under way'])(
  'a call is given up where it was called off %s',
  async (when) => {
    const [off, signals] = [new AbortController(), [] as AbortSignal[]];
    if (when === 'before it began') off.abort();
    const tried = attempt({
      follower: hanging(signals),
      range,
      lap: 0,
      rows,
      clock: patient,
      callTimeoutMs: 1,
      calledOff: off.signal,
    });
    setImmediate(() => off.abort());
    await expect(tried).rejects.toBeInstanceOf(CalledOff);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  },
);

it('a call that takes too long is a failure with a code of its own, and its handler is told', async () => {
  const signals: AbortSignal[] = [];
  const calledOff = new AbortController().signal;
  const clock = instantClock();
  const tried = await attempt({ follower: hanging(signals), range, lap: 0, rows, clock, callTimeoutMs: 50, calledOff });
  expect(tried).toMatchObject({ ok: false, failure: { code: 'call_timed_out', retryable: false } });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
