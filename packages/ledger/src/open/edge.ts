/**
 * The growing edge of the tree at a size: partial tile of each level, partial bundle, compact range.
 * Found from the public tiles (cheap) or from all rows (when the tiles are damaged or gone).
 */
import { appendToRange, EMPTY_ROOT, equalBytes, type Hash, leafHash, rootOfRange, tilePath } from '@fractal/tlog';
import { LedgerError } from '../errors.ts';
import { rootOfTile } from '../integrate/tile-state.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { readTile } from '../receipt/proof.ts';
import { leafOf } from '../sequence/leaf.ts';

const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** Rows read and hashed at once while an edge is rebuilt or moved. */
export const CHUNK_ENTRIES = 4_096;

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
      const leaf = leafOf(entry);
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

export function rootOfEdge({ size, range }: Pick<Edge, 'size' | 'range'>): Hash {
  return size === 0 ? EMPTY_ROOT : rootOfRange(range);
}

/**
 * The compact range of the first `size` entries, from an edge at most that large and the rows after it.
 * @throws LedgerError log_corrupt where a row is missing
 */
export async function growEdge(
  edge: Pick<Edge, 'size' | 'range'>,
  store: LogStore,
  size: number,
): Promise<Pick<Edge, 'size' | 'range'>> {
  let grown: Pick<Edge, 'size' | 'range'> = edge;
  while (grown.size < size) {
    const leaves = (await leavesAfter(store, grown.size, size)).map(leafHash);
    grown = appendToRange({ size: grown.size, range: grown.range, leafHashes: leaves });
  }
  return grown;
}

/** The next rows as leaves, at most CHUNK_ENTRIES and at least one. Throws LedgerError log_corrupt where there is none. */
export async function leavesAfter(store: LogStore, from: number, end: number): Promise<readonly Uint8Array[]> {
  const entries = await store.readEntries(from, Math.min(from + CHUNK_ENTRIES, end));
  if (entries.length === 0) throw new LedgerError('log_corrupt', `of ${end} entries, entry ${from} is missing`);
  return entries.map(leafOf);
}
