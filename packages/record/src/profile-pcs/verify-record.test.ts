import { createHash } from 'node:crypto';
import { toBase64 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJsonText } from '../canonical/canonical-json.ts';
import { canonicalize } from '../canonical/canonicalize.ts';
import { buildRecord } from './build-record.ts';
import {
  built,
  codeOf,
  decode,
  ED25519,
  ED25519_PUBLIC,
  encode,
  type Fields,
  HMAC,
  ITEMS,
  secret,
  signed,
  signedAnyway,
} from './sample-record.ts';
import { signPcsRecord } from './sign-record.ts';
import { verifyPcsRecord } from './verify-record.ts';

describe('verifyPcsRecord', () => {
  it('takes HMAC and Ed25519 signatures and names id, digest and key', () => {
    for (const [key, publicKey] of [
      [HMAC, HMAC],
      [ED25519, ED25519_PUBLIC],
    ] as const) {
      const bytes = signed({}, key);
      const verified = verifyPcsRecord({ bytes, keys: [{ ...HMAC, kid: 'other' }, publicKey] });
      if (!verified.ok) throw new Error(verified.code);
      const { digest, payload, ...rest } = verified.value;
      expect(rest).toMatchObject({ profile: 'fractal-pcs', alg: key.alg, kid: key.kid, pcsId: built().pcs_id });
      expect(decode(payload)).toBe(canonicalJsonText(built()));
      expect(Buffer.from(digest).toString('hex')).toBe(createHash('sha256').update(payload).digest('hex'));
    }
  });

  it('covers every field but sig', () => {
    const text = decode(signed());
    const changed = [
      text.replace('"acme"', '"acmf"'),
      text.replace('"prod"', '"prof"'),
      text.replace('"attempt":2', '"attempt":3'),
      text.replace('0.0123', '0.0124'),
      text.replace('.123Z', '.124Z'),
      text.replace('"vault"', '"none"'),
    ];
    expect(changed.map((each) => codeOf(encode(each)))).toEqual(new Array(6).fill('signature_invalid'));
  });

  it('asks for the key by algorithm and kid', () => {
    const bytes = signed();
    expect([
      codeOf(bytes, []),
      codeOf(bytes, [{ ...HMAC, kid: 'key-2' }]),
      codeOf(bytes, [{ ...ED25519_PUBLIC, kid: 'key-1' }]),
      codeOf(bytes, [{ ...HMAC, value: secret.subarray(1) }]),
      codeOf(bytes, [{ ...HMAC, value: new Uint8Array(0) }]),
      codeOf(signed({}, ED25519), [{ ...ED25519_PUBLIC, value: new Uint8Array(32).with(0, 1) }]),
    ]).toEqual(['key_unknown', 'key_unknown', 'key_unknown', 'signature_invalid', 'key_malformed', 'key_malformed']);
    const keys = [{ ...HMAC, notAfterMs: 10 }];
    expect(verifyPcsRecord({ bytes, keys, nowMs: 10 })).toEqual({ ok: false, code: 'key_expired' });
  });

  it('refuses other spellings of the signature', () => {
    const text = decode(signed());
    const value = /"value":"([^"]*)"/.exec(text)![1]!;
    const spellings = [
      '',
      value.slice(0, -1),
      `${value}=`,
      `${value}\\n`,
      value.replace(/.=$/, 'B='),
      `_${value.slice(1)}`,
      toBase64(new Uint8Array(64)),
      toBase64(new Uint8Array(31)),
    ];
    expect(spellings.map((each) => codeOf(encode(text.replace(value, each))))).toEqual(
      spellings.map(() => 'signature_malformed'),
    );
  });

  it('looks at the id after the signature', () => {
    const wrong = { ...built(), pcs_id: 'ab'.repeat(32) };
    expect(codeOf(signedAnyway(wrong))).toBe('record_pcs_id_mismatch');
    expect(codeOf(signedAnyway(wrong), [{ ...HMAC, value: Uint8Array.of(1) }])).toBe('signature_invalid');
  });

  it('never throws and never takes changed bytes for the record, on mutated bytes', () => {
    const good = signed();
    const text = decode(good);
    const mutation = fc.tuple(
      fc.nat(good.length - 1),
      fc.constantFrom('set', 'insert', 'delete', 'swap'),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const bytes = [...good];
        for (const [at, kind, byte] of mutations) {
          if (kind === 'set') bytes[at] = byte;
          else if (kind === 'swap') [bytes[at], bytes[byte]] = [bytes[byte]!, bytes[at]!];
          else bytes.splice(at, kind === 'delete' ? 1 : 0, ...(kind === 'insert' ? [byte] : []));
        }
        const mutated = Uint8Array.from(bytes);
        const verdict = verifyPcsRecord({ bytes: mutated, keys: [HMAC] });
        if (verdict.ok) expect(decode(mutated)).toBe(text);
        const resigned = signPcsRecord({ record: mutated, key: HMAC });
        if (resigned.ok) expect(codeOf(resigned.value.record)).toBe('ok');
      }),
      { numRuns: 3000 },
    );
  });

  it('verifies what it signed, for any fields in range', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const input = fc.record(
      {
        tenant: name,
        namespace: name,
        stream: name,
        task: name,
        epoch: fc.maxSafeNat(),
        attempt: fc.maxSafeNat(),
        sentAtMs: fc.integer({ min: 0, max: 253_402_300_799_999 }),
        run: text,
        signals: fc.dictionary(text, fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxKeys: 5 }),
        usage: fc.record(
          { model: text, inputTokens: fc.maxSafeNat(), costUsd: fc.double({ min: 0, max: 1e6, noNaN: true }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['tenant', 'namespace', 'stream', 'task', 'epoch', 'sentAtMs'] },
    );
    fc.assert(
      fc.property(input, (fields) => {
        const record = buildRecord({ ...fields, items: ITEMS });
        if (!record.ok) throw new Error(record.code);
        const result = signPcsRecord({ record: { ...record.value } as Fields, key: HMAC });
        if (!result.ok) throw new Error(result.code);
        expect(codeOf(result.value.record)).toBe('ok');
        const canonical = canonicalize(result.value.record);
        expect(canonical.ok && decode(canonical.value)).toBe(decode(result.value.record));
      }),
      { numRuns: 300 },
    );
  });
});
