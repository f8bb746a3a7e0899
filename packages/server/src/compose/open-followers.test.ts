import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdb } from '@fractal/store-embedded';
import { afterEach, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { removeData, type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer | undefined;
const copies: string[] = [];
afterEach(async () => {
  await started?.stop();
  started = undefined;
  for (const copy of copies.splice(0)) await removeData(copy);
});

const check = (server: StartedServer) =>
  server.call('POST', '/v1/check', { body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }], task: 'qa' } });

async function until(reached: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2_500; i++) {
    if (await reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come to that');
}

async function counted(server: StartedServer, entries: number) {
  let answer = (await server.call('GET', '/v1/kpis')).json();
  await until(async () => {
    answer = (await server.call('GET', '/v1/kpis')).json();
    const logs: { entries: number; lag_entries: number }[] = answer.counted;
    const sum = logs.reduce((total, log) => total + log.entries, 0);
    return sum === entries && logs.every((log) => log.lag_entries === 0);
  });
  return answer;
}

const decisions = async (
  server: StartedServer,
): Promise<{ op: string; follower: string; code?: string; target?: string }[]> => {
  const { entries } = (await server.admin('GET', '/admin/v1/access?limit=1000')).json();
  return entries
    .map(({ decision }: { decision: { kind: string } }) => decision)
    .filter(({ kind }: { kind: string }) => kind === 'follower');
};

/** As a restored directory is marked. */
async function markRestored(dataDir: string): Promise<void> {
  const logs = Object.fromEntries(
    await Promise.all(
      ['0', 'control'].map(async (log) => {
        const vkey = await readFile(join(dataDir, 'keys', `${log}.vkey`), 'utf8');
        return [log, { origin: vkey.split('+')[0], size: 1 }];
      }),
    ),
  );
  await writeFile(join(dataDir, 'restored.json'), JSON.stringify({ restored_at_ms: 1, logs }));
}

it('counts over the generations of a log; a word about a record of an older one counts for its task', async () => {
  started = await startTestServer();
  const first = (await check(started)).json();
  await check(started);
  await counted(started, 2);
  await started.server.close();
  await markRestored(started.dataDir);
  started = await started.restart();
  const reviewer = await started.admin('POST', '/admin/v1/keys', {
    tenant: 'default',
    use: 'api',
    scopes: ['reviewer'],
  });
  const label = { pcs_id: first.pcs_id, label: 'grounded' };
  const key = reviewer.json().secret;
  expect((await started.call('POST', '/v1/labels', { body: label, key })).status).toBe(200);
  await check(started);
  const answer = await counted(started, 4);
  expect(answer.counted.map(({ log, entries }: { log: string; entries: number }) => [log, entries])).toEqual([
    ['0', 2],
    ['0-2', 2],
  ]);
  expect(answer.tasks).toMatchObject([{ task: 'qa', counts: { decisions: { accept: 3 }, labels: { grounded: 1 } } }]);
  expect(answer.tasks).toHaveLength(1);
  expect(await decisions(started)).toEqual([]);
});

it('counts anew where the rows under its cursor are from the past', async () => {
  started = await startTestServer();
  await check(started);
  await counted(started, 1);
  await started.server.close();
  const past = join(await mkdtemp(join(tmpdir(), 'fractal-server-')), 'data');
  copies.push(past);
  await cp(started.dataDir, past, { recursive: true });
  started = await started.restart();
  for (let i = 0; i < 4; i++) await check(started);
  await counted(started, 5);
  await started.server.close();
  await rm(join(past, 'followers'), { recursive: true });
  await cp(join(started.dataDir, 'followers'), join(past, 'followers'), { recursive: true });
  await markRestored(past);
  const restored = await startTestServer({ dataDir: past });
  for (let i = 0; i < 2; i++) await check(restored);
  const answer = await counted(restored, 3);
  expect(answer.total.decisions.accept).toBe(3);
  const ofKpi = (await decisions(restored)).filter(({ follower }) => follower === 'kpi');
  expect(ofKpi).toMatchObject([{ op: 'reset', code: 'log_replaced' }]);
  await restored.server.close();
  started = await started.restart();
});

it('refuses damaged counts by a code, answers on, and counts anew when it is reset', async () => {
  started = await startTestServer();
  for (let i = 0; i < 3; i++) await check(started);
  await counted(started, 3);
  await started.server.close();
  const keyValue = openLmdb({ folder: join(started.dataDir, 'followers'), readOnly: false });
  const table = keyValue.table('rows');
  const total = Buffer.from('kpi\0row/total');
  const damaged = Buffer.from(table.get(total)!);
  damaged[3]! ^= 1;
  await keyValue.transaction(() => table.put(total, damaged));
  await keyValue.close();
  started = await started.restart();
  const refused = await started.admin('GET', '/admin/v1/kpis');
  expect([refused.status, refused.json().code]).toEqual([503, 'follower_failing']);
  expect((await check(started)).status).toBe(200);
  const kpi = async () => {
    const { followers } = (await started!.admin('GET', '/admin/v1/followers')).json();
    return followers.find(({ name }: { name: string }) => name === 'kpi');
  };
  await until(async () => (await kpi()).failure?.code === 'follower_rows_corrupt');
  expect((await kpi()).logs[0]).toMatchObject({ cursor: 3, dead_letters: 0 });
  expect((await started.admin('POST', '/admin/v1/followers/kpi/reset')).status).toBe(200);
  await counted(started, 4);
  expect((await started.admin('GET', '/admin/v1/kpis')).json().total.decisions.accept).toBe(4);
});

it('names a damaged public file to the operator, once, in metric, list and control log, and tells when it is mended', async () => {
  started = await startTestServer({ scrub: { lapRestMs: 5, entriesPerSecondMax: 1e9 } });
  const server = started;
  for (let i = 0; i < 3; i++) await check(server);
  const bundle = join(server.server.logDir, 'tile', 'entries', '000.p', '3');
  const laps = async (): Promise<number> => {
    const { followers } = (await server.admin('GET', '/admin/v1/followers')).json();
    return followers.find(({ name }: { name: string }) => name === 'scrub').laps;
  };
  const damage = async () => (await server.admin('GET', '/admin/v1/damage')).json().damage;
  let whole = Buffer.alloc(0);
  await until(async () => {
    whole = await readFile(bundle).catch(() => Buffer.alloc(0));
    return whole.length > 0;
  });
  const broken = Buffer.from(whole);
  broken[60]! ^= 1;
  await writeFile(bundle, broken);
  await until(async () => (await damage()).length > 0);
  expect(await damage()).toMatchObject([{ log: '0', what: 'tile/entries/000.p/3', rebuildable: true }]);
  const metric = (await server.call('GET', '/metrics', { key: null })).text;
  expect(metric).toContain('fractal_log_damage{log="0",rebuildable="true"} 1');
  const before = await laps();
  await until(async () => (await laps()) > before + 3);
  expect((await decisions(server)).map(({ op, target }) => `${op} ${target}`)).toEqual(['damage tile/entries/000.p/3']);
  await writeFile(bundle, whole);
  await until(async () => (await damage()).length === 0);
  expect((await decisions(server)).map(({ op }) => op)).toEqual(['damage', 'mend']);
  expect((await check(server)).status).toBe(200);
});
