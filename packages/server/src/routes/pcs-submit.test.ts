import { readFileSync } from 'node:fs';
import { fromBase64, toBase64, utf8Encode } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

interface AgentCase {
  readonly id: string;
  readonly key_utf8?: string;
  readonly key_b64?: string;
  readonly record?: string;
  readonly record_b64?: string;
  readonly signed_payload_utf8?: string | null;
  readonly expect: 'verifies' | 'refused';
  readonly stage?: 'parse' | 'signature' | 'id' | 'check';
}

const cases = readFileSync(new URL('../../../../vectors/agents/deployed-agents.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as AgentCase);

const bytesOf = (text: string | undefined, base64: string | undefined): Uint8Array =>
  text === undefined ? fromBase64(base64!)! : utf8Encode(text);
const keyOf = (each: AgentCase) => bytesOf(each.key_utf8, each.key_b64);
const recordOf = (each: AgentCase) => bytesOf(each.record, each.record_b64);

let started: StartedServer;
/** One tenant a key, as deployed agents have it. */
const apiKeys = new Map<string, string>();
beforeAll(async () => {
  started = await startTestServer({ limits: { smallBodyBytesMax: 64 * 1024 } });
  for (const secret of new Set(cases.map((each) => toBase64(keyOf(each))))) {
    const tenant = `agents-${apiKeys.size}`;
    const { apiKey } = await started.makeTenant(tenant);
    await started.admin('POST', '/admin/v1/keys', { tenant, use: 'record', alg: 'hmac-sha256', kid: 'agent', secret });
    apiKeys.set(secret, apiKey);
  }
});
afterAll(() => started.stop());

const submit = (each: AgentCase, headers: Record<string, string> = {}) =>
  started.call('POST', '/v1/pcs/submit', { body: recordOf(each), headers, key: apiKeys.get(toBase64(keyOf(each)))! });

const STATUS = { parse: [400, 413], signature: [401], id: [400], check: [202, 400] } as const;

describe('POST /v1/pcs/submit', () => {
  it('answers the records of deployed agents as stated, and accepts none of those to be refused', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    const payloads = new Map<string, string>();
    for (const each of cases) {
      const answer = await submit(each);
      const body = answer.json();
      const told = `${each.id}: ${answer.status} ${answer.text}`;
      if (each.expect === 'verifies') {
        // Some share an id: the first payload has it, another one equivocates.
        const taken = payloads.get(`${toBase64(keyOf(each))} ${body.pcs_id}`);
        if (answer.status === 409) expect(body.code, told).toBe('equivocation');
        else {
          expect([answer.status, body.accepted, body.escalated], told).toEqual([200, true, false]);
          expect(body.decision, told).not.toBe('accept');
          if (taken !== undefined) expect([taken, body.replayed], told).toEqual([each.signed_payload_utf8, true]);
          payloads.set(`${toBase64(keyOf(each))} ${body.pcs_id}`, each.signed_payload_utf8!);
        }
      } else {
        expect(body.accepted, told).not.toBe(true);
        if (answer.status !== 409) expect(STATUS[each.stage!], told).toContain(answer.status);
      }
    }
    expect(payloads.size).toBeGreaterThan(100);
  });

  it('answers an honest resend (other attempt, sent_at, ft) as the same record', async () => {
    const each = cases.find(
      ({ expect: expected, record }) => expected === 'verifies' && record?.includes('"attempt": 1,'),
    )!;
    const first = (await submit(each)).json();
    const record = each.record!.replace('"attempt": 1,', '"attempt": 2,').replace(/("sent_at": ")\d{4}/, '$12031');
    const again = await submit({ ...each, record });
    expect([again.status, again.json().replayed, again.json().log]).toEqual([200, true, first.log]);
  });

  it('honours X-Tenant-Id only where it agrees', async () => {
    const each = cases.find(({ expect: expected }) => expected === 'verifies')!;
    const tenant = `agents-${[...apiKeys.keys()].indexOf(toBase64(keyOf(each)))}`;
    expect((await submit(each, { 'x-tenant-id': tenant })).status).toBe(200);
    const other = await submit(each, { 'x-tenant-id': 'someone-else' });
    expect([other.status, other.json().code]).toEqual([403, 'tenant_mismatch']);
  });

  it('takes the credential as X-API-Key, and none is 401', async () => {
    const each = cases.find(({ expect: expected }) => expected === 'verifies')!;
    const key = apiKeys.get(toBase64(keyOf(each)))!;
    const call = (headers: Record<string, string>) =>
      started.call('POST', '/v1/pcs/submit', { body: recordOf(each), key: null, headers });
    expect((await call({ 'x-api-key': key })).status).toBe(200);
    expect((await call({})).status).toBe(401);
    expect((await call({ 'x-api-key': key, authorization: 'Bearer other' })).status).toBe(401);
  });

  it('is busy, not too many, where the tenant’s rate is used up: these agents take 429 as final', async () => {
    const limited = await startTestServer({ limits: { tenantRatePerSecond: 0.001, tenantBurst: 1 } });
    try {
      await limited.call('POST', '/v1/pcs/submit', { body: '{}' });
      const answer = await limited.call('POST', '/v1/pcs/submit', { body: '{}' });
      expect([answer.status, answer.json().code]).toEqual([503, 'busy']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const other = await limited.call('POST', '/v1/check', { body: '{}' });
      expect([other.status, other.json().code]).toEqual([429, 'rate_limited']);
      expect(Number(other.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    } finally {
      await limited.stop();
    }
  });
});
