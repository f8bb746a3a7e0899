/** Ports of the ledger in memory, with faults: for the ledger's own tests and for suites that need a log without a disk. */
import { toHex } from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import { type CommitBatch, CommitRefused, type Head, type LogStore, type StoredEntry } from '../ports/log-store.ts';
import type { PublicFile, PublicFiles } from '../ports/public-files.ts';

/** What the next commit does instead of committing. */
export type CommitFault = 'failed' | 'failed but persisted' | 'unreadable afterwards';

export class MemoryLogStore implements LogStore {
  readonly entries: StoredEntry[] = [];
  readonly #keys = new Map<string, number>();
  readonly #rows = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>();
  #head: Head | undefined;
  #unreadable = false;
  /** Faults of the coming commits, first come first served. */
  readonly faults: CommitFault[] = [];
  commits = 0;
  syncs = 0;
  /** Awaited inside each commit, to hold it open. */
  beforeCommit: () => Promise<void> = () => Promise.resolve();

  async readHead(): Promise<Head | undefined> {
    if (this.#unreadable) throw new Error('the store cannot be read');
    return this.#head;
  }

  async readKey(key: Uint8Array): Promise<{ index: number } | undefined> {
    const index = this.#keys.get(toHex(key));
    return index === undefined ? undefined : { index };
  }

  async readEntry(index: number): Promise<StoredEntry | undefined> {
    return this.entries[index];
  }

  async readEntries(from: number, to: number): Promise<readonly StoredEntry[]> {
    return this.entries.slice(from, to);
  }

  async readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.get(`${table}/${toHex(key)}`)?.value;
  }

  async listRows(
    table: string,
    limit: number,
    after?: Uint8Array,
  ): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    const from = after === undefined ? '' : toHex(after);
    return [...this.#rows]
      .filter(([id]) => id.startsWith(`${table}/`) && id.slice(table.length + 1) > from)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([, row]) => row);
  }

  async commit(batch: CommitBatch): Promise<void> {
    await this.beforeCommit();
    const fault = this.faults.shift();
    if (fault === 'failed') throw new Error('injected: the commit failed');
    this.#apply(batch);
    this.commits += 1;
    if (fault === 'failed but persisted') throw new Error('injected: the commit failed, though it was kept');
    if (fault === 'unreadable afterwards') {
      this.#unreadable = true;
      throw new Error('injected: the commit failed and the store is gone');
    }
  }

  async sync(): Promise<void> {
    this.syncs += 1;
  }

  async close(): Promise<void> {}

  /** What a copy of the rows would hold now. */
  copy(): MemoryLogStore {
    const copy = new MemoryLogStore();
    copy.entries.push(...this.entries);
    for (const [key, index] of this.#keys) copy.#keys.set(key, index);
    for (const [id, row] of this.#rows) copy.#rows.set(id, row);
    copy.#head = this.#head;
    return copy;
  }

  #apply(batch: CommitBatch): void {
    if ((this.#head?.size ?? 0) !== batch.previousSize) throw new CommitRefused('head_moved', 'another head');
    const keys = new Set(batch.entries.map((entry) => toHex(entry.key)));
    if (keys.size < batch.entries.length || [...keys].some((key) => this.#keys.has(key)))
      throw new CommitRefused('key_taken', 'taken');
    for (const entry of batch.entries) {
      this.entries.push(entry);
      this.#keys.set(toHex(entry.key), entry.index);
    }
    for (const { table, key, value } of batch.rows) this.#rows.set(`${table}/${toHex(key)}`, { key, value });
    this.#head = batch.head;
  }
}

export class MemoryPublicFiles implements PublicFiles {
  readonly files = new Map<string, Uint8Array>();
  /** When set, the next write of any kind throws it, once. */
  failure: Error | undefined;

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path);
  }

  async writeAll(files: readonly PublicFile[]): Promise<void> {
    for (const { path, bytes } of files) {
      this.#failOnce();
      this.files.set(path, bytes.slice());
    }
  }

  async replaceCheckpoint(bytes: Uint8Array): Promise<void> {
    this.#failOnce();
    this.files.set('checkpoint', bytes);
  }

  async removePartials(paths: readonly string[]): Promise<void> {
    for (const name of [...this.files.keys()]) {
      if (paths.some((path) => name.startsWith(`${path}/`))) this.files.delete(name);
    }
  }

  #failOnce(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

/** A clock that passes when it is slept on: every sleep resolves in a later turn and moves the time. */
export function instantClock(): Clock {
  let nowMs = 1_000_000;
  return {
    nowMs: () => nowMs,
    sleep: async (durationMs, signal) => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (signal?.aborted !== true) nowMs += durationMs;
    },
  };
}

/** A clock whose time passes only where nothing else happens: sleeps end in the order of their time, one a turn. */
export function virtualClock(): Clock {
  let nowMs = 1_000_000;
  const sleeping = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const next = [...sleeping].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      sleeping.delete(next);
      nowMs = Math.max(nowMs, next.dueMs);
      next.wake();
    }
    isRunning = false;
  };
  return {
    nowMs: () => nowMs,
    sleep: (durationMs, signal) => {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = { dueMs: nowMs + durationMs, wake: resolve };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleeping.delete(sleeper);
          resolve();
        });
        if (!isRunning) void run();
      });
    },
  };
}

/** Repeatable bytes (xorshift32): for tests only. */
export function seededRng(seed: number): Rng {
  let state = seed | 1;
  return {
    bytes: (length) =>
      Uint8Array.from({ length }, () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state & 255;
      }),
  };
}
