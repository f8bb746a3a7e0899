/** Entries of every kind, as a server logs them: what is derived from each is what the server committed with it. */
import { readFileSync } from 'node:fs';
import type { DerivedRow, LogStore, StoredEntry } from '@fractal/ledger';
import { openDataDirectoryReadOnly } from '@fractal/store-embedded';
import { toHex, utf8Decode, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentItems, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';
import { derivedOf } from './derived.ts';

let started: StartedServer;
let store: LogStore;
let entries: readonly StoredEntry[];

beforeAll(async () => {
  started = await startTestServer();
  await sayEverything();
  await started.server.close();
  const directory = await openDataDirectoryReadOnly(started.dataDir);
  store = directory.openLog('0').store;
  entries = await store.readEntries(0, 1_000);
});
afterAll(() => started.stop());

async function sayEverything(): Promise<void> {
  const { call, hmac } = started;
  const check = { output: 'It opened in 1932.', evidence: [{ text: 'It opened in 1932.' }] };
  const checked = await call('POST', '/v1/check', { body: check, headers: { 'idempotency-key': 'c1' } });
  const { pcs_id } = checked.json();
  for (const items of [undefined, contentItems()]) {
    const given = items === undefined ? {} : { items };
    const { body, pcsId } = verifyBody(hmac, given);
    const answers = [
      await call('POST', '/v1/verify', { body }),
      await call('POST', '/v1/resolutions', {
        body: { pcs_id: pcsId, decision: 'block', reviewer: 'ann' },
        headers: { 'idempotency-key': `r-${pcsId}` },
      }),
      await call('POST', '/v1/resolutions', { body: { pcs_id: pcsId, decision: 'accept', revision: 7 } }),
      await call('POST', '/v1/labels', {
        body: { pcs_id: pcsId, label: 'grounded', labeler: 'bob' },
        headers: { 'idempotency-key': `l-${pcsId}` },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  }
  const root = 'ab'.repeat(32);
  await call('POST', '/v1/verify', { body: verifyBody(hmac, { merkleRoot: root }).body });
  const other = await call('POST', '/v1/verify', { body: verifyBody(hmac, { merkleRoot: root, attempt: 2 }).body });
  expect(other.status).toBe(409);
  expect((await call('DELETE', `/v1/content/${pcs_id}`)).status).toBe(200);
  const agent = readFileSync(new URL('../../../../vectors/agents/deployed-agents.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .find((each) => each.expect === 'verifies' && each.record !== undefined && each.key_utf8 !== undefined);
  const secret = Buffer.from(agent.key_utf8).toString('base64');
  const { apiKey } = await started.makeTenant('agents');
  const key = { tenant: 'agents', use: 'record', alg: 'hmac-sha256', kid: 'agent', secret };
  await started.admin('POST', '/admin/v1/keys', key);
  expect((await call('POST', '/v1/pcs/submit', { body: agent.record, key: apiKey })).status).toBe(200);
}

it('is told for each kind of entry, with the key and digest it was committed under', () => {
  const kinds = new Set(entries.map(({ body }) => JSON.parse(utf8Decode(body)!).type));
  expect([...kinds].sort()).toEqual(['equivocation', 'erasure', 'label', 'resolution', 'verdict']);
  for (const entry of entries) expect(derivedOf(entry), utf8Decode(entry.body)).toMatchObject({ ok: true });
});

it('gives all derived rows of the log, and no other', async () => {
  const told = new Map<string, DerivedRow>();
  for (const entry of entries) {
    const derived = derivedOf(entry);
    if (!derived.ok) throw new Error(derived.problem);
    for (const row of derived.value.rows) told.set(`${row.table} ${toHex(row.key)}`, row);
  }
  for (const table of ['effective', 'erasure', 'idempotency']) {
    const kept = await store.listRows(table, 1_000);
    expect(kept.length, table).toBeGreaterThan(0);
    const ofTable = [...told.values()].filter((row) => row.table === table);
    expect(new Map(ofTable.map(({ key, value }) => [toHex(key), toHex(value)]))).toEqual(
      new Map(kept.map(({ key, value }) => [toHex(key), toHex(value)])),
    );
  }
});

it('knows which contents the vault should hold', () => {
  const contents = entries.map(derivedOf).filter((derived) => derived.ok && derived.value.content !== undefined);
  expect(contents).toHaveLength(2);
});

it('names an entry whose key, digest or carried row is not its own', () => {
  const carrying = entries.find(({ carried }) => carried !== undefined)!;
  const [row] = carrying.carried!;
  const wrong = new Uint8Array(32).fill(7);
  const elsewhere = { ...row!, value: Uint8Array.of(...row!.value.subarray(0, 32), ...wrong) };
  expect(derivedOf({ ...carrying, key: wrong })).toMatchObject({ problem: 'its key is not that of its body' });
  expect(derivedOf({ ...carrying, digest: wrong })).toMatchObject({ problem: 'its digest is not that of its body' });
  for (const carried of [[elsewhere], [{ ...row!, table: 'effective' }], [{ ...row!, key: new Uint8Array(31) }]]) {
    expect(derivedOf({ ...carrying, carried })).toMatchObject({ problem: 'it carries a row that is not its own' });
  }
});

it('never throws, whatever a body holds', () => {
  const [entry] = entries;
  const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant('verdict'), fc.constant('label'));
  const body = fc.record(
    { type: fc.constantFrom('verdict', 'label', 'resolution', 'erasure', 'x'), version: fc.constantFrom(1, 2) },
    { requiredKeys: [] },
  );
  const members = fc.dictionary(
    fc.constantFrom('tenant', 'pcs_id', 'digest', 'revision', 'decision', 'source', 'person', 'a'),
    part,
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.tuple(body, members).map(([a, b]) => ({ ...a, ...b })),
      ),
      (value) => {
        expect(derivedOf({ ...entry!, body: utf8Encode(JSON.stringify(value)) })).toMatchObject({ ok: false });
      },
    ),
  );
});
