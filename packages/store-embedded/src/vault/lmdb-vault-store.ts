/**
 * The vault's rows in an LMDB environment of their own, so that its syncs and those of the log's rows go side by side.
 * Tables: `keys` (address → key row), `contents` (address → ciphertext), `due` and `unsettled` (by time), `owed`.
 *
 * Durable: `overlappingSync: false`. lmdb-js then begins its write transactions without MDB_NOSYNC, and LMDB's commit
 * (mdb.c, mdb_txn_commit) writes the data pages, calls fdatasync, and only then writes the meta page through a
 * descriptor opened O_DSYNC; the promise resolves after that commit has returned. With its default a commit can be read before it is synced.
 * Group commit: inserts that come while a commit is under way share the next one, on lmdb-js's own thread.
 * Compare-and-set changes run as child transactions on the event loop: they are the rare ones.
 * A failed commit (disk full) rejects what was in it and nothing else, hence `eventTurnBatching: false`: with it, lmdb-js
 * makes a promise for the turn that no one can hold, and its rejection would end the process.
 *
 * Freed pages keep old ciphertext and old wrapped keys until they are used again: what makes them worthless is the
 * rotation of the tenant key, not this file. Not checked here: what the bytes of a row mean.
 */
import {
  type ContentAddress,
  type DueContent,
  type Erasure,
  type KeyReplacement,
  type OwedRotation,
  type StoredKeyRow,
  type UnsettledContent,
  VaultError,
  type VaultInsert,
  type VaultStore,
} from '@fractal/vault';
import { type Database, open, type RootDatabase } from 'lmdb';
import { Commits, isStoreLost } from '../disk/committed.ts';
import { removeUnfinishedEnvironment } from '../disk/unfinished-environment.ts';
import { makeFolder, syncFolder } from '../files/folders.ts';
import { addressKey, addressOf, tenantRange, timeBound, timedKey, timedOf } from './address-key.ts';
import { decodeOwed, encodeOwed } from './owed-row.ts';

export interface VaultStoreOptions {
  /** Made (mode 0700) where it is missing. */
  readonly folder: string;
  /** Told when nothing can be written until the vault is opened again: a write of LMDB's meta page failed. */
  readonly onLost?: (error: unknown) => void;
}

type Table = Database<Buffer, Buffer>;

/** Value of a row whose key says all. */
const PRESENT = Buffer.of(0);

/** What a reader that was killed pins is let go: see disk/lmdb-key-value.ts. */
const READERS_LOOK_MS = 5_000;

export function openVaultStore(options: VaultStoreOptions): Promise<VaultStore> {
  return openStore(options);
}

/** The vault of a process that may be writing it, for reading beside it. */
export function openVaultReader({ folder }: VaultStoreOptions): VaultReader {
  return new LmdbVaultStore(openEnvironment(folder, true));
}

/** A vault that is being filled from a backup; nobody else has it open. */
export function openVaultLoader(options: VaultStoreOptions): Promise<VaultLoader> {
  return openStore(options);
}

export type VaultReader = Pick<VaultStore, 'read' | 'readKey' | 'listKeys' | 'listOwed' | 'close'>;

/** A row as it was, erased ones included. */
export interface LoadedRow {
  readonly address: ContentAddress;
  readonly keyRow: Uint8Array;
  readonly content: Uint8Array | undefined;
  readonly retainUntilMs: number | undefined;
  /** Listed by `listUnsettled` as of this time; absent: a body is known to be committed. */
  readonly unsettledMs: number | undefined;
}

export interface VaultLoader {
  /** One transaction, durable when it resolves; over what is there. */
  load(rows: readonly LoadedRow[]): Promise<void>;
  loadOwed(owed: readonly OwedRotation[]): Promise<void>;
  readKey(address: ContentAddress): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

async function openStore({ folder, onLost }: VaultStoreOptions): Promise<LmdbVaultStore> {
  await makeFolder(folder, 0o700);
  removeUnfinishedEnvironment(folder);
  const environment = openEnvironment(folder, false);
  const readersLook = setInterval(() => environment.readerCheck(), READERS_LOOK_MS);
  readersLook.unref();
  const store = new LmdbVaultStore(environment, readersLook, onLost);
  await syncFolder(folder);
  return store;
}

function openEnvironment(folder: string, readOnly: boolean): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    path: folder,
    noSubdir: false,
    readOnly,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false,
  });
}

