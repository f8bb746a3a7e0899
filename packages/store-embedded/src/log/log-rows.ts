/**
 * Rows of a log over KeyValue: entries, keys, derived rows and the head, committed in one transaction.
 *
 *     <log>/meta      head → head row
 *     <log>/entries   index (uint64 BE) → entry row
 *     <log>/keys      the tree of keys (key-tree.ts)
 *     <log>/rows      table ‖ 0x00 ‖ key → value
 *     <log>/row-keys  a tree of keys too: SHA-256(table ‖ 0x00 ‖ key) of every row there, so that one that is gone is noticed
 *
 * All are checked tables (disk/checked-table.ts): a damaged row is named, never served.
 * Session: every commit asks `checkSession` inside its transaction, so that whoever was taken over from writes nothing.
 * What durable and atomic rest on is the port's: disk/key-value.ts, disk/lmdb-key-value.ts.
 */

import { hash } from 'node:crypto';
import {
  type CommitBatch,
  CommitRefused,
  CorruptRow,
  type Head,
  type LogStore,
  type StoredEntry,
} from '@fractal/ledger';
import { checkedTable } from '../disk/checked-table.ts';
import type { KeyValue, Table } from '../disk/key-value.ts';
import { decodeEntryRow, encodeEntryRow, readUint64, uint64 } from './entry-row.ts';
import { decodeHeadRow, encodeHeadRow } from './head-row.ts';
import { KeyTree, nodeName } from './key-tree.ts';

export const HEAD_KEY = Buffer.from('head');
const SYNCED_KEY = Buffer.from('synced');

export interface LogRowsOptions {
  readonly keyValue: KeyValue;
  /** Prefix of this log's tables. */
  readonly log: string;
  /** Throws CommitRefused('session_lost') when another process opened the directory; called inside each transaction. */
  readonly checkSession: () => void;
}

/** The checked tables of a log. */
export function openTables({ keyValue, log }: Pick<LogRowsOptions, 'keyValue' | 'log'>) {
  return {
    meta: checkedTable(keyValue, `${log}/meta`, (key) => `rows/${Buffer.from(key).toString('utf8')}`),
    entries: checkedTable(keyValue, `${log}/entries`, (key) => `rows/entries/${readUint64(key)}`),
    keys: checkedTable(keyValue, `${log}/keys`, nodeName),
    rows: checkedTable(keyValue, `${log}/rows`, derivedRowName),
    rowKeys: checkedTable(keyValue, `${log}/row-keys`, (key) => nodeName(key, 'row-keys')),
  };
}

export class LogRows implements LogStore {
  readonly #keyValue: KeyValue;
  readonly #checkSession: () => void;
  readonly #meta: Table;
  readonly #entries: Table;
  readonly #keys: KeyTree;
  readonly #rows: Table;
  readonly #rowKeys: KeyTree;

  constructor({ keyValue, log, checkSession }: LogRowsOptions) {
    this.#keyValue = keyValue;
    this.#checkSession = checkSession;
    const tables = openTables({ keyValue, log });
    this.#meta = tables.meta;
    this.#entries = tables.entries;
    this.#keys = new KeyTree(tables.keys, () => (this.#headNow()?.size ?? 0) === 0);
    this.#rows = tables.rows;
    this.#rowKeys = new KeyTree(tables.rowKeys, () => (this.#headNow()?.size ?? 0) === 0);
  }

  async readHead(): Promise<Head | undefined> {
    return this.#headNow();
  }

  async readKey(key: Uint8Array): Promise<{ index: number } | undefined> {
    const index = this.#keys.find(key);
    return index === undefined ? undefined : { index };
  }

  async readEntry(index: number): Promise<StoredEntry | undefined> {
    const row = this.#entries.get(uint64(index));
    return row === undefined ? undefined : decodeEntryRow(index, row);
  }

  async readEntries(from: number, to: number): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = [];
    for (const { key, value } of this.#entries.range({ start: uint64(from), end: uint64(to) })) {
      const index = readUint64(key);
      if (index !== from + entries.length) break; // a hole: the caller sees fewer entries than it asked for
      entries.push(decodeEntryRow(index, value));
    }
    return entries;
  }

  async readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = this.#rows.get(rowKey(table, key));
    if (value === undefined && this.#rowKeys.find(rowKeyHash(rowKey(table, key))) !== undefined) {
      throw new CorruptRow(`${derivedRowName(rowKey(table, key))} is missing`);
    }
    return value;
  }

  async listRows(
    table: string,
    limit: number,
    after?: Uint8Array,
  ): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    const prefix = Buffer.from(`${table}\0`);
    const start = after === undefined ? prefix : Buffer.concat([rowKey(table, after), Buffer.of(0)]);
    const end = Buffer.from(`${table}\u0001`);
    return Array.from(this.#rows.range({ start, end, limit }), ({ key, value }) => ({
      key: key.subarray(prefix.length),
      value,
    }));
  }

  async commit(batch: CommitBatch): Promise<void> {
    const entryRows = batch.entries.map(encodeEntryRow);
    await this.#keyValue.transaction(() => {
      this.#checkSession();
      const size = this.#headNow()?.size ?? 0;
      if (size !== batch.previousSize) {
        throw new CommitRefused('head_moved', `the head is at ${size}, the writer expected ${batch.previousSize}`);
      }
      const taken = this.#keys.insert(batch.entries);
      if (taken !== undefined) {
        throw new CommitRefused('key_taken', `the key of entry ${taken.index} is in the log already`);
      }
      batch.entries.forEach(({ index }, i) => {
        if (this.#entries.putLast(uint64(index), entryRows[i]!)) return;
        throw new CommitRefused('head_moved', `entry ${index} is not the last one`);
      });
      if (batch.previousSize === 0) this.#rowKeys.begin();
      for (const { table, key, value } of batch.rows) putDerived(this.#rows, this.#rowKeys, rowKey(table, key), value);
      this.#meta.put(HEAD_KEY, encodeHeadRow(batch.head));
    });
  }

  /** A commit that says nothing: all that was visible before it is durable after it. */
  sync(): Promise<void> {
    return this.#keyValue.transaction(() => {
      this.#checkSession();
      this.#meta.put(SYNCED_KEY, Buffer.of(0));
    });
  }

  /** The rows belong to the data directory, which closes it. */
  async close(): Promise<void> {}

  #headNow(): Head | undefined {
    const row = this.#meta.get(HEAD_KEY);
    if (row !== undefined) return decodeHeadRow(row);
    // Not an empty log: taken for one it would be closed for good, as rows from the past.
    for (const _ of this.#entries.range({ limit: 1 }))
      throw new CorruptRow('rows/head is missing, though there are entries');
    return undefined;
  }
}

/** Inside a transaction: a derived row, and that it is there. */
export function putDerived(rows: Table, rowKeys: KeyTree, key: Uint8Array, value: Uint8Array): void {
  const pair = { key: rowKeyHash(key), index: 0 };
  if (rowKeys.find(pair.key) === undefined) rowKeys.insert([pair]);
  rows.put(key, value);
}

export function rowKeyHash(key: Uint8Array): Uint8Array {
  return hash('sha256', key, 'buffer');
}

export function rowKey(table: string, key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${table}\0`), key]);
}

export function derivedRowName(rowKey: Uint8Array): string {
  const key = Buffer.from(rowKey);
  const split = key.indexOf(0);
  return `rows/${key.toString('utf8', 0, split)}/${key.toString('hex', split + 1)}`;
}
