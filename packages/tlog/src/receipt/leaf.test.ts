import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes/hex.ts';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { bytesNamed } from '../testing/samples.ts';
import { entryTag, leafEntry } from './leaf.ts';

const tag = bytesNamed('tag', 16);
const salt = bytesNamed('salt', 16);
const tagKey = bytesNamed('tag key');

describe('leafEntry', () => {
  it('is 0x01, the tag, and the hash of salt and body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (body) => {
        const commitment = createHash('sha256').update(salt).update(body).digest('hex');
        expect(toHex(leafEntry({ tag, salt, body }))).toBe(`01${toHex(tag)}${commitment}`);
      }),
    );
  });

  it('has 49 bytes, and throws on a tag or a salt of another length', () => {
    const body = new Uint8Array(3);
    expect(leafEntry({ tag, salt, body }).length).toBe(49);
    expect(() => leafEntry({ tag: tag.subarray(1), salt, body })).toThrow('invariant');
    expect(() => leafEntry({ tag, salt: new Uint8Array(17), body })).toThrow('invariant');
  });
});

describe('entryTag', () => {
  const origin = 'log.example/é';
  const expected = (bundle: bigint): string => {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(bundle);
    return createHmac('sha256', tagKey).update(origin).update(Buffer.of(0)).update(counter).digest('hex').slice(0, 32);
  };

  it.each([
    [0n, 0n],
    [255n, 0n],
    [256n, 1n],
    [2n ** 53n + 1n, 2n ** 45n],
    [2n ** 63n, 2n ** 55n],
    [UINT64_MAX, 2n ** 56n - 1n],
  ])('of leaf %s is that of bundle %s', (index, bundle) => {
    expect(toHex(entryTag({ tagKey, origin, index }))).toBe(expected(bundle));
  });

  it('takes a number as well', () => {
    expect(entryTag({ tagKey, origin, index: 700 })).toEqual(entryTag({ tagKey, origin, index: 700n }));
  });

  it('differs by key, origin and bundle', () => {
    const tags = [
      entryTag({ tagKey, origin, index: 0 }),
      entryTag({ tagKey, origin, index: 256 }),
      entryTag({ tagKey, origin: 'log.example/f', index: 0 }),
      entryTag({ tagKey: bytesNamed('other key'), origin, index: 0 }),
    ];
    expect(new Set(tags.map(toHex)).size).toBe(4);
  });

  it('throws on an index that is no u64', () => {
    expect(() => entryTag({ tagKey, origin, index: -1 })).toThrow('invariant');
    expect(() => entryTag({ tagKey, origin, index: UINT64_MAX + 1n })).toThrow('invariant');
    expect(() => entryTag({ tagKey, origin, index: 1.5 })).toThrow('invariant');
  });
});
