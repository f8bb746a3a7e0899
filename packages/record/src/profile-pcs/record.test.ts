import { createHash, createHmac } from 'node:crypto';
import { nobleEd25519, toBase64 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalJsonText, type PlainJson } from '../canonical/canonical-json.ts';
import { canonicalize } from '../canonical/canonicalize.ts';
import type { ContentItem } from '../content/content.ts';
import { pcsId } from '../id/pcs-id.ts';
import type { SigningKey, VerificationKey } from '../signature/keys.ts';
import { buildRecord, type RecordInput } from './build-record.ts';
import { parseRecord } from './parse-record.ts';
import { signPcsRecord } from './sign-record.ts';
import { verifyPcsRecord } from './verify-record.ts';

const secret = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
const HMAC: SigningKey & VerificationKey = { alg: 'hmac-sha256', kid: 'key-1', value: secret };
const ED25519: SigningKey = { alg: 'ed25519', kid: 'key-2', value: secret };
const ED25519_PUBLIC: VerificationKey = { ...ED25519, value: nobleEd25519.publicKey(secret) };

const ITEMS: readonly ContentItem[] = [
  { kind: 'prompt', salt: new Uint8Array(16).fill(1), text: 'How much?' },
  { kind: 'output', salt: new Uint8Array(16).fill(2), text: '€3 million' },
];
const INPUT: RecordInput & { items: readonly ContentItem[] } = {
  tenant: 'acme',
  namespace: 'prod',
  stream: 'agent.7',
  epoch: 12_345,
  sentAtMs: 1_760_000_000_123,
  task: 'support-answers',
  run: 'ü "quoted"',
  attempt: 2,
  parent: 'c50bb25a7aff94164147b73c846f0e5e10890d75df204875ca70c448f52c6edf',
  items: ITEMS,
  signals: { coverage: 1, '\ufb33': 0.25, '\ud83d\ude00': 1 / 3 },
  usage: { model: 'gpt-x', inputTokens: 12, outputTokens: 0, costUsd: 0.0123 },
};

type Fields = { [name: string]: PlainJson | undefined };

function built(): Fields {
  const record = buildRecord(INPUT);
  if (!record.ok) throw new Error(record.code);
  return { ...record.value } as Fields;
}

function signed(changes: Fields = {}, key: SigningKey = HMAC): Uint8Array {
  const result = signPcsRecord({ record: { ...built(), ...changes }, key });
  if (!result.ok) throw new Error(`${result.code} ${result.detail}`);
  return result.value.record;
}

/** Bytes of a record as somebody else would sign it, whatever its fields are. */
function signedAnyway(fields: Fields): Uint8Array {
  const payload = canonicalJson(fields);
  const value = toBase64(new Uint8Array(createHmac('sha256', secret).update(payload).digest()));
  return canonicalJson({ ...fields, sig: { alg: 'hmac-sha256', kid: 'key-1', value } });
}

