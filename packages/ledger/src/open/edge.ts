/**
 * The growing edge of the tree at a size: partial tile of each level, partial bundle, compact range.
 * Found from the public tiles (cheap) or from all rows (when the tiles are damaged or gone).
 */
import { appendToRange, equalBytes, type Hash, leafEntry, leafHash, tilePath } from '@fractal/tlog';
import { rootOfTile } from '../integrate/tile-state.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { readTile } from '../receipt/proof.ts';

const TILE_WIDTH = 256;
const HASH_BYTES = 32;

export interface Edge {
  readonly size: number;
  readonly levels: readonly (readonly Hash[])[];
  readonly bundle: readonly Uint8Array[];
  readonly range: readonly Hash[];
}

/**
 * The edge read from the published tiles, undefined where one is missing or has the wrong length, or where the last
 * tile does not hold the hashes of the given bundle. The caller compares the root with a checkpoint.
 */
export async function edgeFromTiles(
  files: Pick<PublicFiles, 'read'>,
  size: number,
  bundle: readonly Uint8Array[],
): Promise<Edge | undefined> {
  const levels: Hash[][] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    const width = Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;
    if (width === 0) {
      levels.push([]);
      continue;
    }
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const bytes = await readTile(files, tilePath({ kind: 'tile', level, index, width }));
    if (bytes === undefined || bytes.length !== width * HASH_BYTES) return undefined;
    levels.push(Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES)));
  }
  const last = levels[0] ?? [];
  if (last.length !== bundle.length) return undefined;
  if (!bundle.every((leaf, i) => equalBytes(leafHash(leaf), last[i]!))) return undefined;
  return { size, levels, bundle, range: rangeOfLevels(levels) };
}

/** The edge recomputed from the rows 0 … size − 1, `chunkEntries` at a time. */
export async function edgeFromEntries(store: LogStore, size: number, chunkEntries: number): Promise<Edge> {
  const levels: Hash[][] = [];
  let bundle: Uint8Array[] = [];
  const push = (level: number, hash: Hash): void => {
    levels[level] ??= [];
    const hashes = levels[level];
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return;
    levels[level] = [];
    push(level + 1, rootOfTile(hashes));
  };
  for (let from = 0; from < size; from += chunkEntries) {
    for (const entry of await store.readEntries(from, Math.min(from + chunkEntries, size))) {
      const leaf = leafEntry({ tag: entry.tag, salt: entry.salt, body: entry.body });
      push(0, leafHash(leaf));
      bundle.push(leaf);
      if (bundle.length === TILE_WIDTH) bundle = [];
    }
  }
  return { size, levels, bundle, range: rangeOfLevels(levels) };
}

/** Compact range, largest subtree first: each level's partial tile decomposes into the binary digits of its width. */
export function rangeOfLevels(levels: readonly (readonly Hash[])[]): Hash[] {
  const range: Hash[] = [];
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    range.push(...appendToRange({ size: 0, range: [], leafHashes: levels[level] ?? [] }).range);
  }
  return range;
}
