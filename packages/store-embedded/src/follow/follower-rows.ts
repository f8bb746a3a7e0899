/**
 * What followers keep, over KeyValue: port CursorStore of @fractal/ledger.
 *
 *     table "rows": follower ‖ 0x00 ‖ key → checked row (disk/checked-table.ts)
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
import { checkedTable } from '../disk/checked-table.ts';
import { type Disk, realDisk } from '../disk/disk.ts';
import type { KeyValue, Table } from '../disk/key-value.ts';
import { makeFolder } from '../files/folders.ts';

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

const TABLE = 'rows';

/** Opened while the server answers: it must not be begun on a full disk, which would end the process. */
const ROOM_BYTES = 256 * 1_024;

interface Opened {
  readonly keyValue: KeyValue;
  readonly table: Table;
  /** The same table with the rows as they lie there, damaged ones too: to clear them. */
  readonly unchecked: Table;
}

/** Opens nothing yet. */
export function followerStore({ directory, checkSession, disk = realDisk }: FollowerStoreOptions): FollowerStore {
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    const folder = join(directory, 'followers');
    await makeFolder(folder, 0o700, disk.fileSystem);
    const keyValue = disk.openKeyValue({ folder, readOnly: false, roomBytes: ROOM_BYTES });
    const unchecked = keyValue.table(TABLE);
    const table = checkedTable(keyValue, TABLE, () => 'a row of a follower');
    await disk.fileSystem.syncFolder(folder); // a transaction syncs the rows' file, not the file's name
    return { keyValue, table, unchecked };
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
      return table.get(rowKey(follower, key))?.slice();
    },
    async list(follower, { prefix, after, limit }) {
      const { table } = await opened();
      const name = rowKey(follower, new Uint8Array(0));
      const first = concatBytes(name, prefix);
      const start = after === undefined ? first : concatBytes(name, after, Uint8Array.of(0));
      const rows: FollowerRow[] = [];
      for (const { key, value } of table.range({ start, ...endOf(first), limit })) {
        rows.push({ key: key.slice(name.length), value: value.slice() });
      }
      return rows;
    },
    async commit(change) {
      const { keyValue, ...tables } = await opened();
      await keyValue.transaction(() => {
        checkSession();
        write(tables, change);
      });
    },
    async close() {
      if (opening !== undefined) await (await opening).keyValue.close();
    },
  };
}

function write({ table, unchecked }: Omit<Opened, 'keyValue'>, change: FollowerCommit): void {
  const { follower, expected, clear = false, writes } = change;
  if (expected !== undefined && !isSame(table.get(rowKey(follower, expected.key)), expected.value)) {
    throw new CursorMoved(follower);
  }
  if (clear) {
    const start = rowKey(follower, new Uint8Array(0));
    const keys = Array.from(unchecked.range({ start, ...endOf(start) }), ({ key }) => key.slice());
    for (const key of keys) table.remove(key);
  }
  for (const { key, value } of writes) {
    const place = rowKey(follower, key);
    if (value === undefined) table.remove(place);
    else table.put(place, value);
  }
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
