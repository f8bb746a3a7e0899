/**
 * Bytes of an entry in a segment (spec/backup.md), whatever its row looks like in the data directory.
 *
 *     index (8) ‖ tag (16) ‖ salt (16) ‖ key (32) ‖ digest (32) ‖ n (4) ‖ carried rows (n) ‖ body
 */
import type { StoredEntry } from '@fractal/ledger';
import { concatBytes, uint64FromBytes, uint64ToBytes } from '@fractal/tlog';
import { decodeCarried, encodeCarried } from '../log/carried-rows.ts';

const TAG_START = 8;
const SALT_START = 24;
const KEY_START = 40;
const DIGEST_START = 72;
const LENGTH_START = 104;
const CARRIED_START = 108;

export function encodeEntryFrame(entry: StoredEntry): Uint8Array {
  const carried = encodeCarried(entry.carried ?? []);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, carried.length);
  const { tag, salt, key, digest, body } = entry;
  return concatBytes(uint64ToBytes(BigInt(entry.index)), tag, salt, key, digest, length, carried, body);
}

/** The entry, or undefined for bytes that are none with that index. */
export function decodeEntryFrame(index: number, frame: Uint8Array): StoredEntry | undefined {
  if (frame.length < CARRIED_START || uint64FromBytes(frame.subarray(0, TAG_START)) !== BigInt(index)) return undefined;
  const carriedBytes = new DataView(frame.buffer, frame.byteOffset).getUint32(LENGTH_START);
  const bodyStart = CARRIED_START + carriedBytes;
  const carried = bodyStart > frame.length ? undefined : decodeCarried(frame.subarray(CARRIED_START, bodyStart));
  if (carried === undefined) return undefined;
  return {
    index,
    tag: frame.slice(TAG_START, SALT_START),
    salt: frame.slice(SALT_START, KEY_START),
    key: frame.slice(KEY_START, DIGEST_START),
    digest: frame.slice(DIGEST_START, LENGTH_START),
    body: frame.slice(bodyStart),
    ...(carried.length === 0 ? {} : { carried }),
  };
}
