/** The port RepairableRows over KeyValue: the tables of log-rows.ts, whose damaged rows are seen and replaced. */
import type { DamagedRow, DerivedRow, Head, KeyPair, KeyScan, RepairableRows, StoredEntry } from '@fractal/ledger';
import { openRow } from '../disk/checked-table.ts';
import type { Table } from '../disk/key-value.ts';
import { encodeEntryRow, readUint64, uint64 } from './entry-row.ts';
import { encodeHeadRow } from './head-row.ts';
import { mendKeyTree, type ScannedKeys, scanKeyTree } from './key-scan.ts';
import { KeyTree } from './key-tree.ts';
import { derivedRowName, HEAD_KEY, type LogRowsOptions, openTables, rowKey, rowKeyHash } from './log-rows.ts';

/** Bounds of the key of an entry row that is looked for: indices are below 2^53. */
const INDEX_END = 2 ** 53;

export function repairRows(options: LogRowsOptions): RepairableRows {
  const { keyValue, log, checkSession } = options;
  const tables = openTables(options);
  const raw = {
    keys: keyValue.table(`${log}/keys`),
    entries: keyValue.table(`${log}/entries`),
    rowKeys: keyValue.table(`${log}/row-keys`),
  };
  const rawRows: Table = keyValue.table(`${log}/rows`);
  let scanned: ScannedKeys | undefined;
  const scanRowKeys = (): ScannedKeys => scanKeyTree(tables.rowKeys, raw.rowKeys, endOf(raw.entries) === 0, 'row-keys');

  const write = (work: () => void): Promise<void> =>
    keyValue.transaction(() => {
      checkSession();
      work();
    });

  const strays = (from: number): Uint8Array[] =>
    Array.from(raw.entries.range({ start: uint64(from) }))
      .filter(({ key, value }) => openRow(`${log}/entries`, key, value) === undefined)
      .map(({ key }) => key.slice());

  return {
    entriesEnd: async () => endOf(raw.entries),
    putEntry: (entry: StoredEntry) => write(() => tables.entries.put(uint64(entry.index), encodeEntryRow(entry))),
    strayEntries: async (from) => strays(from).map((key) => `rows/entries/${readUint64(key)}`),
    removeStrayEntries: (from) =>
      write(() => {
        for (const key of strays(from)) raw.entries.remove(key);
      }),
    putHead: (head: Head) => write(() => tables.meta.put(HEAD_KEY, encodeHeadRow(head))),
    async scanKeys(): Promise<KeyScan> {
      scanned = scanKeyTree(tables.keys, raw.keys, endOf(raw.entries) === 0);
      return scanned;
    },
    async mendKeys(lost: readonly KeyPair[], missing: readonly KeyPair[]): Promise<void> {
      const scan = scanned ?? scanKeyTree(tables.keys, raw.keys, endOf(raw.entries) === 0);
      await write(() => {
        mendKeyTree(tables.keys, scan, lost);
        const tree = new KeyTree(tables.keys, () => false);
        for (const pair of missing) if (tree.find(pair.key) === undefined) tree.insert([pair]);
      });
      scanned = undefined;
    },
    async damagedRows(): Promise<readonly DamagedRow[]> {
      const damaged: DamagedRow[] = [];
      for (const { key, value } of rawRows.range({})) {
        if (openRow(`${log}/rows`, key, value) !== undefined) continue;
        damaged.push({ name: derivedRowName(key), rowKey: key.slice() });
      }
      return damaged;
    },
    async scanRowKeys() {
      const { damaged, count } = scanRowKeys();
      let rows = 0;
      for (const _ of rawRows.range({})) rows += 1;
      return { damaged, goneRows: damaged.length > 0 ? 0 : Math.max(0, count - rows) };
    },
    mendRowKeys: () =>
      write(() => {
        const scan = scanRowKeys();
        const pairs = Array.from(rawRows.range({}), ({ key }) => ({ key: rowKeyHash(key), index: 0 }));
        mendKeyTree(
          tables.rowKeys,
          scan,
          pairs.filter(({ key }) => scan.isLost(key)),
        );
        const tree = new KeyTree(tables.rowKeys, () => false);
        for (const pair of pairs) if (tree.find(pair.key) === undefined) tree.insert([pair]);
      }),
    putRow: ({ table, key, value }: DerivedRow) => write(() => tables.rows.put(rowKey(table, key), value)),
    removeRow: (row: DamagedRow) => write(() => tables.rows.remove(row.rowKey)),
  };
}

/** One past the largest index, found by halving: tables are walked forwards only. */
function endOf(entries: Table): number {
  const nextFrom = (index: number): number | undefined => {
    const [row] = entries.range({ start: uint64(index), limit: 1 });
    return row === undefined ? undefined : readUint64(row.key);
  };
  let low = nextFrom(0);
  if (low === undefined) return 0;
  let high = INDEX_END;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const found = nextFrom(middle);
    if (found === undefined) high = middle;
    else low = found;
  }
  return low + 1;
}
