import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

async function record(): Promise<{ pcsId: string; body: string }> {
  const made = verifyBody(started.hmac);
  expect((await started.call('POST', '/v1/verify', { body: made.body })).status).toBe(200);
  return made;
}
const resolve = (body: unknown, headers: Record<string, string> = {}) =>
  started.call('POST', '/v1/resolutions', { body, headers });
const label = (body: unknown, headers: Record<string, string> = {}) =>
  started.call('POST', '/v1/labels', { body, headers });
const size = async () => (await started.admin('GET', '/admin/v1/shards')).json().shards[0].size as number;

describe('POST /v1/resolutions', () => {
  it('sets the effective decision; the verdict never changes', async () => {
    const { pcsId, body } = await record();
    const first = (await resolve({ pcs_id: pcsId, decision: 'accept', reviewer: 'ann@example.org' })).json();
    expect(first.effective).toEqual({ decision: 'accept', revision: 1 });
    const again = (await started.call('POST', '/v1/verify', { body })).json();
    expect(again).toMatchObject({ verdict: { decision: 'escalate' }, effective: { decision: 'accept', revision: 1 } });
    expect((await resolve({ pcs_id: pcsId, decision: 'block' })).json().effective.revision).toBe(2);
    const got = (await started.call('GET', `/v1/verdicts/${pcsId}`)).json();
    expect(got).toMatchObject({ verdict: { decision: 'escalate' }, effective: { decision: 'block', revision: 2 } });
  });

  it('takes any higher revision, repeats an old one, and refuses one that is stale or taken', async () => {
    const { pcsId } = await record();
    const first = (await resolve({ pcs_id: pcsId, decision: 'block', revision: 5 })).json();
    const again = (await resolve({ pcs_id: pcsId, decision: 'block', revision: 5 })).json();
    expect(again.log).toEqual(first.log);
    expect((await resolve({ pcs_id: pcsId, decision: 'accept', revision: 5 })).json().code).toBe('resolution_conflict');
    expect((await resolve({ pcs_id: pcsId, decision: 'accept', revision: 4 })).json().code).toBe('revision_stale');
    await resolve({ pcs_id: pcsId, decision: 'accept', revision: 9 });
    const old = (await resolve({ pcs_id: pcsId, decision: 'block', revision: 5 })).json();
    expect(old).toMatchObject({ log: first.log, effective: { decision: 'accept', revision: 9 } });
  });

  it('takes a revision as far ahead as the limit, and not one further: there is always a next one', async () => {
    const { pcsId } = await record();
    const over = await resolve({ pcs_id: pcsId, decision: 'block', revision: 1_000_001 });
    expect([over.status, over.json().code]).toEqual([400, 'request_field_invalid']);
    const most = await resolve({ pcs_id: pcsId, decision: 'block', revision: Number.MAX_SAFE_INTEGER });
    expect([most.status, most.json().code]).toEqual([400, 'request_field_invalid']);
    expect((await resolve({ pcs_id: pcsId, decision: 'block', revision: 1_000_000 })).status).toBe(200);
    expect((await resolve({ pcs_id: pcsId, decision: 'accept' })).json().effective.revision).toBe(1_000_001);
  });

  it('gives one of two records the idempotency key that came for both at once', async () => {
    const [a, b] = [await record(), await record()];
    const headers = { 'idempotency-key': 'resolve-race' };
    const both = await Promise.all([a, b].map(({ pcsId }) => resolve({ pcs_id: pcsId, decision: 'block' }, headers)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.json().code).toBe('idempotency_conflict');
  });

  it('gives each of many at once its own revision', async () => {
    const { pcsId } = await record();
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => (await resolve({ pcs_id: pcsId, decision: 'block' })).json()),
    );
    const revisions = answers.map((answer) => answer.effective.revision).sort((a, b) => a - b);
    expect(revisions).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('makes one entry of a retry under an idempotency key, and refuses another request under it', async () => {
    const { pcsId } = await record();
    const headers = { 'idempotency-key': 'resolve-1' };
    const before = await size();
    const first = (await resolve({ pcs_id: pcsId, decision: 'block' }, headers)).json();
    const again = (await resolve({ pcs_id: pcsId, decision: 'block' }, headers)).json();
    expect(again).toEqual(first);
    expect(await size()).toBe(before + 1);
    expect((await resolve({ pcs_id: pcsId, decision: 'accept' }, headers)).json().code).toBe('idempotency_conflict');
    // The same key on another route is another key.
    expect((await label({ pcs_id: pcsId, label: 'grounded' }, headers)).status).toBe(200);
  });

  it('knows no record of another tenant, and none that was never checked', async () => {
    const { pcsId } = await record();
    const { apiKey } = await started.makeTenant('resolve-other');
    const body = { pcs_id: pcsId, decision: 'accept' };
    const other = await started.call('POST', '/v1/resolutions', { body, key: apiKey });
    expect([other.status, other.json().code]).toEqual([404, 'verdict_unknown']);
    expect((await resolve({ pcs_id: '0'.repeat(64), decision: 'accept' })).json().code).toBe('verdict_unknown');
  });

  it('needs the reviewer scope: an application cannot resolve what it was refused', async () => {
    const { pcsId } = await record();
    const added = (await started.admin('POST', '/admin/v1/keys', { tenant: 'default', use: 'api' })).json();
    const call = (path: string, body: unknown) => started.call('POST', path, { body, key: added.secret });
    const answer = await call('/v1/resolutions', { pcs_id: pcsId, decision: 'accept' });
    expect([answer.status, answer.json().code, answer.json().detail]).toEqual([403, 'forbidden', 'scope reviewer']);
    expect((await call('/v1/labels', { pcs_id: pcsId, label: 'grounded' })).status).toBe(403);
    expect((await call('/v1/verify', JSON.parse(verifyBody(started.hmac).body))).status).toBe(200);
  });
});

describe('POST /v1/labels', () => {
  it('logs one label a person, source and revision; another word needs a higher revision', async () => {
    const { pcsId } = await record();
    const given = { pcs_id: pcsId, label: 'ungrounded', labeler: 'bob' };
    const before = await size();
    const first = (await label(given)).json();
    expect((await label(given)).json()).toEqual(first);
    expect((await label({ ...given, label: 'grounded' })).json().code).toBe('label_conflict');
    expect((await label({ ...given, label: 'grounded', revision: 1 })).status).toBe(200);
    expect((await label({ ...given, labeler: 'eve' })).status).toBe(200);
    expect((await label({ ...given, source: 'audit' })).status).toBe(200);
    expect(await size()).toBe(before + 4);
    const got = (await started.call('GET', `/v1/verdicts/${pcsId}`)).json();
    expect(got.effective).toEqual({ decision: 'escalate', revision: 0 });
  });

  it('refuses what is no label', async () => {
    for (const body of [{ pcs_id: 'x', label: 'grounded' }, { pcs_id: '0'.repeat(64), label: 'right' }, {}]) {
      expect((await label(body)).json().code).toBe('request_field_invalid');
    }
  });
});

describe('people', () => {
  it('are in no public file and no private row but as pseudonyms, which forgetting parts from them', async () => {
    const { pcsId } = await record();
    const person = 'carol@example.org';
    await resolve({ pcs_id: pcsId, decision: 'block', reviewer: person });
    await started.call('POST', '/v1/verify?wait=published', { body: verifyBody(started.hmac).body });
    const { readdir, readFile } = await import('node:fs/promises');
    const files = await readdir(started.dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile() && !each.parentPath.includes('temporary'))) {
      const bytes = await readFile(`${file.parentPath}/${file.name}`);
      expect(bytes.includes(person), file.name).toBe(false);
    }
    const forget = () => started.admin('POST', '/admin/v1/people/forget', { tenant: 'default', person });
    expect((await forget()).json()).toEqual({ forgotten: true });
    expect((await forget()).json()).toEqual({ forgotten: false });
  });
});
