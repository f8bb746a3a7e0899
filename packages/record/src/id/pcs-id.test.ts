import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isName } from './names.ts';
import { isMerkleRoot, isPcsId, pcsId } from './pcs-id.ts';

const ROOT = 'e966b52c992aefad3c3d0196db02554f30d10d55e8a6e5e3038f88e79e414112';

describe('pcsId', () => {
  it('is the id that the deployed agents made', () => {
    expect(pcsId({ merkleRoot: ROOT, epoch: 1, stream: 'test-shard-001' })).toBe(
      'c50bb25a7aff94164147b73c846f0e5e10890d75df204875ca70c448f52c6edf',
    );
  });

  it('hashes root, epoch and stream with bars between, whatever the stream holds', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.string({ unit: 'grapheme' }), (epoch, stream) => {
        const expected = createHash('sha256')
          .update(`${ROOT}|${epoch.toString(10)}|${stream}`, 'utf8')
          .digest('hex');
        expect(pcsId({ merkleRoot: ROOT, epoch, stream })).toBe(expected);
      }),
    );
  });
});

describe('isPcsId, isMerkleRoot', () => {
  it('take 64 lower-case hex digits and nothing else', () => {
    for (const test of [isPcsId, isMerkleRoot]) {
      expect(test(ROOT)).toBe(true);
      const hostile = ['', ROOT.slice(1), `${ROOT}0`, ROOT.toUpperCase(), `${ROOT.slice(1)}g`, `${ROOT}\n`];
      expect(hostile.filter((text) => test(text))).toEqual([]);
    }
  });
});

describe('isName', () => {
  it('takes 1 to 64 of A-Z a-z 0-9 . _ - and nothing else', () => {
    expect(['a', 'A.b_c-9', '.', '..', 'x'.repeat(64)].filter((text) => !isName(text))).toEqual([]);
    expect(['', 'x'.repeat(65), 'a b', 'a/b', 'a|b', 'ä', 'a\n', '\n', 'a\u0000'].filter(isName)).toEqual([]);
  });
});
