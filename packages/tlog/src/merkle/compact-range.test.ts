import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, type Hash } from '../hash/tree-hash.ts';
import { naiveInclusion, naiveRoot } from '../testing/naive-tree.ts';
import { bytesNamed, sampleLeaves } from '../testing/samples.ts';
import { appendToRange, type CompactRange, extendRange, rootOfRange } from './compact-range.ts';
import { verifyInclusion } from './inclusion.ts';

/** The compact range by its definition: roots of the full subtrees, largest first. */
function naiveRange(leaves: readonly Hash[]): Hash[] {
  const range: Hash[] = [];
  let start = 0;
  for (let width = 2 ** 10; width >= 1; width /= 2) {
    if (Math.floor(leaves.length / width) % 2 === 0) continue;
    range.push(naiveRoot(leaves.slice(start, start + width)));
    start += width;
  }
  return range;
}

describe('appendToRange', () => {
  it('gives range, root and the proof of every new leaf, for every old size and batch up to 40 leaves', () => {
    const leaves = sampleLeaves(80);
    for (let oldSize = 0; oldSize <= 40; oldSize++) {
      for (let count = 0; count <= 40; count += 1 + (count % 3)) {
        const all = leaves.slice(0, oldSize + count);
        const range = naiveRange(leaves.slice(0, oldSize));
        const appended = appendToRange({ size: oldSize, range, leafHashes: all.slice(oldSize) });
        expect(appended.size).toBe(all.length);
        expect(appended.root).toEqual(naiveRoot(all));
        expect(appended.range).toEqual(naiveRange(all));
        expect(appended.proofs).toEqual(all.slice(oldSize).map((_, i) => naiveInclusion(oldSize + i, all)));
      }
    }
  });

  it('comes to the same tree however the leaves are cut into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70), { maxLength: 12 }), (batches) => {
        const leaves = sampleLeaves(batches.reduce((sum, count) => sum + count, 0));
        let head: { size: number; range: CompactRange; root: Hash } = { size: 0, range: [], root: EMPTY_ROOT };
        for (const count of batches) {
          head = appendToRange({ ...head, leafHashes: leaves.slice(head.size, head.size + count) });
        }
        expect(head.root).toEqual(naiveRoot(leaves));
        expect(rootOfRange(head.range)).toEqual(head.root);
        const whole = extendRange({ size: 0, range: [], leafHashes: leaves });
        expect(whole).toEqual({ size: head.size, range: head.range });
        const half = Math.floor(leaves.length / 2);
        const first = extendRange({ size: 0, range: [], leafHashes: leaves.slice(0, half) });
        expect(extendRange({ ...first, leafHashes: leaves.slice(half) })).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it.each([2 ** 31 - 1, 2 ** 32, 2 ** 40 + 2 ** 33 + 5, 2 ** 53 - 1 - 300])('proves leaves past %i', (size) => {
    const range = BigInt(size)
      .toString(2)
      .split('')
      .flatMap((bit, i) => (bit === '1' ? [bytesNamed(`subtree ${i}`)] : []));
    const leafHashes = sampleLeaves(300);
    const appended = appendToRange({ size, range, leafHashes });
    for (const [i, proof] of appended.proofs.entries()) {
      const at = { index: BigInt(size + i), size: BigInt(appended.size) };
      expect(verifyInclusion({ leafHash: leafHashes[i]!, ...at, proof, root: appended.root }).ok).toBe(true);
    }
  });

  it('leaves its input alone', () => {
    const leaves = sampleLeaves(20);
    const range = naiveRange(leaves.slice(0, 7));
    const before = structuredClone({ range, leaves });
    appendToRange({ size: 7, range, leafHashes: leaves.slice(7) });
    expect({ range, leaves }).toEqual(before);
  });

  it('throws on a range that is not of the size, and on a size that is not safe', () => {
    const [a, b] = sampleLeaves(2) as [Hash, Hash];
    expect(() => appendToRange({ size: 2, range: [a, b], leafHashes: [a] })).toThrow('popcount');
    expect(() => appendToRange({ size: 3, range: [a], leafHashes: [a] })).toThrow();
    expect(() => appendToRange({ size: 2 ** 53 - 1, range: [], leafHashes: [a] })).toThrow('safe');
    expect(() => appendToRange({ size: -1, range: [], leafHashes: [a] })).toThrow('safe');
    expect(() => appendToRange({ size: 1.5, range: [], leafHashes: [a] })).toThrow('safe');
    expect(() => extendRange({ size: 2, range: [a, b], leafHashes: [a] })).toThrow('popcount');
    expect(() => extendRange({ size: 2 ** 53 - 1, range: [], leafHashes: [a] })).toThrow('safe');
  });
});