class LmdbVaultStore implements VaultStore, VaultLoader {
  readonly #environment: RootDatabase<Buffer, Buffer>;
  readonly #keys: Table;
  readonly #contents: Table;
  readonly #due: Table;
  readonly #unsettled: Table;
  readonly #owed: Table;

  readonly #readersLook: NodeJS.Timeout | undefined;
  readonly #commits: Commits;
  readonly #onLost: ((error: unknown) => void) | undefined;

  constructor(
    environment: RootDatabase<Buffer, Buffer>,
    readersLook?: NodeJS.Timeout,
    onLost?: (error: unknown) => void,
  ) {
    this.#readersLook = readersLook;
    const table = (name: string): Table => environment.openDB(name, { encoding: 'binary', keyEncoding: 'binary' });
    this.#environment = environment;
    this.#onLost = onLost;
    this.#commits = new Commits(() => {
      environment.resetReadTxn();
      environment.get(PRESENT);
    });
    this.#keys = table('keys');
    this.#contents = table('contents');
    this.#due = table('due');
    this.#unsettled = table('unsettled');
    this.#owed = table('owed');
  }

  insert({ address, keyRow, content, storedMs, retainUntilMs }: VaultInsert): Promise<boolean> {
    const key = addressKey(address);
    return this.#committed(() =>
      this.#keys.ifNoExists(key, () => {
        this.#keys.put(key, buffer(keyRow));
        this.#contents.put(key, buffer(content));
        this.#unsettled.put(timedKey(storedMs, key), PRESENT);
        if (retainUntilMs !== undefined) this.#due.put(timedKey(retainUntilMs, key), PRESENT);
      }),
    );
  }

  async read(address: ContentAddress): Promise<{ keyRow: Uint8Array; content?: Uint8Array } | undefined> {
    const key = addressKey(address);
    const transaction = this.#environment.useReadTransaction();
    try {
      const keyRow = this.#keys.get(key, { transaction });
      if (keyRow === undefined) return undefined;
      const content = this.#contents.get(key, { transaction });
      return { keyRow: plain(keyRow), ...(content === undefined ? {} : { content: plain(content) }) };
    } finally {
      transaction.done();
    }
  }

  async readKey(address: ContentAddress): Promise<Uint8Array | undefined> {
    const keyRow = this.#keys.get(addressKey(address));
    return keyRow === undefined ? undefined : plain(keyRow);
  }

  replaceKeys(changes: readonly KeyReplacement[]): Promise<readonly boolean[]> {
    return this.#inTransaction(() =>
      changes.map(({ address, expected, next, storedMs }) => {
        const key = addressKey(address);
        if (!this.#holds(key, expected)) return false;
        this.#keys.put(key, buffer(next));
        if (storedMs !== undefined) this.#unsettled.put(timedKey(storedMs, key), PRESENT);
        return true;
      }),
    );
  }

  erase(changes: readonly Erasure[], erasedMs: number): Promise<readonly boolean[]> {
    return this.#inTransaction(() => changes.map((change) => this.#eraseOne(change, erasedMs)));
  }

  async listKeys(query: {
    readonly tenant?: string;
    readonly after?: ContentAddress;
    readonly limit: number;
  }): Promise<readonly StoredKeyRow[]> {
    const range = tenantRange(query.tenant);
    const start = query.after === undefined ? range.start : behind(addressKey(query.after));
    return Array.from(this.#keys.getRange({ start, end: range.end, limit: query.limit }), ({ key, value }) => ({
      address: addressOf(key),
      keyRow: plain(value),
    }));
  }

  async listDue({ nowMs, limit }: { nowMs: number; limit: number }): Promise<readonly DueContent[]> {
    return Array.from(this.#due.getKeys({ end: timeBound(nowMs + 1), limit }), (key) => {
      const { ms, address } = timedOf(key);
      return { address, retainUntilMs: ms };
    });
  }

  async listUnsettled(query: {
    readonly beforeMs: number;
    readonly after?: UnsettledContent;
    readonly limit: number;
  }): Promise<readonly UnsettledContent[]> {
    const { after, beforeMs, limit } = query;
    const start = after === undefined ? Buffer.of(0) : behind(timedKey(after.storedMs, addressKey(after.address)));
    return Array.from(this.#unsettled.getKeys({ start, end: timeBound(beforeMs), limit }), (key) => {
      const { ms, address } = timedOf(key);
      return { address, storedMs: ms };
    });
  }

  async settle(contents: readonly UnsettledContent[]): Promise<void> {
    if (contents.length === 0) return;
    await this.#inTransaction(() => {
      for (const { address, storedMs } of contents) this.#unsettled.remove(timedKey(storedMs, addressKey(address)));
    });
  }

  async listOwed(): Promise<readonly OwedRotation[]> {
    return Array.from(this.#owed.getRange({}), ({ key, value }) => decodeOwed(key.toString('latin1'), value));
  }

  async settleOwed(tenant: string, count: number): Promise<void> {
    await this.#inTransaction(() => {
      const owed = this.#owedBy(tenant);
      if (owed === undefined) return;
      const key = Buffer.from(tenant);
      if (owed.count <= count) this.#owed.remove(key);
      else this.#owed.put(key, encodeOwed({ ...owed, count: owed.count - count }));
    });
  }

  async load(rows: readonly LoadedRow[]): Promise<void> {
    await this.#inTransaction(() => {
      for (const { address, keyRow, content, retainUntilMs, unsettledMs } of rows) {
        const key = addressKey(address);
        this.#keys.putSync(key, buffer(keyRow));
        if (content !== undefined) this.#contents.putSync(key, buffer(content));
        if (retainUntilMs !== undefined) this.#due.putSync(timedKey(retainUntilMs, key), PRESENT);
        if (unsettledMs !== undefined) this.#unsettled.putSync(timedKey(unsettledMs, key), PRESENT);
      }
    });
  }

  async loadOwed(owed: readonly OwedRotation[]): Promise<void> {
    await this.#inTransaction(() => {
      for (const each of owed) this.#owed.putSync(Buffer.from(each.tenant), encodeOwed(each));
    });
  }

  /** Waits for transactions under way. */
  async close(): Promise<void> {
    clearInterval(this.#readersLook);
    await this.#commits.close(() => this.#environment.close());
  }

  #eraseOne({ address, expected, tombstone, retainUntilMs }: Erasure, erasedMs: number): boolean {
    const key = addressKey(address);
    if (!this.#holds(key, expected)) return false;
    if (tombstone === undefined) this.#keys.remove(key);
    else this.#keys.put(key, buffer(tombstone));
    this.#contents.remove(key);
    if (retainUntilMs !== undefined) this.#due.remove(timedKey(retainUntilMs, key));
    const { tenant } = address;
    const owed = this.#owedBy(tenant) ?? { tenant, sinceMs: erasedMs, count: 0 };
    this.#owed.put(Buffer.from(tenant), encodeOwed({ ...owed, count: owed.count + 1 }));
    return true;
  }

  #holds(key: Buffer, expected: Uint8Array): boolean {
    return this.#keys.get(key)?.equals(expected) === true;
  }

  #owedBy(tenant: string): OwedRotation | undefined {
    const row = this.#owed.get(Buffer.from(tenant));
    return row === undefined ? undefined : decodeOwed(tenant, row);
  }

  /** A child transaction, so that one that throws leaves nothing of itself. */
  #inTransaction<T>(work: () => T): Promise<T> {
    return this.#committed(() => this.#environment.childTransaction(work));
  }

  async #committed<T>(start: () => Promise<T>): Promise<T> {
    try {
      return await this.#commits.run(start);
    } catch (cause) {
      if (isStoreLost(cause)) this.#onLost?.(cause);
      throw new VaultError('vault_write_failed', 'the vault could not be written', { cause });
    }
  }
}

/** The least key after `key`. */
function behind(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)]);
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function plain(value: Buffer): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
