/**
 * The hashes of an RFC 6962 Merkle tree (section 2.1), SHA-256:
 *
 *     empty root  SHA-256("")
 *     leaf        SHA-256(0x00 ‖ entry)
 *     node        SHA-256(0x01 ‖ left ‖ right)
 */
import { fromHex } from '../bytes/hex.ts';
import { sha256 } from './sha256.ts';

/** A SHA-256 value: 32 bytes. Never written to once made, because proofs share them. */
export type Hash = Uint8Array;

export const HASH_BYTES = 32;

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Hash = fromHex('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')!;

/** Hash of a leaf from its entry's bytes. */
export function leafHash(entry: Uint8Array): Hash {
  const preimage = new Uint8Array(1 + entry.length);
  preimage.set(entry, 1);
  return sha256(preimage);
}

/** One buffer for every inner node: it is filled and read within one call, and nothing here is asynchronous. */
const nodePreimage = new Uint8Array(1 + 2 * HASH_BYTES);
nodePreimage[0] = 1;

/** Hash of an inner node; both children have 32 bytes. */
export function nodeHash(left: Hash, right: Hash): Hash {
  nodePreimage.set(left, 1);
  nodePreimage.set(right, 1 + HASH_BYTES);
  return sha256(nodePreimage);
}
