/**
 * Paths of tiles and entry bundles (C2SP tlog-tiles):
 *
 *     tile/<L>/<N>[.p/<W>]      L 0–63, W 1–255
 *     tile/entries/<N>[.p/<W>]
 *
 * N is written in groups of three digits, all but the last with an `x` in front: 1234067 is `x001/x234/067`. One path
 * for each tile: a leading group of zeros is refused. Says nothing on whether a log of some size has such a tile.
 */
import { isUint64, parseUint64 } from '../bytes/uint64.ts';
import { invariant } from '../invariant.ts';
import { failure, type Result, success } from '../result.ts';

/** Levels of the Merkle tree that one tile spans. */
export const TILE_HEIGHT = 8;
/** Hashes of a full tile, entries of a full bundle: 2^TILE_HEIGHT. */
export const TILE_WIDTH = 256;
export const TILE_LEVEL_MAX = 63;

/** A tile of hashes or a bundle of entries; `width` 0 is a full one, 1–255 a partial one. */
export type TileCoordinate<Index extends bigint | number = bigint | number> =
  | { readonly kind: 'tile'; readonly level: number; readonly index: Index; readonly width: number }
  | { readonly kind: 'entries'; readonly index: Index; readonly width: number };

/** 20 digits are at most seven groups; the longest path is far under this. */
const PATH_CHARACTERS_MAX = 64;
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Path of a coordinate of unknown origin; `tile_path_malformed` when level, index or width is out of range. */
export function formatTilePath(coordinate: TileCoordinate): Result<string, 'tile_path_malformed'> {
  const { index, width } = coordinate;
  if (typeof index === 'number' ? !Number.isSafeInteger(index) || index < 0 : !isUint64(index)) {
    return failure('tile_path_malformed', 'the index is no u64');
  }
  if (!isWithin(width, 0, TILE_WIDTH - 1)) return failure('tile_path_malformed', 'the width is 0 to 255');
  if (coordinate.kind === 'tile' && !isWithin(coordinate.level, 0, TILE_LEVEL_MAX)) {
    return failure('tile_path_malformed', 'the level is 0 to 63');
  }
  const folder = coordinate.kind === 'entries' ? 'entries' : String(coordinate.level);
  const partial = width === 0 ? '' : `.p/${width}`;
  return success(`tile/${folder}/${formatIndex(String(index))}${partial}`);
}

/** Path of a coordinate of our own making; throws where `formatTilePath` fails. */
export function tilePath(coordinate: TileCoordinate): string {
  const path = formatTilePath(coordinate);
  invariant(path.ok, 'tile coordinate is in range');
  return path.value;
}

/** The coordinate of a path; a round trip through `tilePath` gives the same bytes. */
export function parseTilePath(path: string): Result<TileCoordinate<bigint>, 'tile_path_malformed'> {
  if (path.length > PATH_CHARACTERS_MAX) return failure('tile_path_malformed', 'the path is too long');
  const match = PATH.exec(path);
  if (match === null) return failure('tile_path_malformed');
  const [, folder, groups, partial] = match;
  const index = parseIndex(groups!);
  if (index === undefined) return failure('tile_path_malformed', 'the index is not canonical or no u64');
  const width = partial === undefined ? 0 : Number(partial);
  if (width >= TILE_WIDTH) return failure('tile_path_malformed', 'the width is 1 to 255');
  if (folder === 'entries') return success({ kind: 'entries', index, width });
  const level = Number(folder);
  if (level > TILE_LEVEL_MAX) return failure('tile_path_malformed', 'the level is 0 to 63');
  return success({ kind: 'tile', level, index, width });
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function formatIndex(decimal: string): string {
  const padded = decimal.padStart(Math.ceil(decimal.length / 3) * 3, '0');
  let path = padded.slice(-3);
  for (let end = padded.length - 3; end > 0; end -= 3) path = `x${padded.slice(end - 3, end)}/${path}`;
  return path;
}

function parseIndex(groups: string): bigint | undefined {
  if (groups.startsWith('x000/')) return undefined;
  return parseUint64(groups.replaceAll(/[x/]/g, '').replace(/^0+(?=[0-9])/, ''));
}
