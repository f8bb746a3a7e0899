/** Proofs about published entries, from the public files alone: what any stranger could compute. */
import { consistencyProof, type Hash, inclusionProof, parseTilePath, tilePath, tileReader } from '@fractal/tlog';
import type { PublicFiles } from '../ports/public-files.ts';

const HASH_BYTES = 32;

/** The inclusion proof of `index` in the tree of `size` leaves, both published. */
export async function proofOf(files: Pick<PublicFiles, 'read'>, index: number, size: number): Promise<Hash[]> {
  const readNodes = tileReader({ size: BigInt(size), readTile: (path: string) => readTile(files, path) });
  return inclusionProof({ index: BigInt(index), size: BigInt(size), readNodes });
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
