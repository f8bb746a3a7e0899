import { readFile } from 'node:fs/promises';
import { fromBase64, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRADICTED, EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const supported = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
const contradicted = { output: CONTRADICTED, evidence: [{ text: EVIDENCE }] };
const check = (body: unknown, headers: Record<string, string> = {}, query = '') =>
  started.call('POST', `/v1/check${query}`, { body, headers });

async function vkey() {
  const parsed = parseVerifierKey((await readFile(started.server.vkeyFile, 'utf8')).trim());
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
}

describe('POST /v1/check', () => {
  it('answers one verdict with a receipt that binds the text in hand', async () => {
    const answer = (await check(supported)).json();
    expect(answer.verdict.decision).toBe('accept');
    expect(answer.verdict.mode).toBe('enforce');
    expect(answer.effective).toEqual({ decision: 'accept', revision: 0 });
    expect(answer.log.origin).toBe(started.server.origin);
    expect(answer.replayed).toBe(false);
    const salt = fromBase64(answer.salt)!;
    const verified = verifyReceipt({ receipt: answer.receipt, verifierKey: await vkey(), output: SUPPORTED, salt });
    expect(verified.ok).toBe(true);
    const other = verifyReceipt({ receipt: answer.receipt, verifierKey: await vkey(), output: CONTRADICTED, salt });
    expect(other).toMatchObject({ ok: false, code: 'receipt_output_mismatch' });
  });

  it('carries in the receipt, byte for byte, the verdict it answers', async () => {
    const { text, json } = await check(contradicted);
    const { receipt } = json();
    const verified = verifyReceipt({ receipt, verifierKey: await vkey() });
    if (!verified.ok) throw new Error(verified.code);
    const body = Buffer.from(verified.value.body).toString('utf8');
    const verdict = /^\{"verdict":(\{.*\}),"effective"/.exec(text)![1]!;
    expect(body).toContain(`,"verdict":${verdict},"version":1}`);
    expect(JSON.parse(body)).toMatchObject({ type: 'verdict', signer: 'edge', tenant: 'default', content: 'vault' });
  });

  it('never accepts what the evidence contradicts, or what has no evidence', async () => {
    expect((await check(contradicted)).json().verdict.decision).not.toBe('accept');
    expect((await check({ output: SUPPORTED, evidence: [] })).json().verdict.decision).not.toBe('accept');
    expect((await check({ output: '', evidence: [{ text: EVIDENCE }] })).json().verdict.decision).not.toBe('accept');
  });

  it('makes a new record of each call without an idempotency key', async () => {
    const [first, second] = [(await check(supported)).json(), (await check(supported)).json()];
    expect(first.pcs_id).not.toBe(second.pcs_id);
  });

  it('leaves the receipt out where asked', async () => {
    const answer = (await check(supported, {}, '?receipt=none')).json();
    expect(answer.receipt).toBeUndefined();
    expect(answer.salt).toBeDefined();
  });

  it('says which state it reached, and answers all the same when that is less than asked', async () => {
    expect((await check(supported, {}, '?wait=published')).json().reached).toBe('published');
    expect((await check(supported, {}, '?wait=witnessed')).json().reached).toBe('published');
    expect((await check(supported, {}, '?wait=published&timeout_ms=0')).json().reached).toBe('committed');
    expect((await check(supported)).json().reached).toBeUndefined();
  });

  it('refuses unknown fields, wrong types and strict JSON faults by code', async () => {
    const cases: [unknown, string][] = [
      [{ ...supported, extra: 1 }, 'request_field_invalid'],
      [{ output: 1, evidence: [] }, 'request_field_invalid'],
      [{ evidence: [] }, 'request_field_invalid'],
      [{ output: 'x' }, 'request_field_invalid'],
      [{ ...supported, task: 'no spaces' }, 'request_field_invalid'],
      [{ ...supported, usage: { cost_usd: -1 } }, 'request_field_invalid'],
      ['{"output":"a","output":"b","evidence":[]}', 'json_duplicate_key'],
      ['{"output":"\\ud800","evidence":[]}', 'json_lone_surrogate'],
      ['{"output":"a","evidence":[],"usage":{"input_tokens":01}}', 'json_number_form'],
      ['{"output":"a","evidence":[],"usage":{"cost_usd":1e999}}', 'json_number_range'],
      ['', 'json_malformed'],
      ['[]', 'request_field_invalid'],
      [`${'['.repeat(65)}${']'.repeat(65)}`, 'json_too_deep'],
      ['{"__proto__":{"output":"a"},"evidence":[]}', 'request_field_invalid'],
    ];
    for (const [body, code] of cases) {
      const answer = await check(body);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect([answer.status, answer.json().code], JSON.stringify(body)).toEqual([400, code]);
    }
  });

  it('takes 254 passages and refuses one more', async () => {
    const passages = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `p${i}`, text: EVIDENCE }));
    expect((await check({ output: SUPPORTED, prompt: 'When?', evidence: passages(254) })).status).toBe(200);
    expect((await check({ output: SUPPORTED, evidence: passages(255) })).json().code).toBe('request_field_invalid');
  });

  it('takes 1 MB of evidence', async () => {
    const text = `${EVIDENCE} `.repeat(Math.ceil(1_000_000 / EVIDENCE.length)).slice(0, 1_000_000);
    expect((await check({ output: SUPPORTED, evidence: [{ text }] })).status).toBe(200);
  });
});

