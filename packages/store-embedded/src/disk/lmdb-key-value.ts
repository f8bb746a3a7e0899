/**
 * The port KeyValue over LMDB.
 *
 * Durable: the environment is opened with `overlappingSync: false`, so a transaction becomes visible, and its promise
 * resolves, after LMDB's commit, which syncs data pages before it writes the meta page through a synchronous descriptor.
 * With lmdb-js's default a commit can be read, and answered from, before it is synced: a kill -9 never shows the
 * difference, a power cut does (tests/fault-layer shows both). LMDB syncs its file, not the file's name: whoever opens
 * syncs the folder.
 * Atomic: each transaction is a child transaction of its own, so that one that throws leaves nothing.
 * Not checked: pages carry no checksums; what lies on the disk comes back as it lies there.
 */
import { type Database, open, type RootDatabase } from 'lmdb';
import { Commits } from './committed.ts';
import { asDamage } from './damaged-pages.ts';
import type { KeyValue, KeyValueRow, RowRange, Table } from './key-value.ts';
import { removeUnfinishedEnvironment, requireRoom } from './unfinished-environment.ts';

export interface LmdbOptions {
  /** Must be there, unless it is opened for writing. */
  readonly folder: string;
  readonly readOnly: boolean;
  /** New rows are not begun where there is no room for so many bytes. */
  readonly roomBytes?: number;
}

/** Four tables a log and generation, and room for those beside them. */
const TABLES_MAX = 512;

/**
 * A process that read the folder beside us (`log fsck`) and was killed leaves its slot in LMDB's table of readers, and
 * no page older than it is used again: without a look at that table the file grows by some 40 KB a commit, for good.
 */
const READERS_LOOK_MS = 5_000;

/** Of no table: what is read only to see whether anything can be read. */
const ANY_KEY = Buffer.of(0);

export function openLmdb({ folder, readOnly, roomBytes }: LmdbOptions): KeyValue {
  if (!readOnly) removeUnfinishedEnvironment(folder);
  if (!readOnly && roomBytes !== undefined) requireRoom(folder, roomBytes);
  return new LmdbKeyValue(
    open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      readOnly,
      maxDbs: TABLES_MAX,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false, // it makes a promise that nobody can hold: a failed commit would end the process
    }),
    readOnly,
  );
}

class LmdbKeyValue implements KeyValue {
  readonly #environment: RootDatabase<Buffer, Buffer>;
  readonly #commits: Commits;
  readonly #tables = new Map<string, Table>();
  readonly #readersLook: NodeJS.Timeout | undefined;

  constructor(environment: RootDatabase<Buffer, Buffer>, readOnly: boolean) {
    this.#environment = environment;
    // Where a commit failed, reads that follow see what the file holds now, not an older snapshot.
    this.#commits = new Commits(() => {
      environment.resetReadTxn();
      environment.get(ANY_KEY);
    });
    if (readOnly) return;
    this.#readersLook = setInterval(() => environment.readerCheck(), READERS_LOOK_MS);
    this.#readersLook.unref();
  }

  table(name: string): Table {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const encodings = { encoding: 'binary', keyEncoding: 'binary' } as const;
    const database = this.#opened(() => this.#environment.openDB<Buffer, Buffer>(name, encodings), name);
    // A read that met a damaged page leaves its transaction in an error: the next one gets a new one.
    const table = new LmdbTable(database, name, () => this.#environment.resetReadTxn());
    this.#tables.set(name, table);
    return table;
  }

  #opened<T>(open: () => T, name: string): T {
    try {
      return open();
    } catch (error) {
      throw asDamage(error, name);
    }
  }

  transaction<T>(work: () => T): Promise<T> {
    return this.#commits.run(() => this.#environment.childTransaction(work));
  }

  async close(): Promise<void> {
    clearInterval(this.#readersLook);
    await this.#commits.close(() => this.#environment.close());
  }
}

/** Writes are `putSync`: inside a transaction they take part in it; `put` would return a promise that nobody listens to. */
class LmdbTable implements Table {
  readonly #database: Database<Buffer, Buffer>;
  readonly #name: string;
  readonly #onFailedRead: () => void;

  constructor(database: Database<Buffer, Buffer>, name: string, onFailedRead: () => void) {
    this.#database = database;
    this.#name = name;
    this.#onFailedRead = onFailedRead;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.#database.get(buffer(key));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  *range({ start, end, limit }: RowRange): Iterable<KeyValueRow> {
    try {
      yield* this.#database.getRange({
        ...(start === undefined ? {} : { start: buffer(start) }),
        ...(end === undefined ? {} : { end: buffer(end) }),
        ...(limit === undefined ? {} : { limit }),
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): unknown {
    this.#onFailedRead();
    return asDamage(error, this.#name);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#database.putSync(buffer(key), buffer(value));
  }

  putNew(key: Uint8Array, value: Uint8Array): boolean {
    return isWritten(this.#database.putSync(buffer(key), buffer(value), { noOverwrite: true }));
  }

  putLast(key: Uint8Array, value: Uint8Array): boolean {
    return isWritten(this.#database.putSync(buffer(key), buffer(value), { append: true }));
  }

  remove(key: Uint8Array): void {
    this.#database.removeSync(buffer(key));
  }
}

/** putSync is typed void by lmdb-js, but answers false where the option forbids the write. */
function isWritten(answer: unknown): boolean {
  return answer !== false;
}

/** The same bytes as lmdb-js wants them. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
