/** How old the oldest committed, unpublished entry is: commits note (size, time), a publication drops what it covers. */

export interface PublishLag {
  committed(size: number): void;
  published(size: number): void;
  /** 0 where everything is published. */
  seconds(): number;
}

/** Commits are noted at most this finely: a publication in the gap is seen that much too early. */
const GRAIN_MS = 20;

export function publishLag(nowMs: () => number): PublishLag {
  const waiting: { size: number; timeMs: number }[] = [];
  return {
    committed(size) {
      const timeMs = nowMs();
      const last = waiting.at(-1);
      if (last !== undefined && timeMs - last.timeMs < GRAIN_MS) last.size = size;
      else waiting.push({ size, timeMs });
    },
    published(size) {
      while (waiting.length > 0 && waiting[0]!.size <= size) waiting.shift();
    },
    seconds() {
      const oldest = waiting[0];
      return oldest === undefined ? 0 : Math.max(0, (nowMs() - oldest.timeMs) / 1000);
    },
  };
}
