import { nobleEd25519 } from '@fractal/tlog';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeEd25519 } from './node-ed25519.ts';

const node = nodeEd25519();
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 200 });

test('signs and derives keys as the pure implementation does', () => {
  fc.assert(
    fc.property(seed, message, (secretKey, text) => {
      expect(node.publicKey(secretKey)).toEqual(nobleEd25519.publicKey(secretKey));
      expect(node.sign(secretKey, text)).toEqual(nobleEd25519.sign(secretKey, text));
    }),
    { numRuns: 30 },
  );
});

test('agrees with the pure implementation on signatures that were changed', () => {
  const change = fc.record({ at: fc.nat(63), to: fc.nat(255) });
  fc.assert(
    fc.property(seed, message, fc.array(change, { maxLength: 2 }), (secretKey, text, changes) => {
      const publicKey = nobleEd25519.publicKey(secretKey);
      const signature = nobleEd25519.sign(secretKey, text);
      for (const { at, to } of changes) signature[at] = to;
      expect(node.verify(publicKey, text, signature)).toBe(nobleEd25519.verify(publicKey, text, signature));
    }),
    { numRuns: 60 },
  );
});

/** Encodings of small order or not canonical, under which signatures hold that nobody made. */
const BAD_KEYS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
];

test('refuses keys of small order and keys that are not canonical, whatever the signature', () => {
  const forged = new Uint8Array(64);
  forged[0] = 1;
  for (const hex of BAD_KEYS) {
    const key = new Uint8Array(Buffer.from(hex, 'hex'));
    expect(node.verify(key, new Uint8Array(0), forged), hex).toBe(false);
    expect(nobleEd25519.verify(key, new Uint8Array(0), forged), hex).toBe(false);
  }
});

test('anything of the wrong length is refused, not thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
      expect(node.verify(key, new Uint8Array(3), signature)).toBe(false);
    }),
  );
});
