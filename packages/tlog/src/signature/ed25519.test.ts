import { createPrivateKey, createPublicKey, sign as nativeSign, verify as nativeVerify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { fromHex, toHex } from '../bytes/hex.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { bytesNamed } from '../testing/samples.ts';
import { isAcceptableEd25519Key, nobleEd25519 } from './ed25519.ts';

const { sign, verify, publicKey } = nobleEd25519;
const Point = ed25519.Point;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
type CurvePoint = InstanceType<typeof Point>;

const hex = (text: string): Uint8Array => fromHex(text)!;

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The eight points whose order divides the cofactor, as multiples of one of order 8. */
const TORSION: readonly CurvePoint[] = (() => {
  const generator = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  return Array.from({ length: 8 }, (_, i) => generator.multiplyUnsafe(BigInt(i)));
})();

/** [s]B and the challenge k for a commitment R and a key A. */
function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return toNumber(sha512(concatBytes(r, a, message))) % L;
}

describe('verify', () => {
  it.each([
    [
      'RFC 8032 7.1 test 1',
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      'RFC 8032 7.1 test 2',
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ])('takes %s', (_name, seed, key, message, signature) => {
    expect(toHex(publicKey(hex(seed)))).toBe(key);
    expect(toHex(sign(hex(seed), hex(message)))).toBe(signature);
    expect(verify(hex(key), hex(message), hex(signature))).toBe(true);
  });

  it('agrees with a native implementation both ways, and refuses one changed bit', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 90 }),
        fc.nat(511),
        (seed, message, bit) => {
          const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
          const nativeKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
          const signature = sign(seed, message);
          expect(toHex(signature)).toBe(nativeSign(null, message, nativeKey).toString('hex'));
          expect(verify(publicKey(seed), message, signature)).toBe(true);
          signature[bit >> 3]! ^= 1 << (bit & 7);
          expect(verify(publicKey(seed), message, signature)).toBe(false);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuses S + L: one signature, one text', () => {
    const seed = bytesNamed('seed');
    const message = utf8Encode('message');
    const good = sign(seed, message);
    const s = toNumber(good.subarray(32));
    for (const multiple of [1n, 2n, 8n]) {
      const stretched = concatBytes(good.subarray(0, 32), littleEndian(s + multiple * L));
      expect(verify(publicKey(seed), message, stretched)).toBe(false);
    }
    const maximal = concatBytes(good.subarray(0, 32), new Uint8Array(32).fill(0xff));
    expect(verify(publicKey(seed), message, maximal)).toBe(false);
    const order = concatBytes(good.subarray(0, 32), littleEndian(L));
    expect(verify(publicKey(seed), message, order)).toBe(false);
  });

  it('does not multiply by the cofactor: R shifted by a torsion point is refused', () => {
    const secret = 123456789n;
    const a = Point.BASE.multiply(secret).toBytes();
    const message = utf8Encode('message');
    for (const [i, torsion] of TORSION.entries()) {
      const r = Point.BASE.multiply(987654321n).add(torsion).toBytes();
      const s = (987654321n + challenge(r, a, message) * secret) % L;
      const signature = concatBytes(r, littleEndian(s));
      expect(ed25519.verify(signature, message, a, { zip215: true })).toBe(true);
      expect(verify(a, message, signature)).toBe(i === 0);
      expect(verify(a, message, signature)).toBe(verifyNatively(a, message, signature));
    }
  });

  it('takes a key of mixed order where the equation holds without the cofactor, as native ones do', () => {
    const secret = 42424242n;
    let taken = 0;
    for (let i = 0; i < 24; i++) {
      const a = Point.BASE.multiply(secret)
        .add(TORSION[1 + (i % 7)]!)
        .toBytes();
      const message = utf8Encode(`message ${i}`);
      const r = Point.BASE.multiply(31337n).toBytes();
      const signature = concatBytes(r, littleEndian((31337n + challenge(r, a, message) * secret) % L));
      expect(isAcceptableEd25519Key(a)).toBe(true);
      expect(verify(a, message, signature)).toBe(verifyNatively(a, message, signature));
      if (verify(a, message, signature)) taken++;
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(24);
  });

  it('refuses keys of small order, which would take one signature for many messages', () => {
    for (const torsion of TORSION) {
      const a = torsion.toBytes();
      expect(isAcceptableEd25519Key(a)).toBe(false);
      const r = Point.BASE.multiply(5n).toBytes();
      expect(verify(a, utf8Encode('any'), concatBytes(r, littleEndian(5n)))).toBe(false);
    }
  });

  it('takes R of small order where the equation holds: the rule is about keys', () => {
    const secret = 99n;
    const a = Point.BASE.multiply(secret).toBytes();
    const r = Point.ZERO.toBytes();
    const message = utf8Encode('identity as R');
    const signature = concatBytes(r, littleEndian((challenge(r, a, message) * secret) % L));
    expect(verify(a, message, signature)).toBe(true);
    expect(verify(a, message, concatBytes(r, new Uint8Array(32)))).toBe(false);
  });

  it('never throws, whatever the lengths and bytes', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 32, maxLength: 32 }));
    const signature = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 64, maxLength: 64 }));
    fc.assert(
      fc.property(bytes, bytes, signature, (key, message, sig) => {
        expect(verify(key, message, sig)).toBe(false);
      }),
    );
  });
});

describe('isAcceptableEd25519Key', () => {
  const good = publicKey(bytesNamed('seed'));

  it('takes an honest key and no other length', () => {
    expect(isAcceptableEd25519Key(good)).toBe(true);
    for (const length of [0, 31, 33, 64]) expect(isAcceptableEd25519Key(new Uint8Array(length).fill(3))).toBe(false);
  });

  it('refuses each y from p to 2^255 − 1, with either sign bit', () => {
    for (let y = P; y < 2n ** 255n; y++) {
      expect(isAcceptableEd25519Key(littleEndian(y))).toBe(false);
      expect(isAcceptableEd25519Key(littleEndian(y + 2n ** 255n))).toBe(false);
    }
  });

  it('refuses x = 0 with the sign bit set, and bytes that are no point', () => {
    expect(isAcceptableEd25519Key(littleEndian(1n + 2n ** 255n))).toBe(false);
    expect(isAcceptableEd25519Key(littleEndian(P - 1n + 2n ** 255n))).toBe(false);
    // y = 2 is on the curve, y = 7 is not.
    expect(isAcceptableEd25519Key(littleEndian(7n))).toBe(false);
  });
});

/** The check of OpenSSL: without the cofactor, R byte for byte. */
function verifyNatively(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return nativeVerify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}
