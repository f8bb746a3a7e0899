/**
 * Bytes of the head row, in a checked table.
 *
 *     version (1) = 1 ‖ size (8) ‖ time in ms (8) ‖ range (32 each)
 */
import { CorruptRow, type Head } from '@fractal/ledger';
import { concatBytes } from '@fractal/tlog';
import { readUint64, uint64 } from './entry-row.ts';

const VERSION = 1;
const RANGE_START = 17;
const HASH_BYTES = 32;

export function encodeHeadRow(head: Head): Uint8Array {
  return concatBytes(Uint8Array.of(VERSION), uint64(head.size), uint64(head.timeMs), ...head.range);
}

/** @throws CorruptRow for bytes that are no head row, which no row has whose check was right */
export function decodeHeadRow(row: Uint8Array): Head {
  const end = row.length;
  const whole = end >= RANGE_START && row[0] === VERSION && (end - RANGE_START) % HASH_BYTES === 0;
  if (!whole) throw new CorruptRow('rows/head is damaged: it is no head row');
  const range: Uint8Array[] = [];
  for (let at = RANGE_START; at < end; at += HASH_BYTES) range.push(row.slice(at, at + HASH_BYTES));
  return { size: readUint64(row.subarray(1, 9)), timeMs: readUint64(row.subarray(9, 17)), range };
}
