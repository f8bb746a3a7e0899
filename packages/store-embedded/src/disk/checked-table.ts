/**
 * A table whose rows carry their own checksum: LMDB has none for its pages, and a damaged row must be named, not served.
 *
 *     row = value ‖ check (4)        check = CRC-32(key length (1) ‖ key ‖ table ‖ value), big endian
 *
 * The check covers table and key: a row moved to another key or table, or one whose key was damaged, fails too. CRC-32 sees
 * every change of up to 32 bits in a row, and all but one in four billion of larger ones; it costs a third of a microsecond.
 * Not covered: a row that is gone, and one that is back in an older version of itself. Not a signature: whoever owns the
 * rows can make checks; what the log commits to is proven by its leaves.
 */
import { crc32 } from 'node:zlib';
import { CorruptRow } from '@fractal/ledger';
import type { KeyValue, KeyValueRow, RowRange, Table } from './key-value.ts';

const CHECK_BYTES = 4;

/** Every read throws CorruptRow for a row whose check is wrong; `rowName` is how it is named (default: table and key). */
export function checkedTable(keyValue: KeyValue, name: string, rowName?: (key: Uint8Array) => string): Table {
  const table = keyValue.table(name);
  const open = (key: Uint8Array, row: Uint8Array): Uint8Array => {
    const value = openRow(name, key, row);
    if (value === undefined)
      throw new CorruptRow(`${rowName?.(key) ?? rowNameOf(name, key)} is damaged: its check is wrong`);
    return value;
  };
  return {
    get(key) {
      const row = table.get(key);
      return row === undefined ? undefined : open(key, row);
    },
    *range(bounds: RowRange): Iterable<KeyValueRow> {
      for (const { key, value } of table.range(bounds)) yield { key, value: open(key, value) };
    },
    put: (key, value) => table.put(key, sealRow(name, key, value)),
    putNew: (key, value) => table.putNew(key, sealRow(name, key, value)),
    putLast: (key, value) => table.putLast(key, sealRow(name, key, value)),
    remove: (key) => table.remove(key),
  };
}

/** Bytes of the row: the value and its check. Keys have at most 255 bytes here. */
export function sealRow(table: string, key: Uint8Array, value: Uint8Array): Uint8Array {
  const row = Buffer.allocUnsafe(value.length + CHECK_BYTES);
  row.set(value);
  row.writeUInt32BE(checkOf(table, key, value), value.length);
  return row;
}

/** The value of a row, undefined where its check is wrong. */
export function openRow(table: string, key: Uint8Array, row: Uint8Array): Uint8Array | undefined {
  const end = row.length - CHECK_BYTES;
  if (end < 0) return undefined;
  const value = row.subarray(0, end);
  const check = new DataView(row.buffer, row.byteOffset + end, CHECK_BYTES).getUint32(0);
  return checkOf(table, key, value) === check ? value : undefined;
}

function rowNameOf(table: string, key: Uint8Array): string {
  return `rows/${table}/${Buffer.from(key).toString('hex')}`;
}

function checkOf(table: string, key: Uint8Array, value: Uint8Array): number {
  const ofKey = crc32(key, crc32(Uint8Array.of(key.length)));
  return crc32(value, crc32(table, ofKey));
}
