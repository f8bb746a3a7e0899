/**
 * What is under way, by tenant. Rotations and the making of a first key take turns; inserts do not wait, but a rotation
 * waits for those that began before it, since they were sealed by the key it is about to forget.
 */
export interface Turns {
  /** Runs after what was asked before for the same tenant, whether that failed or not. */
  inTurn<T>(tenant: string, work: () => Promise<T>): Promise<T>;
  /** Notes an insert as under way until it settles, and gives it back. */
  tracked<T>(tenant: string, insert: Promise<T>): Promise<T>;
  /** Waits for the inserts that are under way now. */
  insertsSettled(tenant: string): Promise<void>;
  allSettled(): Promise<void>;
}

export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  const inserts = new Map<string, Set<Promise<unknown>>>();
  return {
    inTurn(tenant, work) {
      const turn = (last.get(tenant) ?? Promise.resolve()).then(work, work);
      last.set(tenant, turn);
      const done = (): void => {
        if (last.get(tenant) === turn) last.delete(tenant);
      };
      turn.then(done, done);
      return turn;
    },
    tracked(tenant, insert) {
      const running = inserts.get(tenant) ?? new Set();
      inserts.set(tenant, running.add(insert));
      const done = (): void => {
        running.delete(insert);
        if (running.size === 0 && inserts.get(tenant) === running) inserts.delete(tenant);
      };
      insert.then(done, done);
      return insert;
    },
    async insertsSettled(tenant) {
      await Promise.allSettled(inserts.get(tenant) ?? []);
    },
    async allSettled() {
      await Promise.allSettled(last.values());
      await Promise.allSettled([...inserts.values()].flatMap((running) => [...running]));
    },
  };
}