describe('Idempotency-Key', () => {
  it('gives the stored answer for the same request, and says so', async () => {
    const headers = { 'idempotency-key': 'same-1' };
    const first = (await check({ ...supported, run: 'r1' }, headers)).json();
    const second = (await check({ run: 'r1', ...supported }, headers)).json();
    expect(first.replayed).toBe(false);
    expect(second).toMatchObject({ replayed: true, pcs_id: first.pcs_id, log: first.log, salt: first.salt });
    expect(second.verdict).toEqual(first.verdict);
  });

  it('refuses another request under the key, whatever part of it differs', async () => {
    const headers = { 'idempotency-key': 'conflict-1' };
    await check({ ...supported, usage: { input_tokens: 1 } }, headers);
    const others = [
      contradicted,
      supported,
      { ...supported, usage: { input_tokens: 2 } },
      { ...supported, usage: { input_tokens: 1 }, run: 'r' },
      { ...supported, usage: { input_tokens: 1 }, task: 'other' },
      { output: SUPPORTED, evidence: [{ text: EVIDENCE, id: 'a' }], usage: { input_tokens: 1 } },
    ];
    for (const other of others) expect((await check(other, headers)).json().code).toBe('idempotency_conflict');
    expect((await check({ ...supported, usage: { input_tokens: 1 } }, headers)).json().replayed).toBe(true);
  });

  it('is one record for many at once', async () => {
    const headers = { 'idempotency-key': 'race-1' };
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await check(supported, headers)).json()));
    expect(new Set(answers.map((each) => each.pcs_id)).size).toBe(1);
    expect(new Set(answers.map((each) => each.log.index)).size).toBe(1);
    expect(answers.filter((each) => !each.replayed)).toHaveLength(1);
  });

  it('is scoped to the tenant', async () => {
    const { apiKey } = await started.makeTenant('idem-other');
    const headers = { 'idempotency-key': 'scoped-1' };
    const mine = (await check(supported, headers)).json();
    const theirs = (await started.call('POST', '/v1/check', { body: contradicted, headers, key: apiKey })).json();
    expect(theirs.replayed).toBe(false);
    expect(theirs.pcs_id).not.toBe(mine.pcs_id);
  });

  it('must be 1 to 255 visible characters', async () => {
    expect((await check(supported, { 'idempotency-key': 'k'.repeat(255) })).status).toBe(200);
    for (const key of ['k'.repeat(256), 'a b', '']) {
      const answer = await check(supported, { 'idempotency-key': key });
      expect(answer.json().code, JSON.stringify(key)).toBe('request_field_invalid');
    }
  });
});
