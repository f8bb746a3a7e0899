import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes/hex.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { naiveRoot } from '../testing/naive-tree.ts';
import { hmacSha256, sha256 } from './sha256.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './tree-hash.ts';

/** The eight entries, and the roots of trees of the first one, two, … of them, that CT implementations test with. */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => fromHex(hex)!);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('tree hashes', () => {
  it('give the empty root', () => {
    expect(toHex(EMPTY_ROOT)).toBe(toHex(sha256(new Uint8Array(0))));
  });

  it.each(ROOTS.map((root, i) => [i + 1, root] as const))('give the known root of %i leaves', (size, root) => {
    expect(toHex(naiveRoot(ENTRIES.slice(0, size).map(leafHash)))).toBe(root);
  });

  it('tell leaves from nodes', () => {
    const left = leafHash(ENTRIES[0]!);
    const right = leafHash(ENTRIES[1]!);
    expect(toHex(nodeHash(left, right))).toBe(ROOTS[1]);
    expect(nodeHash(left, right)).not.toEqual(leafHash(Uint8Array.of(...left, ...right)));
    expect(nodeHash(left, right)).not.toEqual(nodeHash(right, left));
  });

  it('are not overwritten by the next hash', () => {
    const first = nodeHash(EMPTY_ROOT, EMPTY_ROOT);
    const shown = toHex(first);
    nodeHash(first, first);
    expect(toHex(first)).toBe(shown);
  });
});

describe('HMAC-SHA-256', () => {
  it.each([
    [
      'RFC 4231 case 1',
      '0b'.repeat(20),
      toHex(utf8Encode('Hi There')),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      'RFC 4231 case 2',
      toHex(utf8Encode('Jefe')),
      toHex(utf8Encode('what do ya want for nothing?')),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'RFC 4231 case 6',
      'aa'.repeat(131),
      toHex(utf8Encode('Test Using Larger Than Block-Size Key - Hash Key First')),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('gives %s', (_name, key, message, mac) => {
    expect(toHex(hmacSha256(fromHex(key)!, fromHex(message)!))).toBe(mac);
  });
});
