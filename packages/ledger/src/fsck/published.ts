/** What the public files say about one bundle and one tile, read strictly: a value, or what is wrong with the file. */
import { HASH_BYTES, type Hash, parseBundle, TILE_WIDTH, tilePath } from '@fractal/tlog';
import type { PublicFiles } from '../ports/public-files.ts';
import { readTile } from '../receipt/proof.ts';

export type ReadFile<T> =
  | { readonly ok: true; readonly path: string; readonly value: T }
  | { readonly ok: false; readonly path: string; readonly problem: string };

type Files = Pick<PublicFiles, 'read'>;

/** How many entries of bundle (or hashes of tile) `index` a tree has that has `count` of them in all; at most 256. */
export function widthOf(index: number, count: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, count - index * TILE_WIDTH));
}

/** The first `width` (1–256) entries of a bundle; a partial one that is gone is cut from the full one. */
export async function readBundle(files: Files, index: number, width: number): Promise<ReadFile<readonly Uint8Array[]>> {
  const path = tilePath({ kind: 'entries', index, width: width % TILE_WIDTH });
  const exact = await files.read(path);
  const bytes = exact ?? (await files.read(tilePath({ kind: 'entries', index, width: 0 })));
  if (bytes === undefined) return { ok: false, path, problem: 'it is missing' };
  const bundle = parseBundle(bytes);
  if (!bundle.ok) return { ok: false, path, problem: `it is no entry bundle: ${bundle.code}` };
  const expected = exact === undefined ? TILE_WIDTH : width;
  const count = bundle.value.length;
  if (count !== expected) return { ok: false, path, problem: `it holds ${count} entries, not ${expected}` };
  return { ok: true, path, value: bundle.value.slice(0, width) };
}

/** The first `width` (1–256) hashes of a tile; a partial one that is gone is cut from the full one. */
export async function readHashes(
  files: Files,
  level: number,
  index: number,
  width: number,
): Promise<ReadFile<readonly Hash[]>> {
  const path = tilePath({ kind: 'tile', level, index, width: width % TILE_WIDTH });
  const bytes = await readTile(files, path);
  if (bytes === undefined) return { ok: false, path, problem: 'it is missing' };
  if (bytes.length !== width * HASH_BYTES) {
    return { ok: false, path, problem: `it has ${bytes.length} bytes, not ${width * HASH_BYTES}` };
  }
  const value = Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  return { ok: true, path, value };
}
