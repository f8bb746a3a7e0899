/**
 * How long the oldest entry that is not handled has been known here: sizes are noted with the time at which they were
 * first seen. After a start this counts from the start, not from the commit: entries carry no time of their own.
 */

export interface Lag {
  /** The log was seen with that many entries. */
  seen(size: number, nowMs: number): void;
  /** Milliseconds; 0 where everything below `next` is all there is. */
  lagMs(next: number, nowMs: number): number;
}

/** Sizes noted at most; with more, the newest ones are taken together, and the oldest stays exact. */
const MARKS_MAX = 64;

export function lag(): Lag {
  const marks: { size: number; readonly seenMs: number }[] = [];
  return {
    seen(size, nowMs) {
      const last = marks.at(-1);
      if (last !== undefined && size <= last.size) return;
      if (last !== undefined && marks.length >= MARKS_MAX) last.size = size;
      else if (size > 0) marks.push({ size, seenMs: nowMs });
    },
    lagMs(next, nowMs) {
      while (marks.length > 1 && marks[0]!.size <= next) marks.shift();
      const oldest = marks[0];
      return oldest === undefined || oldest.size <= next ? 0 : Math.max(0, nowMs - oldest.seenMs);
    },
  };
}
