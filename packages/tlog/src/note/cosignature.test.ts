import { describe, expect, it } from 'vitest';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { bytesNamed } from '../testing/samples.ts';
import { COSIGNATURE_TIME_MAX, signCosignature, verifyCosignature } from './cosignature.ts';

const secretKey = bytesNamed('witness');
const key = { publicKey: nobleEd25519.publicKey(secretKey), ed25519: nobleEd25519 };
const noteText = 'log.example\n7\nAAAA\n';
const make = (time: bigint) => signCosignature({ noteText, time, secretKey, ed25519: nobleEd25519 });

describe('cosignatures', () => {
  it.each([0n, 1n, 2n ** 53n + 1n, COSIGNATURE_TIME_MAX])('carry the time %s', (time) => {
    expect(verifyCosignature({ ...key, noteText, signature: make(time) })).toBe(time);
  });

  it('refuse a time past 2^63 − 1, when made and when read', () => {
    expect(() => make(COSIGNATURE_TIME_MAX + 1n)).toThrow('invariant');
    expect(() => make(-1n)).toThrow('invariant');
    const message = new TextEncoder().encode(`cosignature/v1\ntime ${2n ** 63n}\n${noteText}`);
    const signature = Uint8Array.of(0x80, ...new Uint8Array(7), ...nobleEd25519.sign(secretKey, message));
    expect(verifyCosignature({ ...key, noteText, signature })).toBeUndefined();
  });

  it('bind the time and the text', () => {
    const signature = make(1000n);
    const later = Uint8Array.from(signature);
    later[7]! += 1;
    expect(verifyCosignature({ ...key, noteText, signature: later })).toBeUndefined();
    expect(verifyCosignature({ ...key, noteText: `${noteText}x\n`, signature })).toBeUndefined();
  });

  it.each([0, 7, 8, 64, 71, 73])('refuse %i bytes', (length) => {
    expect(verifyCosignature({ ...key, noteText, signature: new Uint8Array(length) })).toBeUndefined();
  });

  it('are no plain signature over the text', () => {
    const plain = Uint8Array.of(
      ...new Uint8Array(8),
      ...nobleEd25519.sign(secretKey, new TextEncoder().encode(noteText)),
    );
    expect(verifyCosignature({ ...key, noteText, signature: plain })).toBeUndefined();
  });
});
