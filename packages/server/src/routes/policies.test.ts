import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const policy = { mode: 'observe', accept_risk_max: 0.25, retry_attempts_max: 2 };
const put = (task: string, body: unknown, headers: Record<string, string> = {}) =>
  started.call('PUT', `/v1/policies/${task}`, { body, headers });
const check = (task: string) =>
  started.call('POST', '/v1/check', { body: { task, output: SUPPORTED, evidence: [{ text: EVIDENCE }] } });

it('a task without a policy has the default one, version 0, enforced', async () => {
  const got = await started.call('GET', '/v1/policies/new');
  expect(got.json()).toMatchObject({ version: 0, mode: 'enforce' });
  expect(got.headers.get('etag')).toBe('"0"');
});

it('a policy that was put is in force at the next verdict, one version up', async () => {
  expect((await put('summary', policy)).json()).toEqual({ version: 1, ...policy });
  expect((await put('summary', { ...policy, forbid: ['bridge'] })).json().version).toBe(2);
  const answer = (await check('summary')).json();
  expect(answer.verdict).toMatchObject({ decision: 'block', mode: 'observe', policy: { version: 2 } });
  expect((await check('elsewhere')).json().verdict.policy.version).toBe(0);
});

it('an expected version that is not in force is a conflict', async () => {
  expect((await put('guarded', policy, { 'if-match': '"0"' })).json().version).toBe(1);
  const stale = await put('guarded', { ...policy, accept_risk_max: 0.5 }, { 'if-match': '"0"' });
  expect([stale.status, stale.json().code]).toEqual([409, 'version_conflict']);
  expect((await put('guarded', policy, { 'if-match': 'W/"1"' })).json().code).toBe('request_field_invalid');
});

it('refuses what is no policy, and what is no task', async () => {
  const bad = [{ ...policy, mode: 'maybe' }, { ...policy, accept_risk_max: 1.1 }, { ...policy, unknown: 1 }, {}];
  for (const body of bad) expect((await put('bad', body)).json().code).toBe('request_field_invalid');
  expect((await put('not%20a%20task', policy)).status).toBe(404);
});

it('a tenant sees its own policies only', async () => {
  const { apiKey } = await started.makeTenant('policy-other');
  await put('mine', policy);
  expect((await started.call('GET', '/v1/policies/mine', { key: apiKey })).json().version).toBe(0);
});

it('a policy that fits a request but no log entry is refused with a code', async () => {
  const forbid = Array.from({ length: 256 }, (_, n) => 'é'.repeat(125) + String(n));
  const answer = await put('large', { ...policy, forbid });
  expect([answer.status, answer.json().code]).toEqual([413, 'entry_too_large']);
  expect((await started.call('GET', '/v1/policies/large')).json().version).toBe(0);
});
