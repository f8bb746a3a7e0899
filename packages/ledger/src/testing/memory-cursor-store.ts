/** A CursorStore in memory, with faults: for the engine's tests and for those of followers. */
import { equalBytes, toHex } from '@fractal/tlog';
import { CursorMoved, type CursorStore, type FollowerCommit, type FollowerRow } from '../ports/cursor-store.ts';
import type { CommitFault } from './memory-parts.ts';

export class MemoryCursorStore implements CursorStore {
  readonly #rows = new Map<string, Map<string, FollowerRow>>();
  /** Faults of the coming commits, first come first served; undefined is none. */
  readonly faults: (Exclude<CommitFault, 'unreadable afterwards'> | undefined)[] = [];
  commits = 0;

  async read(follower: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#of(follower).get(toHex(key))?.value;
  }

  async list(
    follower: string,
    range: { prefix: Uint8Array; after?: Uint8Array | undefined; limit: number },
  ): Promise<readonly FollowerRow[]> {
    const after = range.after === undefined ? '' : toHex(range.after);
    return [...this.#of(follower)]
      .filter(([key]) => key.startsWith(toHex(range.prefix)) && key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, range.limit)
      .map(([, row]) => row);
  }

  async commit(change: FollowerCommit): Promise<void> {
    const fault = this.faults.shift();
    if (fault === 'failed') throw new Error('injected: the commit failed');
    this.#apply(change);
    this.commits += 1;
    if (fault === 'failed but persisted') throw new Error('injected: the commit failed, though it was kept');
  }

  #apply({ follower, expected, clear = false, writes }: FollowerCommit): void {
    const rows = this.#of(follower);
    if (expected !== undefined && !same(rows.get(toHex(expected.key))?.value, expected.value)) {
      throw new CursorMoved(follower);
    }
    if (clear) rows.clear();
    for (const { key, value } of writes) {
      if (value === undefined) rows.delete(toHex(key));
      else rows.set(toHex(key), { key: key.slice(), value: value.slice() });
    }
  }

  #of(follower: string): Map<string, FollowerRow> {
    const rows = this.#rows.get(follower) ?? new Map<string, FollowerRow>();
    this.#rows.set(follower, rows);
    return rows;
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
