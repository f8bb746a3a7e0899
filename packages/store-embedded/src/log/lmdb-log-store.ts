/**
 * Rows of a log in LMDB: entries, keys, derived rows and the head, committed in one transaction.
 *
 * Durable: the environment is opened with `overlappingSync: false`, so a transaction becomes visible, and its promise
 * resolves, after LMDB's commit, which syncs data pages before it writes the meta page through a synchronous descriptor.
 * With lmdb-js's default a commit can be read, and answered from, before it is synced: a kill -9 never shows the
 * difference, a power cut does (tests/fault-layer shows both).
 * Atomic: each commit is a child transaction of its own, so that one that throws leaves nothing.
 * Session: opening writes a token that every commit compares; a second process that opens the directory fences the first.
 */
import { type CommitBatch, CommitRefused, type Head, type LogStore, type StoredEntry } from '@fractal/ledger';
import type { Database, RootDatabase } from 'lmdb';
import { committed } from './committed.ts';
import { decodeEntryRow, encodeEntryRow, readUint64, uint64 } from './entry-row.ts';
import { decodeHeadRow, encodeHeadRow } from './head-row.ts';

const HEAD_KEY = Buffer.from('head');

export interface LmdbLogStoreOptions {
  readonly environment: RootDatabase<Buffer, Buffer>;
  /** Prefix of this log's tables in the environment. */
  readonly log: string;
  /** Throws CommitRefused('session_lost') when another process opened the directory; called inside each transaction. */
  readonly checkSession: () => void;
}

type Table = Database<Buffer, Buffer>;

export class LmdbLogStore implements LogStore {
  readonly #environment: RootDatabase<Buffer, Buffer>;
  readonly #checkSession: () => void;
  readonly #meta: Table;
  readonly #entries: Table;
  readonly #keys: Table;
  readonly #rows: Table;

  constructor({ environment, log, checkSession }: LmdbLogStoreOptions) {
    const open = (table: string): Table =>
      environment.openDB<Buffer, Buffer>(`${log}/${table}`, { encoding: 'binary', keyEncoding: 'binary' });
    this.#environment = environment;
    this.#checkSession = checkSession;
    this.#meta = open('meta');
    this.#entries = open('entries');
    this.#keys = open('keys');
    this.#rows = open('rows');
  }

  async readHead(): Promise<Head | undefined> {
    return this.#headNow();
  }

  async readKey(key: Uint8Array): Promise<{ index: number; digest: Uint8Array } | undefined> {
    const row = this.#keys.get(buffer(key));
    return row === undefined ? undefined : { index: readUint64(row), digest: row.subarray(8, 40) };
  }

  async readEntry(index: number): Promise<StoredEntry | undefined> {
    const row = this.#entries.get(buffer(uint64(index)));
    return row === undefined ? undefined : decodeEntryRow(index, row);
  }

  async readEntries(from: number, to: number): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for (const { key, value } of this.#entries.getRange({ start: buffer(uint64(from)), end: buffer(uint64(to)) })) {
      const index = readUint64(key);
      if (index !== from + entries.length) break; // a hole: the caller sees fewer entries than it asked for
      entries.push(decodeEntryRow(index, value));
    }
    return entries;
  }

  async readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.get(rowKey(table, key));
  }

  async listRows(
    table: string,
    limit: number,
    after?: Uint8Array,
  ): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    const prefix = Buffer.from(`${table}\0`);
    const start = after === undefined ? prefix : Buffer.concat([rowKey(table, after), Buffer.of(0)]);
    const end = Buffer.from(`${table}\u0001`);
    return Array.from(this.#rows.getRange({ start, end, limit }), ({ key, value }) => ({
      key: key.subarray(prefix.length),
      value,
    }));
  }

  async commit(batch: CommitBatch): Promise<void> {
    const entryRows = batch.entries.map((entry) => buffer(encodeEntryRow(entry)));
    await this.#inTransaction(() => {
      this.#checkSession();
      const size = this.#headNow()?.size ?? 0;
      if (size !== batch.previousSize) {
        throw new CommitRefused('head_moved', `the head is at ${size}, the writer expected ${batch.previousSize}`);
      }
      batch.entries.forEach((entry, i) => {
        this.#putEntry(entry, entryRows[i]!);
      });
      for (const { table, key, value } of batch.rows) this.#rows.putSync(rowKey(table, key), buffer(value));
      this.#meta.putSync(HEAD_KEY, buffer(encodeHeadRow(batch.head)));
    });
  }

  /** An empty commit: LMDB syncs everything before it. */
  async sync(): Promise<void> {
    await this.#inTransaction(() => this.#meta.putSync(Buffer.from('synced'), Buffer.of(0)));
  }

  /** The environment belongs to the data directory, which closes it. */
  async close(): Promise<void> {}

  /** A child transaction. Where it failed, reads that follow see what the store holds now, not an older snapshot. */
  async #inTransaction(work: () => void): Promise<void> {
    try {
      await committed(this.#environment.childTransaction(work));
    } catch (error) {
      this.#environment.resetReadTxn();
      throw error;
    }
  }

  #headNow(): Head | undefined {
    const row = this.#meta.get(HEAD_KEY);
    return row === undefined ? undefined : decodeHeadRow(row);
  }

  /** Throws, and with it undoes the whole commit, where the index or the key is taken. */
  #putEntry(entry: StoredEntry, row: Buffer): void {
    const index = buffer(uint64(entry.index));
    // putSync is typed void by lmdb-js, but answers false where the option forbids the write.
    const appended: unknown = this.#entries.putSync(index, row, { append: true });
    if (appended === false) throw new CommitRefused('head_moved', `entry ${entry.index} is not the last one`);
    const kept: unknown = this.#keys.putSync(buffer(entry.key), Buffer.concat([index, entry.digest]), {
      noOverwrite: true,
    });
    if (kept === false) throw new CommitRefused('key_taken', `the key of entry ${entry.index} is in the log already`);
  }
}

function rowKey(table: string, key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${table}\0`), key]);
}

/** The same bytes as lmdb-js wants them. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