function codeOf(bytes: Uint8Array, keys: readonly VerificationKey[] = [HMAC]): string {
  const verdict = verifyPcsRecord({ bytes, keys });
  return verdict.ok ? 'ok' : `${verdict.code} ${verdict.detail ?? ''}`.trim();
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (text: string) => new TextEncoder().encode(text);

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

describe('parseRecord', () => {
  it('gives typed fields and the payload that was signed', () => {
    const parsed = parseRecord(signed());
    if (!parsed.ok) throw new Error(parsed.code);
    const { record, signature, payload } = parsed.value;
    expect(decode(payload)).toBe(canonicalJsonText(built()));
    expect(signature).toMatchObject({ alg: 'hmac-sha256', kid: 'key-1' });
    const { merkle_root, pcs_id } = built();
    expect(record).toEqual({
      tenant: 'acme',
      namespace: 'prod',
      stream: 'agent.7',
      epoch: 12_345,
      sentAt: '2025-10-09T08:53:20.123Z',
      sentAtMs: INPUT.sentAtMs,
      task: 'support-answers',
      run: 'ü "quoted"',
      attempt: 2,
      parent: INPUT.parent,
      merkleRoot: merkle_root,
      pcsId: pcs_id,
      content: 'vault',
      signals: Object.assign(Object.create(null), { coverage: 1, '\ufb33': 0.25, '\ud83d\ude00': 0.333333333 }),
      usage: INPUT.usage,
    });
  });

  it('takes null for no run and no parent', () => {
    const parsed = parseRecord(signed({ run: null, parent: null, signals: undefined, usage: undefined }));
    expect(parsed.ok && ['run', 'parent', 'usage'].some((name) => name in parsed.value.record)).toBe(false);
  });

  it('keeps signals apart from the prototype of objects', () => {
    const signals = JSON.parse('{"__proto__":0.5,"constructor":1}') as Fields;
    const parsed = parseRecord(signed({ signals }));
    expect(parsed.ok && Object.entries(parsed.value.record.signals)).toEqual([
      ['__proto__', 0.5],
      ['constructor', 1],
    ]);
  });

  /** Each change to a good record, and what it is refused with. */
  const FAULTS: readonly [Fields, string][] = [
    [{ schema: 'fractal-lba-kakeya' }, 'record_schema_unknown schema'],
    [{ schema: undefined, extra: 1 }, 'record_missing_field schema'],
    [{ schema: 1 }, 'record_bad_field schema'],
    [{ version: '1.1' }, 'record_version_unknown version'],
    [{ version: undefined }, 'record_missing_field version'],
    [{ version: 1 }, 'record_bad_field version'],
    [{ extra: 1 }, 'record_unknown_field unknown'],
    [{ ' tenant': 'acme' }, 'record_unknown_field unknown'],
    [{ task: undefined, extra: 1 }, 'record_missing_field task'],
    [{ task: undefined, tenant: undefined }, 'record_missing_field tenant'],
    [{ tenant: '' }, 'record_bad_field tenant'],
    [{ tenant: 'x'.repeat(65) }, 'record_bad_field tenant'],
    [{ tenant: null }, 'record_bad_field tenant'],
    [{ namespace: 'a/b' }, 'record_bad_field namespace'],
    [{ stream: 'ä' }, 'record_bad_field stream'],
    [{ task: ['a'] }, 'record_bad_field task'],
    [{ epoch: -1 }, 'record_bad_field epoch'],
    [{ epoch: 0.5 }, 'record_bad_field epoch'],
    [{ epoch: '1' }, 'record_bad_field epoch'],
    [{ attempt: -1 }, 'record_bad_field attempt'],
    [{ attempt: true }, 'record_bad_field attempt'],
    [{ sent_at: '2025-02-30T00:00:00Z' }, 'record_bad_field sent_at'],
    [{ sent_at: 1_760_000_000 }, 'record_bad_field sent_at'],
    [{ run: '' }, 'record_bad_field run'],
    [{ run: 'x'.repeat(129) }, 'record_bad_field run'],
    [{ run: 7 }, 'record_bad_field run'],
    [{ parent: 'run-1' }, 'record_bad_field parent'],
    [{ merkle_root: 'AB'.repeat(32) }, 'record_bad_field merkle_root'],
    [{ pcs_id: 'ab' }, 'record_bad_field pcs_id'],
    [{ content: 'inline' }, 'record_bad_field content'],
    [{ signals: [1] }, 'record_bad_field signals'],
    [{ signals: null }, 'record_bad_field signals'],
    [{ signals: { '': 1 } }, 'record_bad_field signals'],
    [{ signals: { a: '1' } }, 'record_bad_field signals'],
    [{ signals: { ['x'.repeat(65)]: 1 } }, 'record_bad_field signals'],
    [
      { signals: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`s${at}`, at])) },
      'record_bad_field signals',
    ],
    [{ usage: 'much' }, 'record_bad_field usage'],
    [{ usage: { prompt: 'text' } }, 'record_unknown_field usage.unknown'],
    [{ usage: { model: '' } }, 'record_bad_field usage.model'],
    [{ usage: { input_tokens: -1 } }, 'record_bad_field usage.input_tokens'],
    [{ usage: { output_tokens: 0.5 } }, 'record_bad_field usage.output_tokens'],
    [{ usage: { cost_usd: -0.5 } }, 'record_bad_field usage.cost_usd'],
    [{ usage: { cost_usd: null } }, 'record_bad_field usage.cost_usd'],
    [{ tenant: '', usage: {}, attempt: 'x' }, 'record_bad_field tenant'],
  ];
  it('refuses fields of another shape, each with its code and name', () => {
    const codes = FAULTS.map(([changes]) => codeOf(signedAnyway({ ...built(), ...changes })));
    expect(codes).toEqual(FAULTS.map(([, code]) => code));
  });

  it('refuses a sig of another shape', () => {
    const sig = (value: PlainJson) => codeOf(canonicalJson({ ...built(), sig: value }));
    const good = { alg: 'hmac-sha256', kid: 'k', value: '' };
    expect([
      codeOf(canonicalJson(built())),
      sig('x'),
      sig({}),
      sig({ ...good, extra: 1 }),
      sig({ alg: 'hmac-sha256', kid: 'k' }),
      sig({ ...good, alg: 'HMAC-SHA-256' }),
      sig({ ...good, alg: '__proto__' }),
      sig({ ...good, alg: 1 }),
      sig({ ...good, kid: '' }),
      sig({ ...good, kid: 'a b' }),
      sig({ ...good, kid: 'x'.repeat(129) }),
      sig({ ...good, value: 1 }),
    ]).toEqual([
      'record_missing_field sig',
      'record_bad_field sig',
      'record_missing_field sig.alg',
      'record_unknown_field sig.unknown',
      'record_missing_field sig.value',
      'alg_unknown sig.alg',
      'alg_unknown sig.alg',
      'record_bad_field sig.alg',
      'record_bad_field sig.kid',
      'record_bad_field sig.kid',
      'record_bad_field sig.kid',
      'record_bad_field sig.value',
    ]);
  });

  it('refuses what is not canonical, before it looks at fields', () => {
    const text = decode(signed());
    const variants = [
      ` ${text}`,
      `${text}\n`,
      text.replace(',', ', '),
      text.replace('12345', '12345.0'),
      text.replace('acme', '\\u0061cme'),
      '{"b":1,"a":2}',
    ];
    expect(variants.map((variant) => codeOf(encode(variant)))).toEqual(variants.map(() => 'not_canonical'));
    expect(codeOf(encode(text.replace('12345', '9007199254740992')))).toBe('json_number_range');
    expect(codeOf(encode(text.replace('{', '{"attempt":2,')))).toBe('json_duplicate_key byte 22');
    expect(['[]', '"x"', '1', 'null'].map((each) => codeOf(encode(each)))).toEqual(
      new Array(4).fill('record_bad_field record'),
    );
  });
});

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
