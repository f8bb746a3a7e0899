/**
 * Bytes of an entry's row, in a checked table under its index.
 *
 *     version (1) = 1 ‖ tag (16) ‖ salt (16) ‖ key (32) ‖ digest (32) ‖ body
 *     version (1) = 2 ‖ tag (16) ‖ salt (16) ‖ key (32) ‖ digest (32) ‖ n (4) ‖ carried rows (n) ‖ body
 *
 * The first where the entry carries no rows.
 */
import { CorruptRow, type DerivedRow, type StoredEntry } from '@fractal/ledger';
import { decodeCarried, encodeCarried } from './carried-rows.ts';

const PLAIN = 1;
const WITH_CARRIED = 2;
const TAG_END = 17;
const SALT_END = 33;
const KEY_END = 65;
const DIGEST_END = 97;
/** Of the length of carried rows. */
const LENGTH_BYTES = 4;

export function encodeEntryRow(entry: StoredEntry): Uint8Array {
  const carried = entry.carried === undefined ? undefined : encodeCarried(entry.carried);
  const bodyStart = DIGEST_END + (carried === undefined ? 0 : LENGTH_BYTES + carried.length);
  const row = new Uint8Array(bodyStart + entry.body.length);
  row[0] = carried === undefined ? PLAIN : WITH_CARRIED;
  row.set(entry.tag, 1);
  row.set(entry.salt, TAG_END);
  row.set(entry.key, SALT_END);
  row.set(entry.digest, KEY_END);
  if (carried !== undefined) {
    new DataView(row.buffer).setUint32(DIGEST_END, carried.length);
    row.set(carried, DIGEST_END + LENGTH_BYTES);
  }
  row.set(entry.body, bodyStart);
  return row;
}

/** @throws CorruptRow when version or lengths are wrong, which no row has whose check was right */
export function decodeEntryRow(index: number, row: Uint8Array): StoredEntry {
  const version = row[0];
  if (row.length < DIGEST_END || (version !== PLAIN && version !== WITH_CARRIED)) {
    throw new CorruptRow(`rows/entries/${index}: ${row.length} bytes of version ${version ?? 'none'} are no entry row`);
  }
  const carried = version === PLAIN ? undefined : carriedIn(index, row.subarray(DIGEST_END));
  return {
    index,
    tag: row.slice(1, TAG_END),
    salt: row.slice(TAG_END, SALT_END),
    key: row.slice(SALT_END, KEY_END),
    digest: row.slice(KEY_END, DIGEST_END),
    body: row.slice(DIGEST_END + (carried?.bytes ?? 0)),
    ...(carried === undefined ? {} : { carried: carried.rows }),
  };
}

/** The carried rows at the start of `rest`, and how many bytes they and their length take. */
function carriedIn(index: number, rest: Uint8Array): { rows: DerivedRow[]; bytes: number } {
  const length = rest.length < LENGTH_BYTES ? -1 : new DataView(rest.buffer, rest.byteOffset).getUint32(0);
  const bytes = LENGTH_BYTES + length;
  const rows = length < 0 || bytes > rest.length ? undefined : decodeCarried(rest.subarray(LENGTH_BYTES, bytes));
  if (rows === undefined) throw new CorruptRow(`rows/entries/${index}: the rows it carries are unreadable`);
  return { rows, bytes };
}

/** Eight bytes, big endian: rows sort by index. */
export function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no index`);
  const bytes = new Uint8Array(8);
  // By halves of 32 bits: a BigInt and a view for it take ten times as long, several times an entry.
  const high = Math.floor(value / 2 ** 32);
  for (let i = 0; i < 4; i += 1) {
    bytes[i] = high >>> (24 - 8 * i);
    bytes[4 + i] = value >>> (24 - 8 * i);
  }
  return bytes;
}

/** Of the first eight bytes; exact up to 2^53 − 1. */
export function readUint64(bytes: Uint8Array): number {
  if (bytes.length < 8) throw new CorruptRow(`a row's key or value of ${bytes.length} bytes holds no index`);
  return readUint32(bytes, 0) * 2 ** 32 + readUint32(bytes, 4);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
