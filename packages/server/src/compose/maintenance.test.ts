import { CorruptRow } from '@fractal/ledger';
import { toHex } from '@fractal/tlog';
import { afterEach, expect, it } from 'vitest';
import { erasures } from '../commit/erasures.ts';
import { keyedQueue } from '../commit/in-flight.ts';
import { verdictKey } from '../commit/keys.ts';
import { silentLogger } from '../edge/logger.ts';
import { memoryLedger } from '../testing/memory-ledger.ts';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';
import { startMaintenance } from './maintenance.ts';

let started: StartedServer | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

const check = (server: StartedServer, key: string) =>
  server.call('POST', '/v1/check', { body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }] }, key });

async function until(reached: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}

it('erases content past its retention, logged once, and leaves the verdict', async () => {
  started = await startTestServer({ maintenanceIntervalMs: 30 });
  const server = started;
  const { apiKey } = await server.makeTenant('short');
  await server.admin('PUT', '/admin/v1/tenants/short/retention', { retention_ms: 50 });
  const kept = (await check(server, server.apiKey)).json();
  const answer = (await check(server, apiKey)).json();
  const saltOf = async (pcsId: string, key: string) =>
    (await server.call('GET', `/v1/receipts/${pcsId}`, { key })).json().salt as string | null;
  const size = async () => (await server.admin('GET', '/admin/v1/shards')).json().shards[0].size as number;
  await until(async () => (await saltOf(answer.pcs_id, apiKey)) === null);
  expect(await size()).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await size()).toBe(3);
  expect(await saltOf(kept.pcs_id, server.apiKey)).toBe(kept.salt);
  expect((await server.call('GET', `/v1/verdicts/${answer.pcs_id}`, { key: apiKey })).status).toBe(200);
});

it('rotates the content key of a tenant that erased, within the stated time, and content stays readable', async () => {
  started = await startTestServer({ maintenanceIntervalMs: 30, rotateAfterMs: 0 });
  const server = started;
  const erased = (await check(server, server.apiKey)).json();
  const kept = (await check(server, server.apiKey)).json();
  await server.call('DELETE', `/v1/content/${erased.pcs_id}`);
  const rotated = async () =>
    (await server.admin('POST', '/admin/v1/tenants/default/content-key/rotate')).json().generation as number;
  await until(async () => (await rotated()) >= 3);
  const receipt = (await server.call('GET', `/v1/receipts/${kept.pcs_id}`)).json();
  expect(receipt.salt).toBe(kept.salt);
  expect((await check(server, server.apiKey)).status).toBe(200);
});

it('an erasure that a crash left logged and undone is done at the next start', async () => {
  const rows: { key: Uint8Array; value: Uint8Array }[] = [];
  const ledger = memoryLedger(async () => undefined);
  const append: typeof ledger.append = (entry) => {
    for (const row of entry.rows ?? []) if (row.table === 'erasure') rows.push(row);
    return ledger.append(entry);
  };
  const erased: string[] = [];
  let crash = true;
  const erase = async ({ pcsId }: { pcsId: string }) => {
    if (crash) throw new Error('the process died here');
    if (erased.includes(pcsId)) return 'already_erased' as const;
    erased.push(pcsId);
    return 'erased' as const;
  };
  const stores = [{ listRows: async () => [] }, { listRows: async () => rows }];
  const rooms = { ledger: { ...ledger, append }, stores, vault: { erase }, queue: keyedQueue() };
  const given = { tenant: 't', pcsId: 'ab'.repeat(32), nowMs: 1 };
  await expect(erasures(rooms).erase(given)).rejects.toThrow('died here');
  expect([ledger.entries.length, erased.length]).toEqual([1, 0]);
  crash = false;
  expect(await erasures(rooms).finish()).toBe(1);
  expect(erased).toEqual([given.pcsId]);
  expect(await erasures(rooms).finish()).toBe(0);
  expect(await erasures(rooms).erase({ ...given, nowMs: 2 })).toEqual({ origin: 'memory', index: 0 });
  expect(ledger.entries).toHaveLength(1);
});

it('content that falls due while its verdict is being committed is erased after it, and that is logged', async () => {
  const ledger = memoryLedger(async () => undefined);
  const events: string[] = [];
  const queue = keyedQueue();
  const rooms = {
    ledger,
    stores: [],
    vault: {
      erase: async () => {
        events.push('erased');
        return 'erased' as const;
      },
    },
    queue,
  };
  const [tenant, pcsId] = ['t', 'cd'.repeat(32)];
  const key = verdictKey(tenant, pcsId);
  const committing = queue.run(toHex(key), async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await ledger.append({ tenant, key, digest: new Uint8Array(32), body: new Uint8Array(1) });
    events.push('committed');
  });
  await Promise.all([erasures(rooms).expire({ tenant, pcsId, nowMs: 1 }), committing]);
  expect(events).toEqual(['committed', 'erased']);
  expect(ledger.entries).toHaveLength(2);
  await erasures(rooms).expire({ tenant, pcsId: 'ef'.repeat(32), nowMs: 1 });
  expect([events.length, ledger.entries.length]).toEqual([3, 2]);
});

it('content past its retention goes, though that of a record with a damaged row cannot', async () => {
  const [damaged, whole] = ['aa'.repeat(32), 'bb'.repeat(32)].map((pcsId) => ({ tenant: 't', pcsId }));
  let due = [damaged!, whole!];
  const failures: string[] = [];
  const maintenance = startMaintenance({
    vault: {
      finishRotations: async () => [],
      listDue: async () => due,
      sweep: async () => [],
      rotationsOwed: async () => [],
      rotateTenantKey: async () => ({ generation: 1, rewrapped: 0 }),
    },
    erasures: {
      erase: async () => ({ origin: 'memory', index: 0 }),
      finish: async () => 0,
      expire: async ({ pcsId }) => {
        if (pcsId === damaged!.pcsId) throw new CorruptRow('rows/entries/1 is damaged');
        due = due.filter((each) => each.pcsId !== pcsId);
      },
    },
    isKnown: async () => true,
    logger: { ...silentLogger, error: (event) => void failures.push(event) },
    nowMs: () => 1,
    intervalMs: 60_000,
    rotateAfterMs: 0,
  });
  await maintenance.run();
  await maintenance.close();
  expect(due).toEqual([damaged]);
  expect(new Set(failures)).toEqual(new Set(['content_expired_failed']));
});
