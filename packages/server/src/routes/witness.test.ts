/** A server that cosigns another server's log, and one that is cosigned: over HTTP, end to end and at the limits. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smallLog } from '@fractal/ledger/testing';
import {
  formatVerifierKey,
  openNote,
  parsePolicy,
  parseVerifierKey,
  type TlogPolicy,
  verifyCheckpointByPolicy,
  verifyReceipt,
} from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

const log = smallLog();
const other = smallLog({ origin: 'third.example/log' });
const started: StartedServer[] = [];
const start: typeof startTestServer = async (options) => {
  const server = await startTestServer(options);
  started.push(server);
  return server;
};
afterAll(async () => {
  for (const server of started) await server.stop().catch(() => undefined); // some were stopped by their test
});

const post = (server: StartedServer, body: Uint8Array | string, headers = {}) =>
  server.call('POST', '/witness/add-checkpoint', { body, key: null, headers });

async function witnessOf(options: Parameters<typeof startTestServer>[0] = {}): Promise<StartedServer> {
  return start({ witnessLogs: [log, other].map(({ verifierKey }) => formatVerifierKey(verifierKey)), ...options });
}

describe('POST /witness/add-checkpoint', () => {
  it('cosigns, and answers by the protocol', async () => {
    const server = await witnessOf({ witnessName: 'witness.example/w' });
    const { witness } = server.server;
    expect(witness!.url).toBe(`${server.server.url}/witness`);
    expect((await readFile(witness!.vkeyFile, 'utf8')).trim()).toBe(witness!.vkey);
    const key = parseVerifierKey(witness!.vkey);
    if (!key.ok) throw new Error(key.code);
    const first = await post(server, await log.request(0, 3), { 'content-type': 'text/plain' });
    expect(first.status).toBe(200);
    const text = log.checkpoint(3).slice(0, log.checkpoint(3).indexOf('\n\n') + 1);
    const opened = openNote(`${text}\n${first.text}`, [key.value]);
    expect(opened).toMatchObject({ ok: true, value: { verified: [{ name: 'witness.example/w', type: 4 }] } });
    const conflict = await post(server, await log.request(0, 5), { 'content-type': 'application/octet-stream' });
    expect([conflict.status, conflict.text, conflict.headers.get('content-type')]).toEqual([
      409,
      '3\n',
      'text/x.tlog.size',
    ]);
    const codeOf = async (body: Uint8Array | string) => {
      const answer = await post(server, body);
      return [answer.status, answer.json().code];
    };
    expect(await codeOf('hello')).toEqual([400, 'add_checkpoint_malformed']);
    expect(await codeOf(await smallLog({ origin: 'nobody.example' }).request(0, 1))).toEqual([404, 'log_unknown']);
    const unsigned = new TextDecoder().decode(await log.request(3, 4)).replace('\n4\n', '\n5\n');
    expect(await codeOf(unsigned)).toEqual([403, 'log_signature_refused']);
    expect(await codeOf(await smallLog({ forkAt: 1 }).request(3, 6))).toEqual([422, 'consistency_refused']);
    expect(await codeOf('x'.repeat(65_536))).toEqual([400, 'add_checkpoint_malformed']);
    expect(await codeOf('x'.repeat(65_537))).toEqual([413, 'request_too_large']);
    const metrics = (await server.call('GET', '/metrics', { key: null })).text;
    for (const [outcome, count] of Object.entries({ cosigned: 1, witness_conflict: 1, consistency_refused: 1 })) {
      expect(metrics).toContain(`fractal_witness_answers_total{outcome="${outcome}"} ${count}`);
    }
    expect((await server.admin('GET', '/admin/v1/witnesses')).json()).toMatchObject({
      witnesses: [],
      cosigns: { vkey: witness!.vkey, origins: [log.origin, other.origin] },
    });
  });

  it('says 404 where the server witnesses nothing', async () => {
    const server = await start();
    expect(server.server.witness).toBeUndefined();
    expect((await post(server, await log.request(0, 1))).json().code).toBe('log_unknown');
    expect((await server.call('GET', '/log/0/checkpoint.witnessed', { key: null })).status).toBe(404);
    expect((await server.admin('GET', '/admin/v1/witnesses')).json().cosigns).toBeNull();
  });

  it('is limited by address, and by log once the log has signed', async () => {
    const limits = { witnessAddressRatePerSecond: 0.01, witnessAddressBurst: 4 };
    const byAddress = await witnessOf({ limits });
    for (let n = 0; n < 4; n += 1) expect((await post(byAddress, 'junk')).status).toBe(400);
    const refused = await post(byAddress, await log.request(0, 1));
    expect([refused.status, refused.json().code, Number(refused.headers.get('retry-after')) > 0]).toEqual([
      429,
      'rate_limited',
      true,
    ]);
    const byLog = await witnessOf({ limits: { witnessLogRatePerSecond: 0.01, witnessLogBurst: 2 } });
    for (let n = 0; n < 5; n += 1) await post(byLog, await smallLog({ origin: log.origin, forkAt: 0 }).request(9, 9));
    const status = async (of: typeof log) => (await post(byLog, await of.request(0, 1))).status;
    expect(await status(log)).toBe(429);
    expect(await status(other)).toBe(200);
  });

  it('answers 409 to the second of two branches over a restart, with the same key', async () => {
    const server = await witnessOf();
    expect((await post(server, await log.request(0, 4))).status).toBe(200);
    const again = await server.restart();
    started.push(again);
    expect(again.server.witness!.vkey).toBe(server.server.witness!.vkey);
    expect((await post(again, await smallLog({ forkAt: 2 }).request(0, 4))).text).toBe('4\n');
    expect((await post(again, await log.request(4, 6))).status).toBe(200);
  });
});

describe('the key of a witness', () => {
  it('is another one after a restore: what it signed since the copy is not known any more', async () => {
    const server = await witnessOf({ witnessName: 'witness.example/kept' });
    await post(server, await log.request(0, 4));
    await server.server.close();
    const mark = { restored_at_ms: 1, logs: { 0: { origin: server.server.origin, size: 0 } } };
    await writeFile(join(server.dataDir, 'restored.json'), JSON.stringify(mark));
    // Also where no log is cosigned at that start.
    const between = await startTestServer({ dataDir: server.dataDir });
    await between.server.close();
    const restored = await server.restart();
    const vkey = restored.server.witness!.vkey;
    expect(vkey).not.toBe(server.server.witness!.vkey);
    expect(vkey.startsWith('witness.example/kept+')).toBe(true);
    expect((await post(restored, await log.request(0, 2))).status).toBe(200);
    await restored.server.close();
  });

  it('keeps its name', async () => {
    const server = await witnessOf({ witnessName: 'witness.example/first' });
    await server.server.close();
    const renamed = startTestServer({
      dataDir: server.dataDir,
      witnessLogs: [formatVerifierKey(log.verifierKey)],
      witnessName: 'witness.example/second',
    });
    await expect(renamed).rejects.toThrow(/stays so/);
  });
});

async function policyFor(server: StartedServer, witness: StartedServer): Promise<TlogPolicy> {
  const key = (await readFile(server.server.vkeyFile, 'utf8')).trim();
  const policy = parsePolicy(`log ${key}\nwitness w ${witness.server.witness!.vkey}\nquorum w\n`);
  if (!policy.ok) throw new Error(policy.detail);
  return policy.value;
}

/** Why its one witness does not cosign, once there is a reason. */
async function faultOf(server: StartedServer): Promise<string> {
  for (;;) {
    const { fault } = (await server.admin('GET', '/admin/v1/witnesses')).json().witnesses[0];
    if (fault !== null) return fault;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const CHECK = { output: 'The bridge opened in 1932.', evidence: [{ text: 'The bridge opened in 1932.' }] };

describe('a server whose log another server cosigns', () => {
  it('answers ?wait=witnessed with a receipt that verifies under the policy, and goes on without the witness', async () => {
    // The log's key is known only once its server has started: it starts twice.
    const before = await start();
    const vkey = (await readFile(before.server.vkeyFile, 'utf8')).trim();
    const witness = await start({ witnessLogs: [vkey], witnessName: 'witness.example/b' });
    const { url, vkey: witnessKey } = witness.server.witness!;
    const server = await before.restart({ witnessPolicy: `witness w ${witnessKey} ${url}\nquorum w\n` });
    started.push(server);
    const policy = await policyFor(server, witness);
    const answer = await server.call('POST', '/v1/check?wait=witnessed&timeout_ms=20000', { body: CHECK });
    expect(answer.json().reached).toBe('witnessed');
    expect(verifyReceipt({ receipt: answer.json().receipt, policy })).toMatchObject({
      ok: true,
      value: { cosigned: [{ name: 'witness.example/b' }] },
    });
    const fetched = await server.call('GET', `/v1/receipts/${answer.json().pcs_id}`);
    expect(verifyReceipt({ receipt: fetched.json().receipt, policy }).ok).toBe(true);
    const checkpoint = (await server.call('GET', '/log/0/checkpoint.witnessed', { key: null })).text;
    expect(verifyCheckpointByPolicy({ checkpoint, policy }).ok).toBe(true);
    const state = (await server.admin('GET', '/admin/v1/witnesses')).json();
    expect(state).toMatchObject({
      witnessed_size: state.published_size,
      witnesses: [{ name: 'witness.example/b', lag_entries: 0, failures: 0, fault: null }],
    });

    await witness.server.close();
    const body = { ...CHECK, output: 'The bridge opened.' };
    const without = await server.call('POST', '/v1/check?wait=witnessed&timeout_ms=300', { body });
    expect([without.status, without.json().reached]).toEqual([200, 'published']);
    const plain = verifyReceipt({ receipt: without.json().receipt, policy });
    expect(plain).toMatchObject({ ok: false, code: 'policy_unsatisfied' });
    expect(await faultOf(server)).toBe('unreachable');
    const metrics = (await server.call('GET', '/metrics', { key: null })).text;
    expect(metrics).toMatch(/fractal_witness_lag_entries\{witness="witness\.example\/b"\} [1-9]/);
    expect(metrics).toMatch(/fractal_witness_failures_total\{witness="witness\.example\/b"\} [1-9]/);
    expect(metrics).toMatch(/fractal_witness_last_cosigned_timestamp_seconds\{witness="witness\.example\/b"\} [1-9]/);
    // What was witnessed before still is.
    const old = await server.call('GET', `/v1/receipts/${answer.json().pcs_id}`);
    expect(verifyReceipt({ receipt: old.json().receipt, policy }).ok).toBe(true);
  });

  it('is not started where it would witness itself', async () => {
    const server = await witnessOf();
    const own = (await readFile(server.server.vkeyFile, 'utf8')).trim();
    const { vkey, url } = server.server.witness!;
    await server.server.close();
    const { dataDir } = server;
    await expect(startTestServer({ dataDir, witnessLogs: [own] })).rejects.toThrow(/does not witness itself/);
    const policy = `witness w ${vkey} ${url}\nquorum w\n`;
    await expect(startTestServer({ dataDir, witnessPolicy: policy })).rejects.toThrow(/cannot witness itself/);
    await expect(startTestServer({ dataDir, witnessLogs: ['no key'] })).rejects.toThrow(/no verifier key/);
    await expect(startTestServer({ dataDir, witnessLogs: [vkey] })).rejects.toThrow(/no verifier key of a log/);
  });
});
