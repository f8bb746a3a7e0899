/**
 * A real server process whose disk fills (inject.c's capacity, changed by this process while it runs). Everything full, under
 * load: each answer is a 503 with a code or a right one, the process lives, reads go on, and when there is room again it
 * accepts by itself; nothing acknowledged is lost, nothing is there twice. Then one part full at a time: rows, vault, keyring,
 * public files.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyBody } from '../../packages/server/src/testing/records.ts';
import {
  expectBothFscksPass,
  expectOneLeafEach,
  expectSameAnswers,
  expectStoredVerdicts,
} from '../crash/expect-exactly-once.ts';
import { makeRecords, newResult, race, recordKey, registerKey } from '../crash/race.ts';
import { prepareSide } from '../fault-layer/power-cut.ts';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { FaultPlan } from '../harness/fault-plan.ts';
import { longRun } from '../harness/project.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, type Ready, readSecret, type ServerProcess, startServer } from '../harness/server-process.ts';
import { buildTesseraFsck } from '../harness/tessera.ts';

const library = buildFaultLayer();
const seed = seedOfRun();
console.log(`disk-full: FRACTAL_SEED=${seed}`);
const LIMIT_MS = 1_800_000;
const CLIENTS = 16;
const RECORDS = longRun ? 1_000 : 120;
const ROUNDS = longRun ? 20 : 2;

afterAll(removeScratch);

type Full = { server: ServerProcess; plan: FaultPlan; dataDirectory: string };

async function startOnSmallDisk(): Promise<Full> {
  const scratch = scratchDirectory('disk-full');
  const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
  mkdirSync(place.root);
  prepareSide(place.side);
  const plan = new FaultPlan(scratch);
  const layer = faultEnvironment({ library: library!, ...place, syncUs: 200 });
  // Without the trace: under load it would be the largest file of all.
  const { FRACTAL_FAULT_PLAN = '' } = plan.environment();
  const environment = { ...layer, FRACTAL_FAULT_PLAN };
  const dataDirectory = join(place.root, 'data');
  const server = await startServer({ dataDirectory, port: await freePort(), environment }).whenReady;
  return { server, plan, dataDirectory };
}

type Answer = { status: number; json: Record<string, unknown> };

async function call(
  ready: Ready,
  method: string,
  path: string,
  options: { body?: unknown; admin?: boolean } = {},
): Promise<Answer> {
  const key = readSecret(options.admin ? ready.admin_token_file : ready.api_key_file);
  const response = await fetch(ready.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const check = (ready: Ready, n: number, query = ''): Promise<Answer> =>
  call(ready, 'POST', `/v1/check${query}`, {
    body: { output: `Bridge ${n} opened in 1932.`, evidence: [{ text: `Bridge ${n} opened in 1932.` }] },
  });

const signed = (ready: Ready, epoch: number): Promise<Answer> =>
  call(ready, 'POST', '/v1/verify', { body: JSON.parse(verifyBody(recordKey, { epoch }).body) });

async function until(reached: () => boolean | Promise<boolean>, server: ServerProcess): Promise<void> {
  while (!(await reached())) {
    expect(server.ended(), server.errors()).toBeUndefined();
    await sleep(10);
  }
}

async function publishedSizes(ready: Ready): Promise<{ size: number; published: number }> {
  const { json } = await call(ready, 'GET', '/admin/v1/shards', { admin: true });
  const shard = (json.shards as { shard: string; size: number; published_size: number }[]).find(
    (each) => each.shard === '0',
  );
  return { size: shard!.size, published: shard!.published_size };
}

describe.skipIf(library === undefined)('a disk that fills under load', () => {
  it(`refuses with a code, lives, and accepts again by itself (${ROUNDS} times)`, { timeout: LIMIT_MS }, async () => {
    const random = seededRandom(seed);
    const tessera = buildTesseraFsck();
    const { server, plan, dataDirectory } = await startOnSmallDisk();
    const { ready } = server;
    const stop = new AbortController();
    try {
      await registerKey(ready);
      const first = await check(ready, 0);
      const result = newResult();
      const records = makeRecords(RECORDS);
      const racing = race({ ready, records, clients: CLIENTS, share: 1, random, signal: stop.signal, result });
      let over = false;
      racing.then(() => {
        over = true;
      });
      let freshNumber = 1_000_000;
      let accepted = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const goal = (RECORDS * CLIENTS * (round + random.below(60) / 100)) / (ROUNDS + 1);
        await until(() => result.total() >= goal || over, server);
        plan.set({ bytes: random.below(3) * 20_000 });
        // The racers may have no new record left: what is surely new uses up the room.
        let fresh = await check(ready, freshNumber++);
        for (; fresh.status === 200; fresh = await check(ready, freshNumber++)) accepted += 1;
        // Full, and under load: what is there can be read, and what is new is refused.
        expect(await call(ready, 'GET', `/v1/verdicts/${first.json.pcs_id}`)).toMatchObject({ status: 200 });
        expect(await call(ready, 'GET', `/v1/receipts/${first.json.pcs_id}`)).toMatchObject({ status: 200 });
        expect((await fetch(`${ready.url}/log/0/checkpoint`)).status).toBe(200);
        expect((await fetch(`${ready.url}/healthz`)).status).toBe(200);
        expect(fresh).toMatchObject({ status: 503, json: { code: 'store_unavailable', retryable: true } });
        plan.clear();
      }
      await racing;
      expect(server.ended(), server.errors()).toBeUndefined();
      expect([...result.refusals.keys()].filter((code) => code !== 'store_unavailable')).toEqual([]);
      expectSameAnswers(result, RECORDS);
      await expectStoredVerdicts(result, ready);
      expect(await server.stop(), server.errors()).toBe(0);
      expectOneLeafEach(result, ready, { others: 1 + accepted });
      expectBothFscksPass(dataDirectory, ready, tessera);
    } finally {
      plan.clear();
      stop.abort();
      if (server.ended() === undefined) await server.kill();
    }
  });
});

describe.skipIf(library === undefined)('one part of the disk is full', () => {
  it('rows, vault, keyring or public files: what needs it is refused, the rest goes on, and all is well with room again', {
    timeout: LIMIT_MS,
  }, async () => {
    const { server, plan, dataDirectory } = await startOnSmallDisk();
    const { ready } = server;
    const rotate = (): Promise<Answer> =>
      call(ready, 'POST', '/admin/v1/tenants/default/content-key/rotate', { admin: true });
    const refused = { status: 503, json: { code: 'store_unavailable', retryable: true } };
    try {
      await registerKey(ready);
      expect(await check(ready, 1)).toMatchObject({ status: 200 });

      // As on a file system that copies on write: nothing of the rows can be written, freed pages neither.
      plan.set({ fault: 'full-on', operation: 'write', nth: 1, glob: '*/rows/*', scope: '*/rows/*' });
      expect(await check(ready, 2)).toMatchObject(refused);
      expect(await signed(ready, 2)).toMatchObject(refused);
      plan.clear();
      expect(await check(ready, 2)).toMatchObject({ status: 200 });

      plan.set({ fault: 'full-on', operation: 'write', nth: 1, glob: '*/vault/*', scope: '*/vault/*' });
      expect(await check(ready, 3)).toMatchObject(refused);
      expect(await signed(ready, 3), 'a record without content needs no vault').toMatchObject({ status: 200 });
      plan.clear();
      expect(await check(ready, 3)).toMatchObject({ status: 200 });

      plan.set({ bytes: 0, scope: '*/keys/*' });
      expect(await rotate()).toMatchObject(refused);
      expect(await check(ready, 4), 'a verdict needs no new key').toMatchObject({ status: 200 });
      plan.clear();
      expect(await rotate()).toMatchObject({ status: 200 });

      await until(async () => (await publishedSizes(ready)).published === (await publishedSizes(ready)).size, server);
      plan.set({ bytes: 0, scope: '*/temporary/*' });
      const before = await publishedSizes(ready);
      expect(await check(ready, 5, '?wait=published&timeout_ms=50')).toMatchObject({
        status: 200,
        json: { reached: 'committed' },
      });
      expect(await publishedSizes(ready)).toEqual({ size: before.size + 1, published: before.published });
      plan.clear();
      await until(async () => (await publishedSizes(ready)).published === before.size + 1, server);

      expect(await server.stop(), server.errors()).toBe(0);
      expectBothFscksPass(dataDirectory, ready, undefined);
    } finally {
      plan.clear();
      if (server.ended() === undefined) await server.kill();
    }
  });
});
