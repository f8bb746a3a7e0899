import { createHash, createHmac } from 'node:crypto';
import { toBase64 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pcsId } from '../id/pcs-id.ts';
import { signRecord, verifyRecord } from '../profile/verify-record.ts';
import type { VerificationKey } from '../signature/keys.ts';
import { agentReal, agentString } from './python-repr.ts';
import { signAgentRecord } from './sign-record.ts';
import { authenticateAgentRecord, parseAgentRecord, verifyAgentRecord } from './verify-record.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const KEY: VerificationKey = { alg: 'hmac-sha256', kid: 'agent-key', value: encode('testsecret') };
const ROOT = 'e966b52c992aefad3c3d0196db02554f30d10d55e8a6e5e3038f88e79e414112';

/** JSON texts of the fields, so that numbers keep their spelling. */
type Texts = { [name: string]: string | undefined };

function texts(changes: Texts = {}): Texts {
  return {
    pcs_id: `"${pcsId({ merkleRoot: ROOT, epoch: 9007199254740993n, stream: 'köln' })}"`,
    schema: '"fractal-lba-kakeya"',
    version: '"0.1"',
    shard_id: '"k\\u00f6ln"',
    epoch: '9007199254740993',
    attempt: '1',
    sent_at: '"2025-01-19T12:00:00Z"',
    seed: '42',
    scales: '[2, 4, 8, 16]',
    N_j: '{"2": 3, "4": 6, "8": 12, "16": 24}',
    coh_star: '0.5',
    v_star: '[0.0, 0.6, -8e-1]',
    D_hat: '1',
    r: '0.25',
    regime: '"mixed"',
    budget: '0.425',
    merkle_root: `"${ROOT}"`,
    ft: '{"outbox_seq": 0}',
    ...changes,
  };
}

function write(fields: Texts): string {
  const members = Object.entries(fields).filter(([, text]) => text !== undefined);
  return `{${members.map(([name, text]) => `"${name}": ${text}`).join(', ')}}`;
}

const PAYLOAD =
  `{"D_hat":1.0,"budget":0.425,"coh_star":0.5,"epoch":9007199254740993,"merkle_root":"${ROOT}",` +
  `"pcs_id":${texts().pcs_id},"r":0.25,"shard_id":"k\\u00f6ln"}`;

function hmac(payload: string, key: Uint8Array = KEY.value): string {
  return createHmac('sha256', key).update(payload).digest('base64');
}

/** A record with a signature that fits its signed fields, for fields that can be signed at all. */
function signed(changes: Texts = {}): Uint8Array {
  const fields = texts(changes);
  const payload =
    `{"D_hat":${agentReal(Number(fields.D_hat))},"budget":${agentReal(Number(fields.budget))}` +
    `,"coh_star":${agentReal(Number(fields.coh_star))},"epoch":${BigInt(fields.epoch ?? 0)}` +
    `,"merkle_root":${fields.merkle_root},"pcs_id":${fields.pcs_id},"r":${agentReal(Number(fields.r))}` +
    `,"shard_id":${agentString(JSON.parse(fields.shard_id ?? '""'))}}`;
  return encode(write({ ...fields, sig: `"${hmac(payload)}"` }));
}

function codeOf(bytes: Uint8Array, keys: readonly VerificationKey[] = [KEY]): string {
  const verdict = verifyAgentRecord({ bytes, keys });
  return verdict.ok ? 'ok' : `${verdict.code} ${verdict.detail ?? ''}`.trim();
}

