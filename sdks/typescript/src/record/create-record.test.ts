import { type ContentItem, merkleRoot, pcsId, verifyContent, verifyRecord } from '@fractal/record';
import { nobleEd25519 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordError } from '../errors/errors.ts';
import type { Rng } from '../http/ports.ts';
import { buildContent, buildRecord, createRecord, type RecordFields, signRecord } from './create-record.ts';

/** 0, 1, 2 … so that a test sees which salt went where. */
function countingRng(): Rng {
  let next = 0;
  return { bytes: (length) => new Uint8Array(length).fill(next++) };
}

const fields: RecordFields = {
  tenant: 'acme',
  namespace: 'default',
  stream: 'support',
  epoch: 3,
  task: 'answers',
  sentAtMs: Date.UTC(2026, 10, 24),
};
const input = { prompt: 'When?', output: 'In 1932.', evidence: ['It opened in 1932.', { id: 'e2', text: 'Steel.' }] };
const secret = new Uint8Array(32).fill(5);
const hmacKey = { alg: 'hmac-sha256', kid: 'k1', value: secret } as const;
const ed25519Key = { alg: 'ed25519', kid: 'k2', value: secret } as const;

describe('buildContent', () => {
  it('puts prompt, output and evidence in order, each with a salt of its own', () => {
    const { items, outputSalt } = buildContent(input, { rng: countingRng() });
    expect(items.map(({ kind, text, id }) => ({ kind, text, id }))).toEqual([
      { kind: 'prompt', text: 'When?', id: undefined },
      { kind: 'output', text: 'In 1932.', id: undefined },
      { kind: 'evidence', text: 'It opened in 1932.', id: undefined },
      { kind: 'evidence', text: 'Steel.', id: 'e2' },
    ]);
    expect(new Set(items.map(({ salt }) => salt[0])).size).toBe(4);
    expect(outputSalt).toBe(items[1]?.salt);
  });

  it('draws 16 fresh random bytes a piece by default', () => {
    const salts = [buildContent(input), buildContent(input)].flatMap(({ items }) =>
      items.map(({ salt }) => salt.join()),
    );
    expect(new Set(salts).size).toBe(8);
    expect(buildContent(input).outputSalt).toHaveLength(16);
  });
});

describe('createRecord', () => {
  it.each([
    ['HMAC-SHA-256', hmacKey, hmacKey],
    ['Ed25519', ed25519Key, { ...ed25519Key, value: nobleEd25519.publicKey(secret) }],
  ])('makes a record that verifies (%s)', (_, key, verificationKey) => {
    const created = createRecord({ ...input, fields, key });
    const verified = verifyRecord({ profile: 'fractal-pcs', bytes: created.record, keys: [verificationKey] });
    expect(verified).toMatchObject({ ok: true, value: { pcsId: created.pcsId, kid: key.kid } });
    const root = merkleRoot(created.content.items);
    expect(created.pcsId).toBe(pcsId({ merkleRoot: root, epoch: 3, stream: 'support' }));
    expect(verifyContent({ items: created.content.items, merkleRoot: root }).ok).toBe(true);
    expect(JSON.parse(new TextDecoder().decode(created.record))).toMatchObject({
      schema: 'fractal-pcs',
      version: '1.0',
      tenant: 'acme',
      sent_at: expect.stringMatching(/^2026-11-24T00:00:00(\.0+)?Z$/),
      attempt: 1,
      content: 'vault',
      merkle_root: root,
      sig: { alg: key.alg, kid: key.kid },
    });
  });

  it('takes the time from its clock', () => {
    const { sentAtMs: _, ...timeless } = fields;
    const clock = { nowMs: () => Date.UTC(2030, 0, 1), startTimer: () => () => undefined };
    const record = buildRecord(timeless, buildContent(input), { clock });
    expect(record.sent_at).toMatch(/^2030-01-01T00:00:00/);
  });

  it('writes optional fields in the names of the wire', () => {
    const usage = { model: 'm', inputTokens: 5, outputTokens: 6, costUsd: 0.5 };
    const optional = { run: 'r1', attempt: 2, parent: 'b'.repeat(64), signals: { logprob: -0.25 }, usage };
    const { record } = createRecord({ ...input, fields: { ...fields, ...optional }, key: hmacKey });
    expect(JSON.parse(new TextDecoder().decode(record))).toMatchObject({
      run: 'r1',
      attempt: 2,
      parent: 'b'.repeat(64),
      signals: { logprob: -0.25 },
      usage: { model: 'm', input_tokens: 5, output_tokens: 6, cost_usd: 0.5 },
    });
  });

  it.each([
    ['a name with a space', { fields: { ...fields, tenant: 'a b' } }, 'record_bad_field'],
    ['an epoch that is no integer', { fields: { ...fields, epoch: 1.5 } }, 'record_bad_field'],
    ['a time that is none', { fields: { ...fields, sentAtMs: Number.NaN } }, 'record_bad_field'],
    ['a signal out of range', { fields: { ...fields, signals: { x: 1e7 + 0.5 } } }, 'json_number_range'],
    ['a signal that is no number', { fields: { ...fields, signals: { x: Number.NaN } } }, 'json_number_range'],
    ['a lone surrogate in the output', { output: 'a\ud800' }, 'content_malformed'],
    ['a lone surrogate in a field', { fields: { ...fields, run: '\udfff' } }, 'json_lone_surrogate'],
    ['more than 256 pieces', { evidence: Array.from({ length: 255 }, () => 'e') }, 'content_malformed'],
    ['an empty HMAC key', { key: { ...hmacKey, value: new Uint8Array(0) } }, 'key_malformed'],
    ['an Ed25519 seed of 31 bytes', { key: { ...ed25519Key, value: new Uint8Array(31) } }, 'key_malformed'],
    ['a kid with a space', { key: { ...hmacKey, kid: 'k 1' } }, 'record_bad_field'],
    ['an algorithm of nobody', { key: { ...hmacKey, alg: 'none' as 'ed25519' } }, 'alg_unknown'],
  ])('refuses %s by its code', (_, change, code) => {
    const make = (): unknown => createRecord({ ...input, fields, key: hmacKey, ...change });
    expect(make).toThrow(RecordError);
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('makes the same bytes of the same input, and verifies for any text (property)', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), (output, evidence) => {
        const make = (): { record: Uint8Array; content: { items: readonly ContentItem[] } } =>
          createRecord({ output, evidence, fields, key: hmacKey }, { rng: countingRng() });
        const created = make();
        expect(created.record).toEqual(make().record);
        expect(verifyRecord({ profile: 'fractal-pcs', bytes: created.record, keys: [hmacKey] }).ok).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('signRecord', () => {
  it('signs JSON in bytes, canonical or not', () => {
    const unsigned = buildRecord(fields, buildContent(input, { rng: countingRng() }));
    const spaced = new TextEncoder().encode(JSON.stringify(unsigned, null, 2));
    expect(signRecord(spaced, hmacKey)).toEqual(signRecord(unsigned, hmacKey));
  });

  it('refuses bytes that are no JSON', () => {
    expect(() => signRecord(Uint8Array.of(0x7b), hmacKey)).toThrow(expect.objectContaining({ code: 'json_malformed' }));
  });
});
