import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { EMPTY_ROOT, nodeHash } from '../hash/tree-hash.ts';
import { naiveConsistency, naiveRoot } from '../testing/naive-tree.ts';
import { bytesNamed, sampleLeaves } from '../testing/samples.ts';
import { verifyConsistency } from './consistency.ts';

const LEAVES = sampleLeaves(48);

function caseOf(size1: number, size2: number) {
  const leaves = LEAVES.slice(0, size2);
  return {
    size1: BigInt(size1),
    size2: BigInt(size2),
    root1: naiveRoot(leaves.slice(0, size1)),
    root2: naiveRoot(leaves),
    proof: size1 === 0 ? [] : naiveConsistency(size1, leaves),
  };
}

const sizes = fc
  .integer({ min: 2, max: 48 })
  .chain((size2) => fc.tuple(fc.integer({ min: 1, max: size2 - 1 }), fc.constant(size2)));

describe('verifyConsistency', () => {
  it('accepts the proof between any two trees up to 48 leaves', () => {
    for (let size2 = 0; size2 <= 48; size2++) {
      for (let size1 = 0; size1 <= size2; size1++) {
        expect(verifyConsistency(caseOf(size1, size2))).toEqual({ ok: true, value: undefined });
      }
    }
  });

  it('refuses another root on either side, whatever the sizes', () => {
    for (let size2 = 1; size2 <= 20; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const good = caseOf(size1, size2);
        const invalid = { ok: false, code: 'consistency_invalid' };
        expect(verifyConsistency({ ...good, root1: bytesNamed('x') })).toMatchObject(invalid);
        expect(verifyConsistency({ ...good, root2: bytesNamed('x') })).toMatchObject(invalid);
      }
    }
  });

  it('refuses a changed, dropped or added hash', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(31), ([size1, size2], pick, at) => {
        const good = caseOf(size1, size2);
        const i = pick % good.proof.length;
        const changed = Uint8Array.from(good.proof[i]!);
        changed[at]! ^= 1;
        const invalid = { ok: false, code: 'consistency_invalid' };
        expect(verifyConsistency({ ...good, proof: good.proof.with(i, changed) })).toMatchObject(invalid);
        expect(verifyConsistency({ ...good, proof: good.proof.toSpliced(i, 1) })).toMatchObject(invalid);
        expect(verifyConsistency({ ...good, proof: good.proof.toSpliced(i, 0, changed) })).toMatchObject(invalid);
        expect(verifyConsistency({ ...good, proof: [...good.proof, changed] })).toMatchObject(invalid);
      }),
    );
  });

  it('wants the empty root and no proof from the empty tree', () => {
    const good = caseOf(0, 5);
    expect(verifyConsistency({ ...good, root1: good.root2 })).toMatchObject({ code: 'consistency_invalid' });
    expect(verifyConsistency({ ...good, proof: [EMPTY_ROOT] })).toMatchObject({ code: 'consistency_invalid' });
    const empty = { size1: 0n, size2: 0n, root1: EMPTY_ROOT, root2: EMPTY_ROOT, proof: [] };
    expect(verifyConsistency(empty).ok).toBe(true);
    expect(verifyConsistency({ ...empty, root2: good.root2 })).toMatchObject({ code: 'consistency_invalid' });
  });

  it('wants equal roots and no proof between equal sizes', () => {
    const good = caseOf(5, 5);
    expect(verifyConsistency({ ...good, proof: [good.root1] })).toMatchObject({ code: 'consistency_invalid' });
    expect(verifyConsistency({ ...good, root2: EMPTY_ROOT })).toMatchObject({ code: 'consistency_invalid' });
  });

  it.each([
    [6n, 5n],
    [-1n, 5n],
    [0n, UINT64_MAX + 1n],
    [UINT64_MAX + 1n, UINT64_MAX + 1n],
  ])('refuses sizes %s and %s', (size1, size2) => {
    const input = { size1, size2, root1: EMPTY_ROOT, root2: EMPTY_ROOT, proof: [] };
    expect(verifyConsistency(input)).toEqual({ ok: false, code: 'index_out_of_range' });
  });

  it('refuses hashes of another length before it looks at numbers', () => {
    const good = caseOf(3, 7);
    const wrong = new Uint8Array(31);
    const malformed = { ok: false, code: 'proof_malformed' };
    expect(verifyConsistency({ ...good, size1: 9n, proof: good.proof.with(0, wrong) })).toMatchObject(malformed);
    expect(verifyConsistency({ ...good, root1: wrong })).toMatchObject(malformed);
    expect(verifyConsistency({ ...good, root2: wrong })).toMatchObject(malformed);
  });

  it('works at 2^63, where signed arithmetic ends', () => {
    const root1 = bytesNamed('root of 2^63 leaves');
    const right = bytesNamed('leaf 2^63');
    const input = { size1: 2n ** 63n, size2: 2n ** 63n + 1n, root1, root2: nodeHash(root1, right), proof: [right] };
    expect(verifyConsistency(input).ok).toBe(true);
    expect(verifyConsistency({ ...input, size1: 2n ** 62n }).ok).toBe(false);
    expect(verifyConsistency({ ...input, proof: [] }).ok).toBe(false);
  });
});
