/**
 * What followers keep, over KeyValue: port CursorStore of @fractal/ledger.
 *
 *     table "rows": follower ‖ 0x00 ‖ key → checked row (checked-row.ts)
 *
 * In a folder of its own, `DIR/followers`: its syncs are not those of the log's rows, a backup may leave it out, and
 * deleting it has every follower start from nothing. It is opened at the first use, and again after that failed, so no
 * start of a server depends on it.
 *
 * One commit is one transaction, in which the session is asked and the expected row compared. Clearing walks through the
 * follower's rows in one turn of the event loop: some microseconds a row.
 */
import { join } from 'node:path';
import { CursorMoved, type CursorStore, type FollowerCommit, type FollowerRow } from '@fractal/ledger';
import { concatBytes, equalBytes, utf8Encode } from '@fractal/tlog';
import { type Disk, realDisk } from '../disk/disk.ts';
import type { KeyValue, Table } from '../disk/key-value.ts';
import { makeFolder } from '../files/folders.ts';
import { decodeCheckedRow, encodeCheckedRow } from './checked-row.ts';

export interface FollowerStore extends CursorStore {
  close(): Promise<void>;
}

export interface FollowerStoreOptions {
  /** The data directory; rows lie in its folder `followers`. */
  readonly directory: string;
  /** Throws CommitRefused('session_lost') when another process opened the directory; called inside each transaction. */
  readonly checkSession: () => void;
  readonly disk?: Disk;
}

interface Opened {
  readonly keyValue: KeyValue;
  readonly table: Table;
}

/** Opens nothing yet. */
export function followerStore({ directory, checkSession, disk = realDisk }: FollowerStoreOptions): FollowerStore {
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    const folder = join(directory, 'followers');
    await makeFolder(folder, 0o700, disk.fileSystem);
    const keyValue = disk.openKeyValue({ folder, readOnly: false });
    const table = keyValue.table('rows');
    await disk.fileSystem.syncFolder(folder); // a transaction syncs the rows' file, not the file's name
    return { keyValue, table };
  }

  async function opened(): Promise<Opened> {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  return {
    async read(follower, key) {
      const { table } = await opened();
      return valueAt(table, rowKey(follower, key));
    },
    async list(follower, { prefix, after, limit }) {
      const { table } = await opened();
      const name = rowKey(follower, new Uint8Array(0));
      const first = concatBytes(name, prefix);
      const start = after === undefined ? first : concatBytes(name, after, Uint8Array.of(0));
      const rows: FollowerRow[] = [];
      for (const { key, value } of table.range({ start, ...endOf(first), limit })) {
        rows.push({ key: key.slice(name.length), value: decodeCheckedRow(key, value) });
      }
      return rows;
    },
    async commit(change) {
      const { keyValue, table } = await opened();
      await keyValue.transaction(() => {
        checkSession();
        write(table, change);
      });
    },
    async close() {
      if (opening !== undefined) await (await opening).keyValue.close();
    },
  };
}

function write(table: Table, { follower, expected, clear = false, writes }: FollowerCommit): void {
  if (expected !== undefined) {
    const value = valueAt(table, rowKey(follower, expected.key));
    if (!isSame(value, expected.value)) throw new CursorMoved(follower);
  }
  if (clear) {
    const start = rowKey(follower, new Uint8Array(0));
    const keys = Array.from(table.range({ start, ...endOf(start) }), ({ key }) => key.slice());
    for (const key of keys) table.remove(key);
  }
  for (const { key, value } of writes) {
    const place = rowKey(follower, key);
    if (value === undefined) table.remove(place);
    else table.put(place, encodeCheckedRow(place, value));
  }
}

function valueAt(table: Table, key: Uint8Array): Uint8Array | undefined {
  const row = table.get(key);
  return row === undefined ? undefined : decodeCheckedRow(key, row);
}

/** No name holds a zero byte. */
function rowKey(follower: string, key: Uint8Array): Uint8Array {
  return concatBytes(utf8Encode(follower), Uint8Array.of(0), key);
}

/** The first key after all that begin with these bytes. */
function endOf(prefix: Uint8Array): { end?: Uint8Array } {
  const end = prefix.slice();
  for (let at = end.length - 1; at >= 0; at--) {
    if (end[at]! === 0xff) continue;
    end[at]! += 1;
    return { end: end.subarray(0, at + 1) };
  }
  return {};
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
