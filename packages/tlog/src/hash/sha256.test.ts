import { createHash, hash } from 'node:crypto';
import { sha256 as pureSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sha256, sha256, useSha256 } from './sha256.ts';

const node: Sha256 = (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer').buffer);

afterEach(() => useSha256(pureSha256));

describe('sha256', () => {
  it('is the same function before and after a faster one took its place, at every length and alignment', () => {
    const known = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
    const inputs = Array.from({ length: 1_025 }, (_, length) =>
      Uint8Array.from({ length: length + 3 }, (_, i) => (i * 31) ^ length).subarray(3),
    );
    for (const implementation of [pureSha256, node]) {
      useSha256(implementation);
      for (const input of inputs) expect(sha256(input)).toEqual(known(input));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (bytes) => {
        expect(node(bytes)).toEqual(pureSha256(bytes));
      }),
    );
  });

  it('is a faster one once it was handed in', () => {
    let calls = 0;
    useSha256((bytes) => {
      calls += 1;
      return node(bytes);
    });
    const before = calls;
    sha256(new Uint8Array(3));
    expect(calls).toBe(before + 1);
  });

  it.each([
    [
      'says another thing at one length',
      (bytes: Uint8Array) => (bytes.length === 119 ? new Uint8Array(32) : node(bytes)),
    ],
    ['gives 31 bytes', (bytes: Uint8Array) => node(bytes).slice(1)],
    ['gives a Buffer, whose slice is no copy', (bytes: Uint8Array) => hash('sha256', bytes, 'buffer')],
    [
      'gives the same bytes every time',
      ((kept) => (bytes: Uint8Array) => {
        kept.set(node(bytes));
        return kept;
      })(new Uint8Array(32)),
    ],
  ])('stays what it was when what is handed in %s', (_what, wrong) => {
    let calls = 0;
    const right: Sha256 = (bytes) => {
      calls += 1;
      return node(bytes);
    };
    useSha256(right);
    expect(() => useSha256(wrong)).toThrow('same function');
    const before = calls;
    sha256(new Uint8Array(3));
    expect(calls).toBe(before + 1);
  });
});
