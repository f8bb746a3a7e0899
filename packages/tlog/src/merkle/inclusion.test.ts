import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { EMPTY_ROOT, type Hash, nodeHash } from '../hash/tree-hash.ts';
import { naiveInclusion, naiveRoot } from '../testing/naive-tree.ts';
import { bytesNamed, sampleLeaves } from '../testing/samples.ts';
import { verifyInclusion } from './inclusion.ts';

const LEAVES = sampleLeaves(70);

function caseOf(index: number, size: number) {
  const leaves = LEAVES.slice(0, size);
  return {
    leafHash: leaves[index]!,
    index: BigInt(index),
    size: BigInt(size),
    proof: naiveInclusion(index, leaves),
    root: naiveRoot(leaves),
  };
}

describe('verifyInclusion', () => {
  it('accepts the proof of each leaf of each tree up to 70 leaves', () => {
    for (let size = 1; size <= 70; size++) {
      for (let index = 0; index < size; index++) {
        expect(verifyInclusion(caseOf(index, size))).toEqual({ ok: true, value: undefined });
      }
    }
  });

  it('accepts a proof for no other index of the tree', () => {
    for (let size = 1; size <= 24; size++) {
      for (let index = 0; index < size; index++) {
        const good = caseOf(index, size);
        for (let other = 0; other < size; other++) {
          if (other !== index) expect(verifyInclusion({ ...good, index: BigInt(other) }).ok).toBe(false);
        }
      }
    }
  });

  it('refuses a changed, dropped, added or swapped hash', () => {
    const position = fc.integer({ min: 2, max: 70 }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
    fc.assert(
      fc.property(position, fc.nat(), fc.nat(255), fc.nat(31), ([index, size], pick, flip, at) => {
        const good = caseOf(index, size);
        const i = pick % good.proof.length;
        const changed = Uint8Array.from(good.proof[i]!);
        changed[at]! ^= flip === 0 ? 1 : flip;
        const invalid = { ok: false, code: 'inclusion_invalid' };
        expect(verifyInclusion({ ...good, proof: good.proof.with(i, changed) })).toMatchObject(invalid);
        expect(verifyInclusion({ ...good, proof: good.proof.toSpliced(i, 1) })).toMatchObject(invalid);
        expect(verifyInclusion({ ...good, proof: good.proof.toSpliced(i, 0, changed) })).toMatchObject(invalid);
        expect(verifyInclusion({ ...good, proof: [...good.proof, changed] })).toMatchObject(invalid);
        expect(verifyInclusion({ ...good, leafHash: changed })).toMatchObject(invalid);
        expect(verifyInclusion({ ...good, root: changed })).toMatchObject(invalid);
      }),
    );
  });

  it('takes an inner node for no leaf', () => {
    const [a, b, c, d] = LEAVES as [Hash, Hash, Hash, Hash];
    const root = naiveRoot([a, b, c, d]);
    const node = { leafHash: nodeHash(a, b), proof: [nodeHash(c, d)], root };
    expect(verifyInclusion({ ...node, index: 0n, size: 4n })).toMatchObject({ code: 'inclusion_invalid' });
  });

  it.each([
    [0n, 0n],
    [1n, 1n],
    [5n, 4n],
    [-1n, 4n],
    [0n, -1n],
    [UINT64_MAX, UINT64_MAX],
    [UINT64_MAX + 1n, UINT64_MAX + 2n],
    [0n, UINT64_MAX + 1n],
  ])('refuses index %s in a tree of %s', (index, size) => {
    const input = { leafHash: LEAVES[0]!, index, size, proof: [], root: LEAVES[0]! };
    expect(verifyInclusion(input)).toEqual({ ok: false, code: 'index_out_of_range' });
  });

  it('refuses hashes of another length before it looks at numbers', () => {
    const good = caseOf(2, 5);
    for (const wrong of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]) {
      const malformed = { ok: false, code: 'proof_malformed' };
      expect(verifyInclusion({ ...good, index: 9n, proof: good.proof.with(1, wrong) })).toMatchObject(malformed);
      expect(verifyInclusion({ ...good, leafHash: wrong })).toMatchObject(malformed);
      expect(verifyInclusion({ ...good, root: wrong })).toMatchObject(malformed);
    }
  });

  it('climbs the 64 levels of the largest tree, and not one more', () => {
    // Leaf 2^64 − 2 is the last of its tree: its siblings are the left neighbours at each level above a single leaf.
    const leafHash = bytesNamed('last leaf');
    const size = UINT64_MAX;
    const proof = Array.from({ length: 63 }, (_, level) => bytesNamed(`left of level ${level + 1}`));
    const root = proof.reduce((right, left) => nodeHash(left, right), leafHash);
    const input = { leafHash, index: size - 1n, size, proof, root };
    expect(verifyInclusion(input).ok).toBe(true);
    expect(verifyInclusion({ ...input, proof: [...proof, EMPTY_ROOT] })).toMatchObject({ code: 'inclusion_invalid' });
    // Leaf 0 has a right neighbour at each of the 64 levels.
    const rights = [...proof, bytesNamed('right of level 0')];
    const otherRoot = rights.reduce((left, right) => nodeHash(left, right), leafHash);
    expect(verifyInclusion({ leafHash, index: 0n, size, proof: rights, root: otherRoot }).ok).toBe(true);
  });

  it('works at 2^63, where signed arithmetic ends', () => {
    const leafHash = bytesNamed('leaf');
    const peak = bytesNamed('root of the first 2^63 leaves');
    const input = { leafHash, index: 2n ** 63n, size: 2n ** 63n + 1n, proof: [peak], root: nodeHash(peak, leafHash) };
    expect(verifyInclusion(input).ok).toBe(true);
    expect(verifyInclusion({ ...input, index: 0n }).ok).toBe(false);
  });
});
