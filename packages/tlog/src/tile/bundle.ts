/**
 * Entry bundles (C2SP tlog-tiles): up to 256 entries, each `uint16 big-endian length ‖ entry`.
 *
 * Does not check that the entries hash to the level 0 tile beside them; `leafHash` is for that.
 */
import { invariant } from '../invariant.ts';
import { failure, type Result, success } from '../result.ts';
import { TILE_WIDTH } from './path.ts';

/** The length prefix has 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;
const LENGTH_BYTES = 2;

/** Bytes of a bundle of 1 to 256 entries of at most 65,535 bytes each; other input throws. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  invariant(entries.length >= 1 && entries.length <= TILE_WIDTH, 'a bundle has 1 to 256 entries');
  let length = 0;
  for (const entry of entries) {
    invariant(entry.length <= ENTRY_BYTES_MAX, 'an entry has at most 65,535 bytes');
    length += LENGTH_BYTES + entry.length;
  }
  const bundle = new Uint8Array(length);
  let offset = 0;
  for (const entry of entries) {
    bundle[offset] = entry.length >> 8;
    bundle[offset + 1] = entry.length & 0xff;
    bundle.set(entry, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + entry.length;
  }
  return bundle;
}

/**
 * The entries of a bundle, as views into `bytes`. `bundle_malformed` when it is empty, holds more than 256 entries or
 * ends within one. How many a log of some size must have is the caller's to compare.
 */
export function parseBundle(bytes: Uint8Array): Result<Uint8Array[], 'bundle_malformed'> {
  if (bytes.length === 0) return failure('bundle_malformed', 'the bundle is empty');
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (entries.length === TILE_WIDTH) return failure('bundle_malformed', 'more than 256 entries');
    const start = offset + LENGTH_BYTES;
    if (start > bytes.length) return failure('bundle_malformed', 'ends within a length');
    const end = start + bytes[offset]! * 256 + bytes[offset + 1]!;
    if (end > bytes.length) return failure('bundle_malformed', 'ends within an entry');
    entries.push(bytes.subarray(start, end));
    offset = end;
  }
  return success(entries);
}
