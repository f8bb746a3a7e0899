import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const check = (key: string) =>
  started.call('POST', '/v1/check', { body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }] }, key });

describe('/admin/v1', () => {
  it('opens to the admin token only', async () => {
    for (const path of ['tenants', 'keys?tenant=default', 'status', 'shards', 'access']) {
      for (const key of [started.apiKey, 'fa_0000000000000000_'.padEnd(84, '0'), null]) {
        expect((await started.call('GET', `/admin/v1/${path}`, { key })).status, path).toBe(401);
      }
      expect((await started.admin('GET', `/admin/v1/${path}`)).status, path).toBe(200);
    }
    expect((await check(started.adminToken)).status).toBe(401);
  });

  it('makes a tenant, again is no change, and keeps its retention', async () => {
    const made = (await started.admin('POST', '/admin/v1/tenants', { name: 'acme', retention_ms: 1_000 })).json();
    expect(made).toMatchObject({ name: 'acme', retention_ms: 1_000 });
    expect((await started.admin('POST', '/admin/v1/tenants', { name: 'acme' })).json()).toEqual(made);
    const kept = await started.admin('PUT', '/admin/v1/tenants/acme/retention', { retention_ms: null });
    expect(kept.json().retention_ms).toBeNull();
    const names = (await started.admin('GET', '/admin/v1/tenants'))
      .json()
      .tenants.map((each: { name: string }) => each.name);
    expect(names).toContain('acme');
    const unknown = await started.admin('PUT', '/admin/v1/tenants/nobody/retention', { retention_ms: null });
    expect([unknown.status, unknown.json().code]).toEqual([404, 'tenant_unknown']);
    expect((await started.admin('POST', '/admin/v1/tenants', { name: 'a b' })).status).toBe(400);
  });

  it('adds, lists, rotates and revokes API keys; a secret is shown once', async () => {
    const added = (await started.admin('POST', '/admin/v1/keys', { tenant: 'default', use: 'api' })).json();
    expect((await check(added.secret)).status).toBe(200);
    const listed = await started.admin('GET', '/admin/v1/keys?tenant=default');
    expect(listed.json().keys.map((key: { id: string }) => key.id)).toContain(added.id);
    expect(listed.text).not.toContain(added.secret);
    const rotate = { tenant: 'default', overlap_seconds: 0 };
    const next = (await started.admin('POST', `/admin/v1/keys/${added.id}/rotate`, rotate)).json();
    expect((await check(added.secret)).status).toBe(401);
    expect((await check(next.secret)).status).toBe(200);
    await started.admin('POST', `/admin/v1/keys/${next.id}/revoke`, { tenant: 'default' });
    expect((await check(next.secret)).status).toBe(401);
    const again = await started.admin('POST', `/admin/v1/keys/${next.id}/rotate`, rotate);
    expect([again.status, again.json().code]).toEqual([409, 'key_revoked']);
    const unknown = await started.admin('POST', '/admin/v1/keys/nobody/revoke', { tenant: 'default' });
    expect(unknown.json().code).toBe('key_unknown');
  });

  it('a record key verifies from the moment it is added until it is revoked, in every judge', async () => {
    const { hmac } = await started.makeTenant('record-keys');
    const key = await started.admin('POST', '/admin/v1/keys', { tenant: 'record-keys', use: 'api' });
    const send = () => {
      const { body } = verifyBody(hmac, { tenant: 'record-keys' });
      return started.call('POST', '/v1/verify', { body, key: key.json().secret });
    };
    expect((await send()).status).toBe(200);
    await started.admin('POST', `/admin/v1/keys/${hmac.kid}/revoke`, { tenant: 'record-keys' });
    expect((await send()).json().code).toBe('key_unknown');
  });

  it('refuses keys that are none', async () => {
    const base = { tenant: 'default', use: 'record', kid: 'bad' };
    const cases: [unknown, number, string][] = [
      [{ ...base, alg: 'ed25519', public_key: 'AAAA' }, 401, 'key_malformed'],
      [{ ...base, alg: 'ed25519' }, 401, 'key_malformed'],
      [{ ...base, alg: 'hmac-sha256', secret: '*' }, 400, 'base64_malformed'],
      [{ ...base, alg: 'rsa' }, 400, 'request_field_invalid'],
      [{ ...base, alg: 'hmac-sha256', not_after: 'tomorrow' }, 400, 'request_field_invalid'],
      [{ tenant: 'nobody', use: 'api' }, 404, 'tenant_unknown'],
      [{ tenant: 'default', use: 'api', scopes: ['root'] }, 400, 'scope_unknown'],
    ];
    for (const [body, status, code] of cases) {
      const answer = await started.admin('POST', '/admin/v1/keys', body);
      expect([answer.status, answer.json().code], JSON.stringify(body)).toEqual([status, code]);
    }
  });

  it('lists who did what, as pseudonyms, page by page', async () => {
    const first = (await started.admin('GET', '/admin/v1/access?limit=2')).json();
    expect(first.entries).toHaveLength(2);
    expect(first.entries[0]).toMatchObject({ index: 0, actor: 'system' });
    const rest = (await started.admin('GET', `/admin/v1/access?from=${first.next}&limit=1000`)).json();
    expect(rest.entries[0].index).toBe(first.next);
    expect(rest.entries.some((each: { actor: string }) => /^p_[0-9a-f]{32}$/.test(each.actor))).toBe(true);
    expect((await started.admin('GET', '/admin/v1/access?limit=-1')).json().code).toBe('request_field_invalid');
  });

  it('says how the server is', async () => {
    const status = (await started.admin('GET', '/admin/v1/status')).json();
    expect(status.shards.map((each: { shard: string }) => each.shard)).toEqual(['0', 'control']);
    expect(status.judges.workers_ready).toBe(1);
    expect(status.missing_secrets).toEqual([]);
  });

  it('rotates a tenant’s content key; content stays readable', async () => {
    const answer = (await check(started.apiKey)).json();
    const rotated = await started.admin('POST', '/admin/v1/tenants/default/content-key/rotate');
    expect(rotated.json().generation).toBe(2);
    expect(rotated.json().rewrapped).toBeGreaterThan(0);
    const receipt = (await started.call('GET', `/v1/receipts/${answer.pcs_id}`)).json();
    expect(receipt.salt).toBe(answer.salt);
    expect((await check(started.apiKey)).status).toBe(200);
  });
});
