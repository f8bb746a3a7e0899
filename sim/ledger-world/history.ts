/**
 * The one history of a log as this world saw it signed: leaf hashes in order, and the root at every size, recomputed here
 * from RFC 6962 alone (node:crypto, no code of the product). Every checkpoint ever signed must be one of these roots (I5).
 */
import { hash } from 'node:crypto';

const TILE_HEIGHT = 8;
const EMPTY = sha256(Buffer.alloc(0));

export class History {
  readonly #leaves: string[] = [];
  readonly #hashes: string[] = [];
  /** Roots of full tiles, in order. */
  readonly #tiles: string[] = [];
  /** For each size the roots of its full subtrees, the largest first. */
  readonly #peaks: (readonly { readonly height: number; readonly root: Buffer }[])[] = [[]];
  readonly #roots = new Map<number, string>();

  get size(): number {
    return this.#leaves.length;
  }

  /** Hex of a leaf's 49 bytes. */
  leaf(index: number): string | undefined {
    return this.#leaves[index];
  }

  /** Hex of the leaf's hash. */
  leafHash(index: number): string {
    return this.#hashes[index]!;
  }

  /** Hex of the root over the leaves of a full tile. */
  tileRoot(index: number): string {
    return this.#tiles[index]!;
  }

  add(leaf: Uint8Array): void {
    this.#leaves.push(Buffer.from(leaf).toString('hex'));
    let peak = { height: 0, root: sha256(Buffer.concat([Buffer.of(0), leaf])) };
    this.#hashes.push(peak.root.toString('hex'));
    const peaks = [...this.#peaks.at(-1)!];
    for (let last = peaks.at(-1); last?.height === peak.height; last = peaks.at(-1)) {
      peaks.pop();
      peak = { height: peak.height + 1, root: node(last.root, peak.root) };
      if (peak.height === TILE_HEIGHT) this.#tiles.push(peak.root.toString('hex'));
    }
    this.#peaks.push([...peaks, peak]);
  }

  /** Base64 of the root over the first `size` leaves. */
  root(size: number): string {
    const known = this.#roots.get(size);
    if (known !== undefined) return known;
    const peaks = this.#peaks[size]!;
    const root = peaks.reduceRight<Buffer | undefined>(
      (right, { root: left }) => (right ? node(left, right) : left),
      undefined,
    );
    const text = (root ?? EMPTY).toString('base64');
    this.#roots.set(size, text);
    return text;
  }
}

function node(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.of(1), left, right]));
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
