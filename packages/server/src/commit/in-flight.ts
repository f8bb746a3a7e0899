/**
 * One at a time under one key, in the order they came: the commit of a record, a resolution, an idempotency key.
 * Two requests for the same key never overlap; requests for other keys never wait. Held in memory: across processes and
 * crashes it is the ledger's unique key that counts (I3), this only saves the work and settles who is told "replayed".
 */

export interface KeyedQueue {
  /** Runs `work` after all earlier work under `key` has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Keys with work under way. */
  size(): number;
}

export function keyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run<T>(key: string, work: () => Promise<T>): Promise<T> {
      const before = tails.get(key);
      const mine = before === undefined ? work() : before.then(work, work);
      tails.set(key, mine);
      const forget = () => {
        if (tails.get(key) === mine) tails.delete(key);
      };
      mine.then(forget, forget);
      return mine;
    },
    size: () => tails.size,
  };
}
