import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import type { Hash } from '../hash/tree-hash.ts';
import { appendToRange } from '../merkle/compact-range.ts';
import { verifyConsistency } from '../merkle/consistency.ts';
import { verifyInclusion } from '../merkle/inclusion.ts';
import { consistencyProof, inclusionProof } from '../merkle/proof-nodes.ts';
import { naiveRoot } from '../testing/naive-tree.ts';
import { sampleLeaves } from '../testing/samples.ts';
import { tilesForSize } from './growth.ts';
import { tilePath } from './path.ts';
import { type ReadTile, TileUnavailableError, tileReader } from './reader.ts';

const SIZE = 66_000;
const LEAVES = sampleLeaves(SIZE);

/** Hashes at each tile level: leaves, roots of 256 of them, roots of 256 of those. */
const levels: Hash[][] = [LEAVES];
const files = new Map<string, Uint8Array>();
const readTile: ReadTile = async (path) => files.get(path);

function publish(size: number): void {
  for (const tile of tilesForSize(size)) {
    if (tile.kind === 'entries') continue;
    const width = tile.width === 0 ? 256 : tile.width;
    const start = tile.index * 256;
    files.set(tilePath(tile), concatBytes(...levels[tile.level]!.slice(start, start + width)));
  }
}

beforeAll(() => {
  for (let level = 0; level < 2; level++) {
    const below = levels[level]!;
    levels.push(
      Array.from({ length: Math.floor(below.length / 256) }, (_, i) => naiveRoot(below.slice(i * 256, i * 256 + 256))),
    );
  }
  publish(SIZE);
});

describe('tileReader', () => {
  const { root } = appendToRange({ size: 0, range: [], leafHashes: LEAVES });
  const readNodes = tileReader({ size: BigInt(SIZE), readTile });

  it.each([0, 1, 255, 256, 511, 65_535, 65_536, 65_791, 65_999])(
    'makes the inclusion proof of leaf %i',
    async (leaf) => {
      const at = { index: BigInt(leaf), size: BigInt(SIZE) };
      const proof = await inclusionProof({ ...at, readNodes });
      expect(verifyInclusion({ ...at, leafHash: LEAVES[leaf]!, proof, root }).ok).toBe(true);
    },
  );

  it.each([1, 2, 255, 256, 257, 4096, 65_535, 65_536, 65_999])(
    'makes the consistency proof from size %i',
    async (size1) => {
      const sizes = { size1: BigInt(size1), size2: BigInt(SIZE) };
      const proof = await consistencyProof({ ...sizes, readNodes });
      const root1 = appendToRange({ size: 0, range: [], leafHashes: LEAVES.slice(0, size1) }).root;
      expect(verifyConsistency({ ...sizes, root1, root2: root, proof }).ok).toBe(true);
    },
  );

  it('reads a path at most once for a proof, and only paths that the size has', async () => {
    const asked: string[] = [];
    const counting: ReadTile = async (path) => {
      asked.push(path);
      return files.get(path);
    };
    const size = BigInt(SIZE);
    await inclusionProof({ index: 3n, size, readNodes: tileReader({ size, readTile: counting }) });
    expect(new Set(asked).size).toBe(asked.length);
    const published = new Set(tilesForSize(SIZE).map(tilePath));
    for (const path of asked) expect(published.has(path)).toBe(true);
  });

  it('finds a partial tile that is gone in the full tile that took its place', async () => {
    // As of size 300 the tile 0/001 had width 44; only the full one is left.
    const root1 = naiveRoot(LEAVES.slice(0, 300));
    const reader = tileReader({ size: 300n, readTile });
    const proof = await inclusionProof({ index: 290n, size: 300n, readNodes: reader });
    expect(verifyInclusion({ leafHash: LEAVES[290]!, index: 290n, size: 300n, proof, root: root1 }).ok).toBe(true);
  });

  it('says which tile is missing, and that trying again may help', async () => {
    const reader = tileReader({ size: 300n, readTile: async () => undefined });
    const failed = inclusionProof({ index: 0n, size: 300n, readNodes: reader });
    await expect(failed).rejects.toThrow(TileUnavailableError);
    await expect(failed).rejects.toMatchObject({ code: 'tile_missing', retryable: true });
    const full = tileReader({ size: 256n, readTile: async () => undefined });
    await expect(inclusionProof({ index: 0n, size: 256n, readNodes: full })).rejects.toMatchObject({
      code: 'tile_missing',
      path: 'tile/0/000',
    });
  });

  it.each([0, 1, 31, 8160, 8191, 8193])('refuses a tile of %i bytes', async (length) => {
    const reader = tileReader({ size: 256n, readTile: async () => new Uint8Array(length) });
    await expect(inclusionProof({ index: 0n, size: 256n, readNodes: reader })).rejects.toMatchObject({
      code: 'tile_malformed',
      retryable: false,
    });
  });

  it('throws when asked for a node that is not full', async () => {
    await expect(readNodes([{ level: 17, index: 0n }])).rejects.toThrow('invariant');
  });
});
