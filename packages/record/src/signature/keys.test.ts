import { createHmac, createPrivateKey, sign as nodeSign } from 'node:crypto';
import { nobleEd25519 } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { signMessage, type VerificationKey, verifySignature, verifyWithKeys } from './keys.ts';

const message = new TextEncoder().encode('the signed payload');
const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
const publicKey = nobleEd25519.publicKey(secret);
const mac = new Uint8Array(createHmac('sha256', secret).update(message).digest());

function ed25519ByNode(): Uint8Array {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  return new Uint8Array(nodeSign(null, message, createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })));
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

describe('signMessage', () => {
  it("signs as the platform's own HMAC and Ed25519 do", () => {
    const hmac = signMessage({ key: { alg: 'hmac-sha256', kid: 'k', value: secret }, message });
    const ed25519 = signMessage({ key: { alg: 'ed25519', kid: 'k', value: secret }, message });
    expect([hmac, ed25519]).toEqual([
      { ok: true, value: mac },
      { ok: true, value: ed25519ByNode() },
    ]);
  });

  it('refuses keys of no use', () => {
    for (const [alg, bytes] of [
      ['hmac-sha256', 0],
      ['ed25519', 31],
      ['ed25519', 64],
    ] as const) {
      const key = { alg, kid: 'k', value: new Uint8Array(bytes) };
      expect(signMessage({ key, message })).toEqual({ ok: false, code: 'key_malformed' });
    }
  });
});

describe('verifySignature', () => {
  it('takes good signatures and refuses each with one bit changed', () => {
    const cases = [
      { alg: 'hmac-sha256', key: secret, signature: mac, bits: 256 },
      { alg: 'ed25519', key: publicKey, signature: ed25519ByNode(), bits: 16 },
    ] as const;
    for (const { alg, key, signature, bits } of cases) {
      expect(verifySignature({ alg, key, message, signature }).ok).toBe(true);
      for (let bit = 0; bit < bits; bit++) {
        const verdict = verifySignature({ alg, key, message, signature: flipped(signature, bit) });
        expect(verdict).toEqual({ ok: false, code: 'signature_invalid' });
      }
    }
  });

  it('names an unusable key before a signature of the wrong length', () => {
    const smallOrder = new Uint8Array(32).fill(0).with(0, 1);
    const codes = (
      [
        ['hmac-sha256', new Uint8Array(0), mac],
        ['hmac-sha256', new Uint8Array(0), mac.subarray(1)],
        ['hmac-sha256', secret, mac.subarray(1)],
        ['hmac-sha256', secret, new Uint8Array(64)],
        ['ed25519', publicKey.subarray(1), new Uint8Array(64)],
        ['ed25519', smallOrder, new Uint8Array(64)],
        ['ed25519', smallOrder, new Uint8Array(63)],
        ['ed25519', publicKey, new Uint8Array(63)],
        ['ed25519', publicKey, mac],
        ['ed25519', publicKey, new Uint8Array(64)],
      ] as const
    ).map(([alg, key, signature]) => {
      const verdict = verifySignature({ alg, key, message, signature });
      return verdict.ok ? 'ok' : verdict.code;
    });
    expect(codes).toEqual([
      'key_malformed',
      'key_malformed',
      'signature_malformed',
      'signature_malformed',
      'key_malformed',
      'key_malformed',
      'key_malformed',
      'signature_malformed',
      'signature_malformed',
      'signature_invalid',
    ]);
  });

  it('asks the port it is given', () => {
    const ed25519 = { ...nobleEd25519, verify: () => true };
    expect(
      verifySignature({ alg: 'ed25519', key: publicKey, message, signature: new Uint8Array(64), ed25519 }).ok,
    ).toBe(true);
  });
});

describe('verifyWithKeys', () => {
  const key: VerificationKey = { alg: 'hmac-sha256', kid: 'k', value: secret, notBeforeMs: 1000, notAfterMs: 2000 };
  const codeAt = (candidates: readonly VerificationKey[], nowMs?: number) => {
    const verdict = verifyWithKeys({ candidates, message, signature: mac, nowMs });
    return verdict.ok ? verdict.value : verdict.code;
  };

  it('holds a key to its window, first instant in, last instant out', () => {
    expect([999, 1000, 1999, 2000, undefined].map((nowMs) => codeAt([key], nowMs))).toEqual([
      'key_not_yet_valid',
      key,
      key,
      'key_expired',
      key,
    ]);
  });

  it('lets the old key and the new one overlap, and says which verified', () => {
    const next: VerificationKey = { ...key, value: secret.toReversed(), notBeforeMs: 1500, notAfterMs: 3000 };
    expect([1400, 1600, 2500].map((nowMs) => codeAt([next, key], nowMs))).toEqual([key, key, 'signature_invalid']);
  });

  it('reports the most telling of several failures', () => {
    const wrong: VerificationKey = { alg: 'hmac-sha256', kid: 'k', value: Uint8Array.of(1) };
    const empty: VerificationKey = { ...key, value: new Uint8Array(0) };
    expect([codeAt([]), codeAt([empty], 5000), codeAt([empty, key], 5000), codeAt([key, wrong], 5000)]).toEqual([
      'key_unknown',
      'key_malformed',
      'key_expired',
      'signature_invalid',
    ]);
  });
});
