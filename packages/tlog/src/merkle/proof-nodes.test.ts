import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT64_MAX } from '../bytes/uint64.ts';
import type { Hash } from '../hash/tree-hash.ts';
import { naiveConsistency, naiveInclusion, naiveRoot } from '../testing/naive-tree.ts';
import { sampleLeaves } from '../testing/samples.ts';
import { rootOfRange } from './compact-range.ts';
import {
  compactRangeNodes,
  consistencyProof,
  consistencyProofNodes,
  inclusionProof,
  inclusionProofNodes,
  type NodeId,
} from './proof-nodes.ts';

const LEAVES = sampleLeaves(40);

/** Full nodes of a tree of the first `size` leaves; a node that such a tree lacks is refused. */
function nodesOf(size: number) {
  return async (ids: readonly NodeId[]): Promise<Hash[]> =>
    ids.map(({ level, index }) => {
      const start = Number(index) * 2 ** level;
      const end = start + 2 ** level;
      if (end > size) throw new Error(`level ${level} has no full node ${index} at size ${size}`);
      return naiveRoot(LEAVES.slice(start, end));
    });
}

describe('proofs from nodes', () => {
  it('are the proofs of RFC 6962, for each leaf and each pair of sizes up to 40, from full nodes alone', async () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = LEAVES.slice(0, size);
      const readNodes = nodesOf(size);
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof({ index: BigInt(index), size: BigInt(size), readNodes });
        expect(proof).toEqual(naiveInclusion(index, leaves));
      }
      for (let size1 = 1; size1 <= size; size1++) {
        const proof = await consistencyProof({ size1: BigInt(size1), size2: BigInt(size), readNodes });
        expect(proof).toEqual(naiveConsistency(size1, leaves));
      }
    }
  });

  it('tile a tree into its compact range', async () => {
    for (let size = 0; size <= 40; size++) {
      const range = await nodesOf(size)(compactRangeNodes(BigInt(size)));
      expect(rootOfRange(range)).toEqual(naiveRoot(LEAVES.slice(0, size)));
    }
  });

  it('are none from the empty tree and between equal sizes', async () => {
    expect(await consistencyProof({ size1: 0n, size2: 9n, readNodes: nodesOf(9) })).toEqual([]);
    expect(await consistencyProof({ size1: 9n, size2: 9n, readNodes: nodesOf(9) })).toEqual([]);
  });

  it('name at most 64 elements and only full nodes of the tree, up to 2^64 − 1 leaves', () => {
    const size = fc.oneof(fc.bigInt({ min: 1n, max: UINT64_MAX }), fc.constantFrom(2n ** 63n, UINT64_MAX));
    fc.assert(
      fc.property(size, fc.bigInt({ min: 0n, max: UINT64_MAX }), (treeSize, pick) => {
        const index = pick % treeSize;
        const inclusion = inclusionProofNodes({ index, size: treeSize });
        const consistency = consistencyProofNodes({ size1: index, size2: treeSize });
        for (const plan of [inclusion, consistency]) {
          expect(plan.length).toBeLessThanOrEqual(65);
          for (const id of plan.flat()) expect((id.index + 1n) << BigInt(id.level) <= treeSize).toBe(true);
        }
        expect(inclusion.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('throw when asked for what is not there', async () => {
    expect(() => inclusionProofNodes({ index: 5n, size: 5n })).toThrow('invariant');
    expect(() => inclusionProofNodes({ index: 0n, size: UINT64_MAX + 1n })).toThrow('invariant');
    expect(() => consistencyProofNodes({ size1: 6n, size2: 5n })).toThrow('invariant');
    const short = async () => [];
    await expect(inclusionProof({ index: 0n, size: 2n, readNodes: short })).rejects.toThrow('readNodes');
  });
});
