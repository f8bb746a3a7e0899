/** Proofs about published entries, from the public files alone: what any stranger could compute. */
import {
  consistencyProof,
  HASH_BYTES,
  type Hash,
  inclusionProof,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseTilePath,
  TileUnavailableError,
  tilePath,
  tileReader,
  verifyInclusion,
} from '@fractal/tlog';
import { CorruptRow, type StoredEntry } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { leafOf } from '../sequence/leaf.ts';

/**
 * The inclusion proof of an entry under a signed checkpoint that covers it, from tiles, and verified: out of a damaged tile
 * or row comes no receipt that fails in somebody's hands.
 * @throws CorruptRow
 */
export async function proofOf(
  files: Pick<PublicFiles, 'read'>,
  entry: StoredEntry,
  checkpoint: { readonly size: number; readonly note: string },
): Promise<Hash[]> {
  const index = BigInt(entry.index);
  const size = BigInt(checkpoint.size);
  const readNodes = tileReader({ size, readTile: (path: string) => readTile(files, path) });
  const proof = await inclusionProof({ index, size, readNodes }).catch((error: unknown) => {
    if (!(error instanceof TileUnavailableError)) throw error;
    throw new CorruptRow(`${error.path} is damaged or gone (${error.code}): no receipt can be made from it`);
  });
  const note = parseNote(checkpoint.note);
  const signed = note.ok ? parseCheckpoint(note.value.text) : note;
  const hash = leafHash(leafOf(entry));
  if (signed.ok && verifyInclusion({ leafHash: hash, index, size, proof, root: signed.value.root }).ok) return proof;
  throw new CorruptRow(`rows/entries/${entry.index} or a tile above it is damaged: they do not give the signed root`);
}

/** The proof that the tree of `from` leaves is a prefix of the tree of `to` leaves, both published; at most 63 hashes. */
export async function consistencyOf(files: Pick<PublicFiles, 'read'>, from: number, to: number): Promise<Hash[]> {
  const readNodes = tileReader({ size: BigInt(to), readTile: (path: string) => readTile(files, path) });
  return consistencyProof({ size1: BigInt(from), size2: BigInt(to), readNodes });
}

/** A tile at its path; a partial one that is gone is cut from the full tile, as C2SP tlog-tiles asks of clients. */
export async function readTile(files: Pick<PublicFiles, 'read'>, path: string): Promise<Uint8Array | undefined> {
  const exact = await files.read(path);
  if (exact !== undefined) return exact;
  const parsed = parseTilePath(path);
  if (!parsed.ok || parsed.value.width === 0 || parsed.value.kind !== 'tile') return undefined;
  const full = await files.read(tilePath({ ...parsed.value, width: 0 }));
  return full?.subarray(0, parsed.value.width * HASH_BYTES);
}
