/**
 * Bytes of the head row.
 *
 *     version (1) = 1 ‖ size (8) ‖ time in ms (8) ‖ range (32 each) ‖ check (8)
 */
import { CorruptRow, type Head } from '@fractal/ledger';
import { concatBytes, equalBytes, sha256 } from '@fractal/tlog';
import { readUint64, uint64 } from './entry-row.ts';

const VERSION = 1;
const RANGE_START = 17;
const HASH_BYTES = 32;
const CHECK_BYTES = 8;

export function encodeHeadRow(head: Head): Uint8Array {
  const row = concatBytes(Uint8Array.of(VERSION), uint64(head.size), uint64(head.timeMs), ...head.range);
  return concatBytes(row, sha256(row).subarray(0, CHECK_BYTES));
}

/** @throws CorruptRow */
export function decodeHeadRow(row: Uint8Array): Head {
  const end = row.length - CHECK_BYTES;
  const whole = end >= RANGE_START && row[0] === VERSION && (end - RANGE_START) % HASH_BYTES === 0;
  if (!whole || !equalBytes(row.subarray(end), sha256(row.subarray(0, end)).subarray(0, CHECK_BYTES))) {
    throw new CorruptRow('the head row is damaged');
  }
  const range: Uint8Array[] = [];
  for (let at = RANGE_START; at < end; at += HASH_BYTES) range.push(row.slice(at, at + HASH_BYTES));
  return { size: readUint64(row.subarray(1, 9)), timeMs: readUint64(row.subarray(9, 17)), range };
}
