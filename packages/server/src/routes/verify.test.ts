import { nobleEd25519, toBase64 } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRADICTED, contentItems, signedRecord, verifyBody, wireContent } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const verify = (body: unknown, key?: string) =>
  started.call('POST', '/v1/verify', { body, ...(key === undefined ? {} : { key }) });
const size = async () => (await started.admin('GET', '/admin/v1/shards')).json().shards[0].size as number;

describe('POST /v1/verify', () => {
  it('judges a record with its content, given as text or as an object', async () => {
    const items = contentItems();
    const { text, pcsId } = signedRecord(started.hmac, { items });
    const first = await verify({ record: text, content: wireContent(items) });
    expect(first.json()).toMatchObject({ pcs_id: pcsId, replayed: false, verdict: { decision: 'accept' } });
    expect(first.json().salt).toBeUndefined();
    const asObject = await verify(`{"record":${text},"content":${JSON.stringify(wireContent(items))}}`);
    expect(asObject.json()).toMatchObject({ pcs_id: pcsId, replayed: true });
  });

  it('escalates a record that says content none', async () => {
    const answer = (await verify(verifyBody(started.hmac).body)).json();
    expect(answer.verdict.decision).toBe('escalate');
  });

  it('verifies Ed25519 records', async () => {
    const value = new Uint8Array(32).fill(9);
    const publicKey = toBase64(nobleEd25519.publicKey(value));
    const key = { tenant: 'default', use: 'record', alg: 'ed25519', kid: 'ed', public_key: publicKey };
    expect((await started.admin('POST', '/admin/v1/keys', key)).status).toBe(200);
    const { body } = verifyBody({ alg: 'ed25519', kid: 'ed', value }, { items: contentItems() });
    expect((await verify(body)).json().verdict.decision).toBe('accept');
  });

  it('gives the same record the stored verdict, byte for byte, even without its content', async () => {
    const items = contentItems(CONTRADICTED);
    const { text } = signedRecord(started.hmac, { items });
    const first = await verify({ record: text, content: wireContent(items) });
    const again = await verify({ record: text });
    expect(again.status).toBe(200);
    const verdictOf = (answer: string) => /^\{"verdict":\{.*?\},"effective"/.exec(answer)![0];
    expect(verdictOf(again.text)).toBe(verdictOf(first.text));
    expect(again.json().log).toEqual(first.json().log);
  });

  it('refuses another payload under the same id and logs that once', async () => {
    const merkleRoot = 'ab'.repeat(32);
    const first = verifyBody(started.hmac, { merkleRoot, task: 'a' });
    const stored = (await verify(first.body)).json();
    const before = await size();
    for (const task of ['b', 'c', 'b']) {
      const other = await verify(verifyBody(started.hmac, { merkleRoot, task }).body);
      expect([other.status, other.json().code]).toEqual([409, 'equivocation']);
    }
    expect(await size()).toBe(before + 1);
    const again = (await verify(first.body)).json();
    expect(again).toMatchObject({ replayed: true, verdict: stored.verdict, log: stored.log });
  });

  it('counts equivocation also where the other payload brings no usable content', async () => {
    const items = contentItems();
    const first = signedRecord(started.hmac, { items, task: 'a' });
    await verify({ record: first.text, content: wireContent(items) });
    const other = signedRecord(started.hmac, { items, task: 'b' });
    expect((await verify({ record: other.text })).json().code).toBe('equivocation');
  });

  it('changes nothing for a bad signature, an unknown key or another tenant’s record (I1)', async () => {
    const before = await size();
    const { text } = signedRecord(started.hmac, {});
    const flipped = text.replace(/"attempt":1/, '"attempt":2');
    const unknown = signedRecord({ ...started.hmac, kid: 'nobody' }, {}).text;
    const wrongKey = signedRecord({ ...started.hmac, value: new Uint8Array(32) }, {}).text;
    const otherTenant = signedRecord(started.hmac, { tenant: 'other' }).text;
    const cases: [string, number, string][] = [
      [flipped, 401, 'signature_invalid'],
      [unknown, 401, 'key_unknown'],
      [wrongKey, 401, 'signature_invalid'],
      [otherTenant, 403, 'tenant_mismatch'],
    ];
    for (const [record, status, code] of cases) {
      const answer = await verify({ record });
      expect([answer.status, answer.json().code]).toEqual([status, code]);
    }
    expect(await size()).toBe(before);
    const metrics = (await started.call('GET', '/metrics', { key: null })).text;
    expect(metrics).toMatch(/fractal_security_events_total\{kind="signature_refused"\} 3/);
    expect(metrics).toMatch(/fractal_security_events_total\{kind="tenant_mismatch"\} 1/);
  });

  it('holds content against the record', async () => {
    const items = contentItems();
    const vault = signedRecord(started.hmac, { items }).text;
    const none = signedRecord(started.hmac, {}).text;
    const wire = wireContent(items);
    const cases: [unknown, string][] = [
      [{ record: vault }, 'content_missing'],
      [{ record: vault, content: null }, 'content_missing'],
      [{ record: none, content: wire }, 'content_unexpected'],
      [{ record: vault, content: wireContent(contentItems()) }, 'merkle_root_mismatch'],
      [{ record: vault, content: { items: [...wire.items].reverse() } }, 'content_malformed'],
      [{ record: vault, content: { items: [] } }, 'content_malformed'],
      [{ record: vault, content: { items: [{ ...wire.items[0], salt: 'AAAA' }] } }, 'content_malformed'],
    ];
    for (const [body, code] of cases) {
      const answer = await verify(body);
      expect([answer.status, answer.json().code]).toEqual([422, code]);
    }
    const malformed: [unknown, string][] = [
      [{ record: vault, content: { items: [{ ...wire.items[0], salt: '*' }] } }, 'base64_malformed'],
      [{ record: vault, content: { items: [{ ...wire.items[0], kind: 'image' }] } }, 'request_field_invalid'],
      [{ record: vault, content: wire, also: 1 }, 'request_field_invalid'],
      [{ content: wire }, 'request_field_invalid'],
      [{ record: 7 }, 'request_field_invalid'],
      [{ record: vault.replace(',', ', ') }, 'not_canonical'],
      [{ record: '{}' }, 'record_missing_field'],
    ];
    for (const [body, code] of malformed) {
      const answer = await verify(body);
      expect([answer.status, answer.json().code]).toEqual([400, code]);
    }
    // None of them took the id: the right content is judged.
    expect((await verify({ record: vault, content: wire })).json().replayed).toBe(false);
    // Nor does the verdict that stands now speak for another text.
    const [first, ...rest] = wire.items;
    const changed = { items: [{ ...first, text: `${first?.text}.` }, ...rest] };
    const answer = await verify({ record: vault, content: changed });
    expect([answer.status, answer.json().code]).toEqual([422, 'merkle_root_mismatch']);
    expect((await verify({ record: vault })).json().replayed).toBe(true);
  });

  it('keeps tenants apart: the same id in two tenants is two records (I13)', async () => {
    const other = await started.makeTenant('verify-other');
    const merkleRoot = 'cd'.repeat(32);
    const mine = verifyBody(started.hmac, { merkleRoot });
    const theirs = verifyBody(other.hmac, { merkleRoot, tenant: 'verify-other', task: 'x' });
    expect(mine.pcsId).toBe(theirs.pcsId);
    expect((await verify(mine.body)).json().replayed).toBe(false);
    expect((await verify(theirs.body, other.apiKey)).json().replayed).toBe(false);
    expect((await verify(theirs.body)).status).toBe(401);
  });

  it('commits nothing and answers 503 where the policy requires a signal that is not there (I10)', async () => {
    const policy = { mode: 'enforce', accept_risk_max: 1, retry_attempts_max: 3, require_signals: ['nli'] };
    expect((await started.call('PUT', '/v1/policies/strict', { body: policy })).status).toBe(200);
    const items = contentItems();
    const { body } = verifyBody(started.hmac, { items, task: 'strict' });
    const before = await size();
    const answer = await verify(body);
    expect([answer.status, answer.json().code]).toEqual([503, 'signal_missing']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await size()).toBe(before);
    const withSignal = verifyBody(started.hmac, { items, task: 'strict', epoch: 2, signals: { nli: 0.5 } });
    expect((await verify(withSignal.body)).status).toBe(200);
  });

  it('a key that ended or has not begun is refused by name', async () => {
    const add = (kid: string, window: object) =>
      started.admin('POST', '/admin/v1/keys', {
        tenant: 'default',
        use: 'record',
        alg: 'hmac-sha256',
        kid,
        secret: toBase64(started.hmac.value),
        ...window,
      });
    await add('past', { not_after: '2020-01-01T00:00:00Z' });
    await add('future', { not_before: '2199-01-01T00:00:00Z' });
    expect((await verify(verifyBody({ ...started.hmac, kid: 'past' }).body)).json().code).toBe('key_expired');
    expect((await verify(verifyBody({ ...started.hmac, kid: 'future' }).body)).json().code).toBe('key_not_yet_valid');
  });

  it('one record raced by many is one leaf', async () => {
    const before = await size();
    const bodies = Array.from({ length: 10 }, (_, i) =>
      verifyBody(started.hmac, i % 2 === 0 ? { items: contentItems() } : {}),
    );
    const answers = await Promise.all(
      bodies.flatMap(({ body }) => Array.from({ length: 8 }, async () => (await verify(body)).json())),
    );
    expect(await size()).toBe(before + bodies.length);
    const byId = Map.groupBy(answers, (answer) => answer.pcs_id as string);
    expect(byId.size).toBe(bodies.length);
    for (const same of byId.values()) {
      expect(same.filter((each) => !each.replayed)).toHaveLength(1);
      expect(new Set(same.map((each) => JSON.stringify([each.verdict, each.log]))).size).toBe(1);
    }
  });
});
