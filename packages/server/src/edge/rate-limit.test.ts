import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimiter } from './rate-limit.ts';

test('takes a burst, then one more only when its token is there, and says when', () => {
  let nowMs = 1_000;
  const limiter = rateLimiter({ ratePerSecond: 2, burst: 3, nowMs: () => nowMs });
  for (let i = 0; i < 3; i++) expect(limiter.take('a', 1)).toEqual({ ok: true });
  expect(limiter.take('a', 1)).toEqual({ ok: false, retryAfterSeconds: 1 });
  expect(limiter.take('a', 3)).toEqual({ ok: false, retryAfterSeconds: 2 });
  nowMs += 499;
  expect(limiter.take('a', 1).ok).toBe(false);
  nowMs += 1;
  expect(limiter.take('a', 1)).toEqual({ ok: true });
});

test('one tenant never spends the tokens of another', () => {
  const limiter = rateLimiter({ ratePerSecond: 1, burst: 1, nowMs: () => 0 });
  expect(limiter.take('a', 1).ok).toBe(true);
  expect(limiter.take('a', 1).ok).toBe(false);
  expect(limiter.take('b', 1).ok).toBe(true);
});

test('a cost above the burst is possible once the bucket is full', () => {
  const limiter = rateLimiter({ ratePerSecond: 1, burst: 2, nowMs: () => 0 });
  expect(limiter.take('a', 100)).toEqual({ ok: true });
  expect(limiter.take('a', 1).ok).toBe(false);
});

test('never admits more than burst plus rate times the time that passed, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: 1, max: 5 }))), (steps) => {
      let nowMs = 10_000;
      let forwardMs = 0;
      let admitted = 0;
      const limiter = rateLimiter({ ratePerSecond: 10, burst: 20, nowMs: () => nowMs });
      limiter.take('a', 0);
      for (const [stepMs, cost] of steps) {
        nowMs += stepMs;
        if (stepMs > 0) forwardMs += stepMs;
        if (limiter.take('a', cost).ok) admitted += cost;
        expect(admitted).toBeLessThanOrEqual(20 + (forwardMs * 10) / 1000 + 1e-9);
      }
    }),
  );
});

test('forgets the name that asked longest ago where names are bounded, and no other', () => {
  const limiter = rateLimiter({ ratePerSecond: 1, burst: 1, nowMs: () => 0, namesMax: 3 });
  for (const name of ['a', 'b', 'c', 'a']) limiter.take(name, 1);
  expect(limiter.take('a', 1).ok).toBe(false);
  expect(limiter.take('d', 1).ok).toBe(true); // in the place of b
  expect(['a', 'c', 'd'].map((name) => limiter.take(name, 1).ok)).toEqual([false, false, false]);
  expect(limiter.take('b', 1).ok).toBe(true);
});
