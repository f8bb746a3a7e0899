/**
 * Reads tree nodes out of tiles (C2SP tlog-tiles), so that proofs can be made from a log's published files.
 *
 * A node of tree level l lies in a tile of level floor(l / 8): it is a hash of the tile where l is a multiple of 8, and
 * is recomputed from 2^(l mod 8) of them otherwise. The tiles themselves are not verified here: a proof made from
 * forged tiles fails against a signed root.
 */
import { HASH_BYTES, type Hash, nodeHash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';
import type { NodeId, ReadNodes } from '../merkle/proof-nodes.ts';
import { TILE_HEIGHT, TILE_WIDTH, tilePath } from './path.ts';

/**
 * Port: the bytes at a path relative to the log's prefix, undefined when there is no such file. Called at most once a
 * path for each reading, several at once. Whoever owns the other side can answer anything.
 */
export type ReadTile = (path: string) => Promise<Uint8Array | undefined>;

/** A tile that the log's size says must exist could not be used. */
export class TileUnavailableError extends Error {
  readonly code: 'tile_missing' | 'tile_malformed';
  /** A missing tile may appear when the log is published; a malformed one will not heal. */
  readonly retryable: boolean;
  readonly path: string;

  constructor(code: 'tile_missing' | 'tile_malformed', path: string) {
    super(`${code}: ${path}`);
    this.name = 'TileUnavailableError';
    this.code = code;
    this.retryable = code === 'tile_missing';
    this.path = path;
  }
}

/**
 * `readNodes` over the tiles of a log of `size`. A partial tile that is gone is looked for as the full tile that took
 * its place. Rejects with `TileUnavailableError`.
 */
export function tileReader(input: { readonly size: bigint; readonly readTile: ReadTile }): ReadNodes {
  const { size, readTile } = input;
  return async (ids) => {
    const tiles = new Map<string, Promise<Uint8Array>>();
    const load = (level: number, index: bigint): Promise<Uint8Array> => {
      const key = `${level}/${index}`;
      const pending = tiles.get(key) ?? loadTile(readTile, size, level, index);
      tiles.set(key, pending);
      return pending;
    };
    return Promise.all(ids.map((id) => readNode(id, size, load)));
  };
}

async function readNode(
  id: NodeId,
  size: bigint,
  load: (level: number, index: bigint) => Promise<Uint8Array>,
): Promise<Hash> {
  invariant((id.index + 1n) << BigInt(id.level) <= size, 'node is full in a log of this size');
  const level = Math.floor(id.level / TILE_HEIGHT);
  const height = id.level % TILE_HEIGHT;
  const first = id.index << BigInt(height);
  const tile = await load(level, first / BigInt(TILE_WIDTH));
  const offset = Number(first % BigInt(TILE_WIDTH)) * HASH_BYTES;
  return rootOfSpan(tile, offset, height);
}

/** Root of the full subtree over 2^height hashes at `offset`. */
function rootOfSpan(tile: Uint8Array, offset: number, height: number): Hash {
  if (height === 0) return tile.slice(offset, offset + HASH_BYTES);
  const half = 2 ** (height - 1) * HASH_BYTES;
  return nodeHash(rootOfSpan(tile, offset, height - 1), rootOfSpan(tile, offset + half, height - 1));
}

async function loadTile(readTile: ReadTile, size: bigint, level: number, index: bigint): Promise<Uint8Array> {
  const hashesAtLevel = size >> BigInt(level * TILE_HEIGHT);
  const remaining = hashesAtLevel - index * BigInt(TILE_WIDTH);
  const width = remaining >= BigInt(TILE_WIDTH) ? 0 : Number(remaining);
  const path = tilePath({ kind: 'tile', level, index, width });
  const tile = await readTile(path);
  if (tile !== undefined) return checkWidth(tile, width, path);
  if (width === 0) throw new TileUnavailableError('tile_missing', path);
  const fullPath = tilePath({ kind: 'tile', level, index, width: 0 });
  const full = await readTile(fullPath);
  if (full === undefined) throw new TileUnavailableError('tile_missing', path);
  return checkWidth(full, 0, fullPath);
}

function checkWidth(tile: Uint8Array, width: number, path: string): Uint8Array {
  const hashes = width === 0 ? TILE_WIDTH : width;
  if (tile.length !== hashes * HASH_BYTES) throw new TileUnavailableError('tile_malformed', path);
  return tile;
}
