/**
 * Bytes of an entry's row. LMDB has no page checksums, so a row carries its own.
 *
 *     version (1) = 1 ‖ tag (16) ‖ salt (16) ‖ key (32) ‖ digest (32) ‖ body ‖ check (8)
 *
 * check = first 8 bytes of SHA-256(index as uint64 BE ‖ everything before it): a row moved to another index fails too.
 */
import { CorruptRow, type StoredEntry } from '@fractal/ledger';
import { concatBytes, equalBytes, sha256 } from '@fractal/tlog';

const VERSION = 1;
const TAG_END = 17;
const SALT_END = 33;
const KEY_END = 65;
const DIGEST_END = 97;
const CHECK_BYTES = 8;

export function encodeEntryRow(entry: StoredEntry): Uint8Array {
  const row = new Uint8Array(DIGEST_END + entry.body.length + CHECK_BYTES);
  row[0] = VERSION;
  row.set(entry.tag, 1);
  row.set(entry.salt, TAG_END);
  row.set(entry.key, SALT_END);
  row.set(entry.digest, KEY_END);
  row.set(entry.body, DIGEST_END);
  row.set(checkOf(entry.index, row.subarray(0, row.length - CHECK_BYTES)), row.length - CHECK_BYTES);
  return row;
}

/** @throws CorruptRow when version, length or checksum are wrong */
export function decodeEntryRow(index: number, row: Uint8Array): StoredEntry {
  if (row.length < DIGEST_END + CHECK_BYTES || row[0] !== VERSION) {
    throw new CorruptRow(`entry ${index}: ${row.length} bytes of version ${row[0] ?? 'none'} are no entry row`);
  }
  const end = row.length - CHECK_BYTES;
  if (!equalBytes(row.subarray(end), checkOf(index, row.subarray(0, end)))) {
    throw new CorruptRow(`entry ${index}: the checksum of its row is wrong`);
  }
  return {
    index,
    tag: row.slice(1, TAG_END),
    salt: row.slice(TAG_END, SALT_END),
    key: row.slice(SALT_END, KEY_END),
    digest: row.slice(KEY_END, DIGEST_END),
    body: row.slice(DIGEST_END, end),
  };
}

function checkOf(index: number, bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(uint64(index), bytes)).subarray(0, CHECK_BYTES);
}

/** Eight bytes, big endian: rows sort by index. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function readUint64(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
}
