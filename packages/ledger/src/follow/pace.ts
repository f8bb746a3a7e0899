/**
 * How fast a follower goes (I12): how much it does in one turn of the event loop, how long it rests after it, and how long
 * it waits after a failure. Pure.
 */
import type { Rng } from '../ports/clock.ts';

export interface Pace {
  /** Entries in one batch, at most. */
  readonly batchEntriesMax: number;
  /** What a batch should take before its commit; the next one is made smaller or larger to come there. */
  readonly batchMs: number;
  /** Part of the time it may work, 0 to 1; it rests for the remainder. */
  readonly share: number;
  readonly entriesPerSecondMax: number;
  /** How often it looks for new entries at the end of the log, which is how often it commits there. */
  readonly pollMs: number;
  /** Failures of one entry by itself before it is a dead letter. */
  readonly attemptsMax: number;
  readonly backOffFirstMs: number;
  readonly backOffMaxMs: number;
  /** How long a handler may take before its call counts as failed. */
  readonly callTimeoutMs: number;
  /** Dead letters it keeps; with more to come it stops, since then it's hardly the entries' fault. */
  readonly deadLettersMax: number;
}

export const DEFAULT_PACE: Pace = {
  batchEntriesMax: 512,
  batchMs: 10,
  share: 0.25,
  entriesPerSecondMax: Number.POSITIVE_INFINITY,
  pollMs: 250,
  attemptsMax: 5,
  backOffFirstMs: 200,
  backOffMaxMs: 60_000,
  callTimeoutMs: 30_000,
  deadLettersMax: 1_000,
};

/** Whole milliseconds after the n-th failure in a row (from 1): doubling up to the cap, the upper half of it drawn. */
export function backOffMs(pace: Pace, failures: number, rng: Rng): number {
  const whole = Math.min(pace.backOffMaxMs, pace.backOffFirstMs * 2 ** Math.min(failures - 1, 52));
  return Math.round(whole / 2 + (whole / 2) * fraction(rng));
}

/** Whole milliseconds to rest after a batch of `count` entries that took `tookMs`. */
export function restMs(pace: Pace, count: number, tookMs: number): number {
  const forShare = (tookMs * (1 - pace.share)) / pace.share;
  const forRate = (count * 1000) / pace.entriesPerSecondMax - tookMs;
  return Math.round(Math.max(0, forShare, forRate));
}

/** Entries of the next batch after one of `count` that took `tookMs`. */
export function nextSpan(pace: Pace, span: number, count: number, tookMs: number): number {
  if (tookMs > pace.batchMs) return Math.max(1, Math.floor(Math.min(span, count) / 2));
  return tookMs * 2 <= pace.batchMs ? Math.min(pace.batchEntriesMax, span * 2) : span;
}

/** In [0, 1). */
function fraction(rng: Rng): number {
  const bytes = rng.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}
