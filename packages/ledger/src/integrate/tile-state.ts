/**
 * The growing edge of the tree as tiles (C2SP tlog-tiles v0.1.0): for each level the hashes of its last, partial tile,
 * and the full tiles and bundles that are not durable in the public files yet. Memory is bounded by what is unpublished.
 *
 *     level 0   leaf hashes          256 a tile
 *     level 1   roots of full level-0 tiles, and so on
 *     entries   uint16 length ‖ entry, 256 a bundle
 */
import { encodeBundle, type Hash, nodeHash, parseTilePath, tilePath } from '@fractal/tlog';
import type { PublicFile } from '../ports/public-files.ts';

const TILE_WIDTH = 256;
const HASH_BYTES = 32;

export interface TileSnapshot {
  readonly size: number;
  /** Every file a checkpoint of `size` needs that was not yet marked published. */
  readonly files: readonly PublicFile[];
  /** How many of the full files the snapshot took: the argument of `markPublished`. */
  readonly fullCount: number;
}

export class TileState {
  #size: number;
  /** hashes of the partial tile of each level */
  readonly #levels: Hash[][];
  #bundle: Uint8Array[];
  #full: PublicFile[] = [];

  /**
   * @param size number of leaves already integrated
   * @param levels for each level the hashes of its partial tile at `size`: floor(size / 256^level) mod 256 of them
   * @param bundle the entries of the partial bundle: size mod 256 of them
   */
  constructor(size: number, levels: readonly (readonly Hash[])[], bundle: readonly Uint8Array[]) {
    this.#size = size;
    this.#levels = levels.map((hashes) => [...hashes]);
    this.#bundle = [...bundle];
  }

  get size(): number {
    return this.#size;
  }

  /** Hashes of the partial tile of each level. */
  get levels(): readonly (readonly Hash[])[] {
    return this.#levels;
  }

  add(leaves: readonly Uint8Array[], leafHashes: readonly Hash[]): void {
    leaves.forEach((leaf, offset) => {
      this.#bundle.push(leaf);
      this.#size += 1;
      if (this.#bundle.length === TILE_WIDTH) this.#closeBundle();
      this.#push(0, leafHashes[offset]!);
    });
  }

  snapshot(): TileSnapshot {
    const partials: PublicFile[] = [];
    this.#levels.forEach((hashes, level) => {
      if (hashes.length === 0) return;
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
      partials.push({ path: tilePath({ kind: 'tile', level, index, width: hashes.length }), bytes: join(hashes) });
    });
    if (this.#bundle.length > 0) {
      const index = Math.floor(this.#size / TILE_WIDTH);
      const path = tilePath({ kind: 'entries', index, width: this.#bundle.length });
      partials.push({ path, bytes: encodeBundle(this.#bundle) });
    }
    return { size: this.#size, files: [...this.#full, ...partials], fullCount: this.#full.length };
  }

  /** A tile that is not marked published, as it is or was when it was `width` hashes wide; undefined for any other path. */
  read(path: string): Uint8Array | undefined {
    const parsed = parseTilePath(path);
    if (!parsed.ok || parsed.value.kind !== 'tile') return undefined;
    const { level, index, width } = parsed.value;
    if (width === 0) return this.#full.find((file) => file.path === path)?.bytes;
    const hashes = this.#levels[level] ?? [];
    const isEdge = Number(index) === Math.floor(this.#size / TILE_WIDTH ** (level + 1)) && width <= hashes.length;
    return isEdge ? join(hashes.slice(0, width)) : undefined;
  }

  /** Forgets the full files of a snapshot, once they are durable. */
  markPublished(snapshot: TileSnapshot): void {
    this.#full = this.#full.slice(snapshot.fullCount);
  }

  #closeBundle(): void {
    const index = Math.floor(this.#size / TILE_WIDTH) - 1;
    this.#full.push({ path: tilePath({ kind: 'entries', index, width: 0 }), bytes: encodeBundle(this.#bundle) });
    this.#bundle = [];
  }

  #push(level: number, hash: Hash): void {
    let hashes = this.#levels[level];
    if (hashes === undefined) {
      hashes = [];
      this.#levels[level] = hashes;
    }
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return;
    const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1;
    this.#full.push({ path: tilePath({ kind: 'tile', level, index, width: 0 }), bytes: join(hashes) });
    this.#levels[level] = [];
    this.#push(level + 1, rootOfTile(hashes));
  }
}

/** Root over the hashes of a full tile: an RFC 6962 tree whose leaves are already hashed. */
export function rootOfTile(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!));
    row = above;
  }
  return row[0]!;
}

function join(hashes: readonly Hash[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => {
    bytes.set(hash, i * HASH_BYTES);
  });
  return bytes;
}
