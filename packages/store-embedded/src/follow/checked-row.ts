/**
 * Bytes of a follower's row. LMDB has no page checksums, so a row carries its own.
 *
 *     version (1) = 1 ‖ value ‖ check (8)
 *
 * check = first 8 bytes of SHA-256(the row's key ‖ everything before it): a row under another key fails too.
 */
import { CorruptRow } from '@fractal/ledger';
import { concatBytes, equalBytes, sha256 } from '@fractal/tlog';

const VERSION = 1;
const CHECK_BYTES = 8;

export function encodeCheckedRow(key: Uint8Array, value: Uint8Array): Uint8Array {
  const row = concatBytes(Uint8Array.of(VERSION), value);
  return concatBytes(row, checkOf(key, row));
}

/** @throws CorruptRow when version, length or checksum are wrong */
export function decodeCheckedRow(key: Uint8Array, row: Uint8Array): Uint8Array {
  const end = row.length - CHECK_BYTES;
  const isWhole = end >= 1 && row[0] === VERSION && equalBytes(row.subarray(end), checkOf(key, row.subarray(0, end)));
  if (!isWhole) throw new CorruptRow('a row of a follower is damaged');
  return row.slice(1, end);
}

function checkOf(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(key, bytes)).subarray(0, CHECK_BYTES);
}
