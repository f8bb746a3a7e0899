import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs, parseRetryAfterMs } from './backoff.ts';
import type { Rng } from './ports.ts';

const plan = { retries: 5, baseDelayMs: 100, maxDelayMs: 5_000 };
const lowest: Rng = { bytes: (length) => new Uint8Array(length) };
const highest: Rng = { bytes: (length) => new Uint8Array(length).fill(255) };

describe('backoffDelayMs', () => {
  it('doubles from half the base to the ceiling', () => {
    const delays = [0, 1, 2, 3, 6, 60].map((attempt) => backoffDelayMs({ plan, attempt, rng: lowest }));
    expect(delays).toEqual([50, 100, 200, 400, 2_500, 2_500]);
  });

  it('leaves half of the delay to chance', () => {
    expect(backoffDelayMs({ plan, attempt: 2, rng: highest })).toBeCloseTo(400, 3);
  });

  it('never comes back before Retry-After, nor all at the same moment after it', () => {
    expect(backoffDelayMs({ plan, attempt: 0, rng: lowest, retryAfterMs: 2_000 })).toBe(2_000);
    expect(backoffDelayMs({ plan, attempt: 0, rng: highest, retryAfterMs: 2_000 })).toBeCloseTo(2_100, 3);
    expect(backoffDelayMs({ plan, attempt: 9, rng: lowest, retryAfterMs: 0 })).toBe(2_500);
  });

  it('stays between its bounds for any chance (property)', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.uint8Array({ minLength: 4, maxLength: 4 }), (attempt, bytes) => {
        const delay = backoffDelayMs({ plan, attempt, rng: { bytes: () => bytes } });
        expect(delay).toBeGreaterThanOrEqual(plan.baseDelayMs / 2);
        expect(delay).toBeLessThanOrEqual(plan.maxDelayMs);
      }),
    );
  });
});

describe('parseRetryAfterMs', () => {
  const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);

  it.each([
    ['0', 0],
    ['3', 3_000],
    [' 120 ', 120_000],
    ['Tue, 24 Nov 2026 12:00:05 GMT', 5_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ])('reads %j', (header, waitMs) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(waitMs);
  });

  it.each([
    null,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '86401',
    '99999999999999999999',
    '2026-11-24T12:00:05Z',
    'Tue, 99 Nov 2026 12:00:05 GMT',
    'Tue, 24 Nov 2036 12:00:05 GMT',
  ])('takes %j as absent', (header) => {
    expect(parseRetryAfterMs(header, nowMs)).toBeUndefined();
  });
});
