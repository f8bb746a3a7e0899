/**
 * Which tiles and bundles a log has, and which change as it grows (C2SP tlog-tiles).
 *
 * At level L a log of size s has floor(s / 256^L) hashes: full tiles of 256 and one partial tile of the rest, if any.
 * Sizes are numbers (≤ 2^53 − 1): this is the writer's side.
 */
import { invariant } from '../invariant.ts';
import { TILE_WIDTH, type TileCoordinate } from './path.ts';

/** Tiles and bundles of a log of `size`: full ones and the partial ones at its right edge. */
export function tilesForSize(size: number): TileCoordinate<number>[] {
  return newTiles(0, size);
}

/**
 * Tiles and bundles that a log of `newSize` has and a log of `oldSize` had not: those completed since, and the partial
 * ones of `newSize`. In the order to write them: bundles, then tiles by level, each by index. Empty when nothing grew.
 */
export function newTiles(oldSize: number, newSize: number): TileCoordinate<number>[] {
  invariant(Number.isSafeInteger(newSize) && oldSize >= 0 && oldSize <= newSize, 'a log does not shrink');
  const tiles: TileCoordinate<number>[] = [];
  for (const span of grownSpans(oldSize, newSize)) tiles.push({ kind: 'entries', ...span });
  for (let level = 0, had = oldSize, has = newSize; has > 0; level++) {
    for (const span of grownSpans(had, has)) tiles.push({ kind: 'tile', level, ...span });
    had = Math.floor(had / TILE_WIDTH);
    has = Math.floor(has / TILE_WIDTH);
  }
  return tiles;
}

function grownSpans(had: number, has: number): { index: number; width: number }[] {
  const spans: { index: number; width: number }[] = [];
  if (had === has) return spans;
  const full = Math.floor(has / TILE_WIDTH);
  for (let index = Math.floor(had / TILE_WIDTH); index < full; index++) spans.push({ index, width: 0 });
  const width = has % TILE_WIDTH;
  if (width > 0) spans.push({ index: full, width });
  return spans;
}
