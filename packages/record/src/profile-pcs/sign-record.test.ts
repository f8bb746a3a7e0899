import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJsonText } from '../canonical/canonical-json.ts';
import { pcsId } from '../id/pcs-id.ts';
import type { SigningKey } from '../signature/keys.ts';
import { buildRecord } from './build-record.ts';
import { built, codeOf, decode, ED25519, encode, type Fields, HMAC, INPUT, secret, signed } from './sample-record.ts';
import { signPcsRecord } from './sign-record.ts';

describe('buildRecord', () => {
  it('commits to the items and derives the id', () => {
    const record = built();
    expect(record).toMatchObject({
      schema: 'fractal-pcs',
      version: '1.0',
      sent_at: '2025-10-09T08:53:20.123Z',
      content: 'vault',
      usage: { model: 'gpt-x', input_tokens: 12, output_tokens: 0, cost_usd: 0.0123 },
      pcs_id: pcsId({ merkleRoot: String(record.merkle_root), epoch: 12_345, stream: 'agent.7' }),
    });
  });

  it('leaves out what was not given, counts attempts from 1, and takes a root for content that stays away', () => {
    const { tenant, namespace, stream, epoch, sentAtMs, task } = INPUT;
    const merkleRoot = 'ab'.repeat(32);
    const record = buildRecord({ tenant, namespace, stream, epoch, sentAtMs, task, merkleRoot, content: 'none' });
    expect(record.ok && Object.keys(record.value).sort()).toEqual(
      'attempt content epoch merkle_root namespace pcs_id schema sent_at stream task tenant version'.split(' '),
    );
    expect(record).toMatchObject({ value: { attempt: 1, merkle_root: merkleRoot, content: 'none' } });
  });

  it('refuses content, roots and instants of no use', () => {
    const { items: _, ...rest } = INPUT;
    expect([
      buildRecord({ ...INPUT, items: [] }),
      buildRecord({ ...rest, merkleRoot: 'AB'.repeat(32) }),
      buildRecord({ ...INPUT, sentAtMs: 0.5 }),
      buildRecord({ ...INPUT, sentAtMs: 253_402_300_800_000 }),
    ]).toEqual([
      { ok: false, code: 'content_malformed', detail: 'order' },
      { ok: false, code: 'record_bad_field', detail: 'merkle_root' },
      { ok: false, code: 'record_bad_field', detail: 'sent_at' },
      { ok: false, code: 'record_bad_field', detail: 'sent_at' },
    ]);
  });
});

describe('signPcsRecord', () => {
  it('writes the canonical record and signs it without sig', () => {
    const fields = built();
    const result = signPcsRecord({ record: fields, key: HMAC });
    const value = createHmac('sha256', secret).update(canonicalJsonText(fields)).digest('base64');
    expect(result.ok && decode(result.value.payload)).toBe(canonicalJsonText(fields));
    expect(result.ok && decode(result.value.record)).toBe(
      canonicalJsonText({ ...fields, sig: { alg: 'hmac-sha256', kid: 'key-1', value } }),
    );
  });

  it('takes any spelling of the record and rounds its numbers', () => {
    const fields = built();
    const loose = JSON.stringify({ ...fields, signals: { x: 0.1234567891 } }, undefined, 2).replace(
      '12345',
      '1234500e-2',
    );
    const a = signPcsRecord({ record: encode(loose), key: HMAC });
    const b = signPcsRecord({ record: { ...fields, signals: { x: 0.123456789 } }, key: HMAC });
    expect(a.ok && decode(a.value.record)).toBe(b.ok && decode(b.value.record));
  });

  it('takes every visible character in a kid', () => {
    const kid = String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 0x21));
    const key = { ...HMAC, kid };
    expect(codeOf(signed({}, key), [key])).toBe('ok');
  });

  it('refuses what would not verify', () => {
    const sign = (changes: Fields, key: SigningKey = HMAC) => {
      const result = signPcsRecord({ record: { ...built(), ...changes }, key });
      return result.ok ? 'ok' : `${result.code} ${result.detail ?? ''}`.trim();
    };
    expect([
      sign({ sig: { alg: 'hmac-sha256', kid: 'k', value: '' } }),
      sign({ epoch: 12_346 }),
      sign({ tenant: 'a b' }),
      sign({ tenant: undefined }),
      sign({ run: '\ud800' }),
      sign({ signals: { x: Number.NaN } }),
      sign({}, { ...HMAC, kid: '' }),
      sign({}, { ...HMAC, kid: 'a b' }),
      sign({}, { ...HMAC, value: new Uint8Array(0) }),
      sign({}, { ...ED25519, value: new Uint8Array(33) }),
      sign({}, { ...HMAC, alg: 'none' as 'ed25519' }),
    ]).toEqual([
      'record_unknown_field unknown',
      'record_pcs_id_mismatch',
      'record_bad_field tenant',
      'record_missing_field tenant',
      'json_lone_surrogate',
      'json_number_range',
      'record_bad_field sig.kid',
      'record_bad_field sig.kid',
      'key_malformed',
      'key_malformed',
      'alg_unknown',
    ]);
  });
});
