import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalJsonText, type PlainJson } from '../canonical/canonical-json.ts';
import { parseRecord } from './parse-record.ts';
import { built, codeOf, decode, encode, type Fields, INPUT, signed, signedAnyway } from './sample-record.ts';

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