describe('verifyAgentRecord', () => {
  it('gives the payload that was signed, its digest, the id and the key', () => {
    const keys = [{ ...KEY, kid: 'other', value: Uint8Array.of(1) }, KEY];
    const verified = verifyRecord({ profile: 'fractal-lba-kakeya', bytes: signed(), keys });
    if (!verified.ok) throw new Error(verified.code);
    const { digest, payload, record, ...rest } = verified.value;
    expect(decode(payload)).toBe(PAYLOAD);
    expect(Buffer.from(digest).toString('hex')).toBe(createHash('sha256').update(PAYLOAD).digest('hex'));
    expect(rest).toEqual({
      profile: 'fractal-lba-kakeya',
      pcsId: pcsId({ merkleRoot: ROOT, epoch: 9007199254740993n, stream: 'köln' }),
      alg: 'hmac-sha256',
      kid: 'agent-key',
      failedChecks: [],
    });
    expect(record).toMatchObject({ shardId: 'köln', epoch: 9007199254740993n, dHat: 1, cohStar: 0.5, regime: 'mixed' });
  });

  it('takes other spellings of the same values', () => {
    const spellings: Texts[] = [
      { D_hat: '1.0' },
      { D_hat: '1e0' },
      { D_hat: '10.0E-1' },
      { D_hat: '1.0000000001' },
      { shard_id: '"köln"' },
      { shard_id: '"\\u006b\\u00F6ln"' },
      { attempt: '7', sent_at: '"never"', seed: '-1', v_star: '[]', ft: '{"a":[{}]}' },
    ];
    expect(spellings.map((changes) => codeOf(signed(changes)))).toEqual(spellings.map(() => 'ok'));
    expect(codeOf(encode(`\n\t ${decode(signed()).replaceAll(' ', '\r\n')} \n`))).toBe('ok');
  });

  it('refuses fields of another shape', () => {
    const faults: [Texts, string][] = [
      [{ ft: undefined, extra: '1' }, 'record_missing_field ft'],
      [{ extra: '1' }, 'record_unknown_field unknown'],
      [{ tenant: '"a"' }, 'record_unknown_field unknown'],
      [{ pcs_id: 'null' }, 'record_bad_field pcs_id'],
      [{ shard_id: '7' }, 'record_bad_field shard_id'],
      [{ shard_id: `"${'x'.repeat(1025)}"` }, 'record_bad_field shard_id'],
      [{ epoch: '"1"' }, 'record_bad_field epoch'],
      [{ epoch: '1.0' }, 'record_bad_field epoch'],
      [{ epoch: '1e3' }, 'record_bad_field epoch'],
      [{ epoch: '9'.repeat(401) }, 'record_bad_field epoch'],
      [{ attempt: '"1"' }, 'record_bad_field attempt'],
      [{ seed: '0.5' }, 'record_bad_field seed'],
      [{ scales: '{}' }, 'record_bad_field scales'],
      [{ scales: '[2.0, 4]' }, 'record_bad_field scales'],
      [{ scales: `[${'2,'.repeat(256)}4]` }, 'record_bad_field scales'],
      [{ N_j: '[]' }, 'record_bad_field N_j'],
      [{ N_j: '{"2": 3.0}' }, 'record_bad_field N_j'],
      [{ N_j: `{${Array.from({ length: 257 }, (_, at) => `"${at}":1`)}}` }, 'record_bad_field N_j'],
      [{ v_star: '["1"]' }, 'record_bad_field v_star'],
      [{ D_hat: '"1"' }, 'record_bad_field D_hat'],
      [{ D_hat: '1e400' }, 'record_bad_field D_hat'],
      [{ r: 'true' }, 'record_bad_field r'],
      [{ budget: 'null' }, 'record_bad_field budget'],
      [{ coh_star: '[0]' }, 'record_bad_field coh_star'],
      [{ regime: '1' }, 'record_bad_field regime'],
      [{ merkle_root: 'null' }, 'record_bad_field merkle_root'],
      [{ ft: '[]' }, 'record_bad_field ft'],
    ];
    const codes = faults.map(([changes]) => codeOf(encode(write({ ...texts(changes), sig: '""' }))));
    expect(codes).toEqual(faults.map(([, code]) => code));
    expect(codeOf(encode(write(texts())))).toBe('record_missing_field sig');
    expect(codeOf(encode(write({ ...texts(), sig: 'null' })))).toBe('record_bad_field sig');
    expect(codeOf(encode(`[${decode(signed())}]`))).toBe('record_bad_field record');
  });

  it('refuses signatures over anything but the payload, and other spellings of them', () => {
    const withSig = (sig: string, keys?: readonly VerificationKey[]) =>
      codeOf(encode(write({ ...texts(), sig: `"${sig}"` })), keys);
    const good = hmac(PAYLOAD);
    const digest = createHash('sha256').update(PAYLOAD).digest();
    expect([
      withSig(good),
      withSig(createHmac('sha256', KEY.value).update(digest).digest('base64')),
      withSig(digest.toString('base64')),
      withSig(hmac(PAYLOAD, new Uint8Array(0))),
      withSig(hmac(PAYLOAD.replace('1.0', '1'))),
      withSig(hmac(PAYLOAD.replace('\\u00f6', 'ö'))),
      withSig(''),
      withSig(good.replace(/=$/, '')),
      withSig(`${good}\\n`),
      withSig(toBase64(new Uint8Array(31))),
      withSig(good, []),
      withSig(good, [{ ...KEY, alg: 'ed25519' }]),
      withSig(good, [{ ...KEY, value: new Uint8Array(0) }]),
    ]).toEqual([
      'ok',
      'signature_invalid',
      'signature_invalid',
      'signature_invalid',
      'signature_invalid',
      'signature_invalid',
      'signature_malformed',
      'signature_malformed',
      'signature_malformed',
      'signature_malformed',
      'key_unknown',
      'key_unknown',
      'key_malformed',
    ]);
    expect(verifyAgentRecord({ bytes: signed(), keys: [{ ...KEY, notBeforeMs: 5 }], nowMs: 4 })).toMatchObject({
      code: 'key_not_yet_valid',
    });
  });

  it('then looks at the id, then at schema and version, then at the numbers', () => {
    const upper = ROOT.toUpperCase();
    const upperId = pcsId({ merkleRoot: upper, epoch: 9007199254740993n, stream: 'köln' });
    expect([
      codeOf(signed({ pcs_id: `"${'ab'.repeat(32)}"`, schema: '"x"' })),
      codeOf(signed({ pcs_id: texts().pcs_id!.toUpperCase() })),
      codeOf(signed({ epoch: '9007199254740992' })),
      codeOf(signed({ merkle_root: `"${upper}"`, pcs_id: `"${upperId}"` })),
      codeOf(signed({ schema: '"x"', version: '"1"', regime: '""' })),
      codeOf(signed({ version: '"0.2"', regime: '""' })),
      codeOf(signed({ regime: '"sticky"', budget: '0.5' })),
      codeOf(signed({ budget: '0.5' })),
    ]).toEqual([
      'record_pcs_id_mismatch',
      'record_pcs_id_mismatch',
      'record_pcs_id_mismatch',
      'record_pcs_id_mismatch',
      'record_schema_unknown schema',
      'record_version_unknown version',
      'record_check_failed regime',
      'record_check_failed budget',
    ]);
  });

  it('never throws on mutated bytes, and what still verifies has the same payload', () => {
    const good = signed();
    const mutation = fc.tuple(
      fc.nat(good.length - 1),
      fc.constantFrom('set', 'insert', 'delete'),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const bytes = [...good];
        for (const [at, kind, byte] of mutations) {
          if (kind === 'set') bytes[at] = byte;
          else bytes.splice(at, kind === 'delete' ? 1 : 0, ...(kind === 'insert' ? [byte] : []));
        }
        const verdict = verifyAgentRecord({ bytes: Uint8Array.from(bytes), keys: [KEY] });
        if (verdict.ok) expect(decode(verdict.value.payload)).toBe(PAYLOAD);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('authenticateAgentRecord', () => {
  it('hands out an authentic record with the checks it failed', () => {
    const authentic = authenticateAgentRecord({ bytes: signed({ regime: '"sticky"', budget: '0.5' }), keys: [KEY] });
    expect(authentic.ok && authentic.value.failedChecks).toEqual(['regime', 'budget']);
    expect(parseAgentRecord(encode('{'))).toMatchObject({ ok: false, code: 'json_malformed' });
  });
});

describe('signAgentRecord', () => {
  const sign = (text: string, key = KEY) => {
    const result = signRecord({ profile: 'fractal-lba-kakeya', record: encode(text), key });
    return result.ok ? decode(result.value.record) : `${result.code} ${result.detail ?? ''}`.trim();
  };

  it('puts sig in before the closing brace and leaves the bytes alone', () => {
    const text = write(texts());
    expect(sign(text)).toBe(`${text.slice(0, -1)},"sig":"${hmac(PAYLOAD)}"}`);
    expect(sign(`${text} \n`)).toBe(sign(text));
    expect(codeOf(encode(sign(text)))).toBe('ok');
    const result = signAgentRecord({ record: encode(text), key: KEY });
    expect(result.ok && decode(result.value.payload)).toBe(PAYLOAD);
  });

  it('signs what was measured, but not another shape or id', () => {
    expect(codeOf(encode(sign(write(texts({ regime: '"sticky"' })))))).toBe('record_check_failed regime');
    expect([
      sign('{'),
      sign(write({ ...texts(), sig: '""' })),
      sign(write(texts({ ft: undefined }))),
      sign(write(texts({ epoch: '1' }))),
      sign(write(texts()), { ...KEY, alg: 'ed25519' }),
      sign(write(texts()), { ...KEY, value: new Uint8Array(0) }),
    ]).toEqual([
      'json_malformed byte 1',
      'record_unknown_field unknown',
      'record_missing_field ft',
      'record_pcs_id_mismatch',
      'alg_unknown',
      'key_malformed',
    ]);
  });
});
