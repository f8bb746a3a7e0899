import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder } from '@fractal/store-embedded';
import { parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonLogger } from '../edge/logger.ts';
import { startGuardServer } from '../testing/guard-server.ts';
import { CONTRADICTED, EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { removeData, type StartedServer, startTestServer } from '../testing/started-server.ts';
import { copyGuard } from './copy-guard.ts';
import { GENERATIONS_MAX, lostEntries, parseClosed, writeClosed } from './generations.ts';
import { GuardPlaceError, guardAt } from './open-guard.ts';
import { parseRestored } from './restored.ts';
import type { ServerOptions } from './start-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const guardOf = (dataDir: string) => `${dataDir}.guard`;

/** A server whose directory and copies are removed in the end. */
async function start(options: Partial<ServerOptions> = {}): Promise<StartedServer> {
  const started = await startTestServer(options);
  closers.push(async () => {
    await started.server.close().catch(() => undefined); // closed already, by a test that stops it
    await removeData(started.dataDir).catch(() => undefined); // removed already, with an earlier one over the same folder
  });
  return started;
}

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-generations-'));
  closers.push(() => rm(folder, { recursive: true }));
  return folder;
}

const check = async (server: StartedServer, key: string, output = SUPPORTED) => {
  const headers = { 'idempotency-key': key };
  const answer = await server.call('POST', '/v1/check', { headers, body: { output, evidence: [{ text: EVIDENCE }] } });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json();
};
const shards = async (server: StartedServer) => (await server.admin('GET', '/admin/v1/shards')).json().shards;

async function indexIn(server: StartedServer, name: string, receipt: string): Promise<number> {
  const vkey = (await readFile(join(server.dataDir, 'keys', `${name}.vkey`), 'utf8')).trim();
  const verifierKey = parseVerifierKey(vkey);
  if (!verifierKey.ok) throw new Error(verifierKey.code);
  const verified = verifyReceipt({ receipt, verifierKey: verifierKey.value });
  if (!verified.ok) throw new Error(verified.code);
  return Number(verified.value.index);
}

/** A server over a directory that was put back as it was after `before`, though `after` came later. */
async function putBack<Before>(
  before: (server: StartedServer) => Promise<Before>,
  after: (server: StartedServer) => Promise<void>,
  options: Partial<ServerOptions> = {},
): Promise<{ server: StartedServer; before: Before; origin: string; lines: string[] }> {
  const first = await start(options);
  const { dataDir, server } = first;
  const result = await before(first);
  await server.close();
  const copy = join(await scratch(), 'copy');
  await cp(dataDir, copy, { recursive: true });
  const second = await start({ ...options, dataDir });
  await after(second);
  await second.server.close();
  await rm(dataDir, { recursive: true });
  await rename(copy, dataDir);
  const lines: string[] = [];
  const logger = jsonLogger({ write: (line) => lines.push(line), nowMs: Date.now, level: 'warn' });
  const third = await start({ ...options, dataDir, logger });
  return { server: third, before: result, origin: server.origin, lines };
}

describe('a log that is closed and followed by the next generation', () => {
  it('is one with it for whoever asks: verdicts, receipts, resolutions, labels, erasures, equivocation', async () => {
    const { server, before, origin, lines } = await putBack(
      async (first) => {
        const kept = await check(first, 'kept');
        const resolved = await check(first, 'resolved', CONTRADICTED);
        const erased = await check(first, 'erased');
        const signed = verifyBody(first.hmac, { merkleRoot: 'ab'.repeat(32) });
        await first.call('POST', '/v1/verify', { body: signed.body });
        const said = { pcs_id: resolved.pcs_id, decision: 'accept' };
        const resolution = await first.call('POST', '/v1/resolutions', { body: said });
        expect(resolution.status).toBe(200);
        const erasing = await first.call('DELETE', `/v1/content/${erased.pcs_id}`);
        expect(erasing.status).toBe(200);
        return { kept, resolved, erased, signed, hmac: first.hmac, erasure: erasing.json() };
      },
      async (second) => {
        await check(second, 'lost');
        await second.admin('POST', '/admin/v1/tenants', { name: 'lost' });
      },
    );
    const next = `${origin}-2`;
    expect(server.server.origin).toBe(next);
    // kept: the same answer, from the old log, by whichever way
    const again = await check(server, 'kept');
    expect(again).toMatchObject({ verdict: before.kept.verdict, log: before.kept.log, replayed: true });
    expect(before.kept.log.origin).toBe(origin);
    expect(await indexIn(server, '0', again.receipt)).toBe(before.kept.log.index);
    const stored = (await server.call('GET', `/v1/verdicts/${before.kept.pcs_id}`)).json();
    expect(stored.log).toEqual(before.kept.log);
    const receipt = (await server.call('GET', `/v1/receipts/${before.kept.pcs_id}`)).json();
    expect([receipt.log, await indexIn(server, '0', receipt.receipt)]).toEqual([
      before.kept.log,
      before.kept.log.index,
    ]);
    const published = await server.call('POST', '/v1/check?wait=published', {
      headers: { 'idempotency-key': 'kept' },
      body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }] },
    });
    expect(published.json().reached).toBe('published');
    // lost: one verdict, in the new log
    const lost = await Promise.all([check(server, 'lost'), check(server, 'lost')]);
    expect(lost.map(({ log }) => log)).toEqual([lost[0].log, lost[0].log]);
    expect(lost[0].log.origin).toBe(next);
    expect(await indexIn(server, '0-2', lost[0].receipt)).toBe(lost[0].log.index);
    // a resolution stands, the next one goes into the new log and stands after that
    const resolved = async () => (await server.call('GET', `/v1/verdicts/${before.resolved.pcs_id}`)).json().effective;
    expect(await resolved()).toEqual({ decision: 'accept', revision: 1 });
    const said = { pcs_id: before.resolved.pcs_id, decision: 'block' };
    const resolution = (await server.call('POST', '/v1/resolutions', { body: said })).json();
    expect(resolution).toMatchObject({ effective: { decision: 'block', revision: 2 }, log: { origin: next } });
    expect(await resolved()).toEqual({ decision: 'block', revision: 2 });
    const label = { pcs_id: before.resolved.pcs_id, label: 'ungrounded' };
    expect((await server.call('POST', '/v1/labels', { body: label })).json().log.origin).toBe(next);
    // an erasure is the one it was
    const erasing = (await server.call('DELETE', `/v1/content/${before.erased.pcs_id}`)).json();
    expect(erasing).toEqual(before.erasure);
    expect((await server.call('GET', `/v1/receipts/${before.erased.pcs_id}`)).json().salt).toBeNull();
    const fresh = (await server.call('DELETE', `/v1/content/${before.kept.pcs_id}`)).json();
    expect(fresh.log.origin).toBe(next);
    // another payload under an id of the old log is equivocation
    const other = verifyBody(before.hmac, { merkleRoot: 'ab'.repeat(32), attempt: 2 });
    const size = async () => (await shards(server))[0].size;
    const sizeBefore = await size();
    for (let i = 0; i < 2; i += 1) {
      const refused = await server.call('POST', '/v1/verify', { body: other.body });
      expect([refused.status, refused.json().code]).toEqual([409, 'equivocation']);
    }
    expect(await size()).toBe(sizeBefore + 1);
    // what is told
    const [shard, control] = await shards(server);
    expect(shard.closed).toMatchObject([{ log: '0', origin, reason: 'behind', lost: 1 }]);
    expect(control).toMatchObject({ shard: 'control', log: 'control-2', closed: [{ reason: 'behind' }] });
    const closing = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'log_closed');
    expect(closing.map(({ log }) => log).sort()).toEqual(['0', 'control']);
    expect(closing.find(({ log }) => log === '0')).toMatchObject({ entries_lost: 1, first_lost: shard.closed[0].size });
    expect(closing[0].next).toContain('verifier key');
    for (const name of ['0', '0-2', 'control', 'control-2']) {
      expect((await server.call('GET', `/log/${name}/checkpoint`, { key: null })).status, name).toBe(200);
    }
  });

  it('of the control log goes on with what the old one decided, over restarts', async () => {
    const { server } = await putBack(
      (first) => first.makeTenant('kept'),
      async (second) => {
        await second.makeTenant('lost');
        await check(second, 'lost');
      },
    );
    const names = async (of: StartedServer) =>
      (await of.admin('GET', '/admin/v1/tenants')).json().tenants.map(({ name }: { name: string }) => name);
    expect((await names(server)).sort()).toEqual(['default', 'kept']);
    await server.makeTenant('lost');
    await server.makeTenant('new');
    const entries = (await server.admin('GET', '/admin/v1/access?limit=1000')).json().entries;
    expect(entries.map(({ index }: { index: number }) => index)).toEqual(entries.map((_: unknown, i: number) => i));
    const generations = (list: { decision: { kind: string; log: string } }[]) =>
      list.filter(({ decision }) => decision.kind === 'generation').map(({ decision }) => decision.log);
    expect(generations(entries).sort()).toEqual(['0', 'control']);
    const next = await server.restart();
    const later = (await next.admin('GET', '/admin/v1/access?limit=1000')).json().entries;
    expect(generations(later)).toHaveLength(2); // told again at each start, logged once
    closers.push(() => next.server.close());
    expect((await names(next)).sort()).toEqual(['default', 'kept', 'lost', 'new']);
    expect((await shards(next))[1].closed).toHaveLength(1);
  });

  it('is followed by a third where the second is put back too, and dedup goes through all', async () => {
    const { server, origin } = await putBack(
      (first) => check(first, 'one'),
      async (second) => void (await check(second, 'lost-one')),
    );
    await check(server, 'two');
    await server.server.close();
    const copy = join(await scratch(), 'copy');
    await cp(server.dataDir, copy, { recursive: true });
    const later = await start({ dataDir: server.dataDir });
    await check(later, 'lost-two');
    await later.server.close();
    await rm(server.dataDir, { recursive: true });
    await rename(copy, server.dataDir);
    const third = await start({ dataDir: server.dataDir });
    expect(third.server.origin).toBe(`${origin}-3`);
    const answers = [await check(third, 'one'), await check(third, 'two'), await check(third, 'lost-two')];
    expect(answers.map(({ log }) => log.origin)).toEqual([origin, `${origin}-2`, `${origin}-3`]);
    expect(await indexIn(third, '0-2', answers[1].receipt)).toBe(answers[1].log.index);
    expect((await shards(third))[0].closed.map(({ log }: { log: string }) => log)).toEqual(['0', '0-2']);
  });

  it('is closed too where its guard is gone, empty or forged, and says which', async () => {
    const breaks: [string, (guard: string) => Promise<void>][] = [
      ['guard_lost', (guard) => rm(guard, { recursive: true })],
      ['forged', forgeFirstGuard],
    ];
    for (const [reason, spoil] of breaks) {
      const first = await start();
      const kept = await check(first, 'kept');
      await first.server.close();
      await spoil(guardOf(first.dataDir));
      const next = await start({ dataDir: first.dataDir });
      expect(next.server.origin).toBe(`${first.server.origin}-2`);
      expect((await shards(next))[0].closed).toMatchObject([{ reason, known_size: null, lost: null }]);
      const again = await check(next, 'kept');
      expect([again.log, again.replayed]).toEqual([kept.log, true]);
      await next.server.close();
    }
  });

  it('is closed where the directory says that it was restored, once for all, also when that start dies in between', async () => {
    const first = await start();
    await check(first, 'kept');
    const { origin } = first.server;
    await first.server.close();
    const mark = join(first.dataDir, 'restored.json');
    const logs = { '0': { origin, size: 1 }, control: { origin: origin.replace(/0$/, 'control'), size: 9 } };
    await writeFile(mark, JSON.stringify({ restored_at_ms: 1, logs }));
    const closed = join(first.dataDir, 'keys', '0.closed.json');
    // a start that died after it closed the log: nothing of the next one was made
    await writeClosed(join(first.dataDir, 'keys'), '0', { reason: 'restored', closedMs: 5, ownSize: 1, knownSize: 1 });
    const facts = await readFile(closed, 'utf8');
    const next = await start({ dataDir: first.dataDir });
    expect(next.server.origin).toBe(`${origin}-2`);
    expect(await readFile(closed, 'utf8')).toBe(facts);
    await expect(stat(mark)).rejects.toThrow('ENOENT');
    const [shard, control] = await shards(next);
    expect(shard.closed).toMatchObject([{ reason: 'restored', lost: 0 }]);
    expect(control.closed).toMatchObject([{ log: 'control', reason: 'restored', lost: 0 }]);
    await next.server.close();
    const after = await start({ dataDir: first.dataDir });
    expect(after.server.origin).toBe(`${origin}-2`);
  });

  it('is closed where the mark of a restore can’t be read', async () => {
    const first = await start();
    await check(first, 'kept');
    await first.server.close();
    await writeFile(join(first.dataDir, 'restored.json'), '{"restored_at_ms": 1, "logs": {');
    const next = await start({ dataDir: first.dataDir });
    expect(next.server.origin).toBe(`${first.server.origin}-2`);
    expect((await shards(next)).map(({ closed }: { closed: unknown[] }) => closed.length)).toEqual([1, 1]);
  });

  it('never takes the origin of a generation that another directory opened', async () => {
    const first = await start();
    await check(first, 'kept');
    const { origin } = first.server;
    await first.server.close();
    const other = await scratch();
    await cp(first.dataDir, join(other, 'data'), { recursive: true });
    const mark = { restored_at_ms: 1, logs: { '0': { origin, size: 1 } } };
    for (const dir of [first.dataDir, join(other, 'data')])
      await writeFile(join(dir, 'restored.json'), JSON.stringify(mark));
    const guard = { checkpointGuard: guardOf(first.dataDir) };
    const one = await start({ dataDir: first.dataDir, ...guard });
    const two = await start({ dataDir: join(other, 'data'), ...guard });
    expect([one.server.origin, two.server.origin]).toEqual([`${origin}-2`, `${origin}-3`]);
    await check(one, 'here');
    await check(two, 'there');
  });

  it('is not followed by more than a bounded number', async () => {
    const first = await start();
    await first.server.close();
    const keys = join(first.dataDir, 'keys');
    const vkey = await readFile(join(keys, '0.vkey'), 'utf8');
    for (let n = 1; n <= GENERATIONS_MAX; n += 1) {
      const name = n === 1 ? '0' : `0-${n}`;
      await writeFile(join(keys, `${name}.vkey`), vkey);
      await writeClosed(keys, name, { reason: 'restored', closedMs: 1, ownSize: 0, knownSize: undefined });
    }
    await expect(start({ dataDir: first.dataDir })).rejects.toThrow('start a new data directory');
    await rm(join(keys, `0-${GENERATIONS_MAX}.closed.json`));
    await rm(join(keys, `0-${GENERATIONS_MAX}.vkey`));
    const last = await start({ dataDir: first.dataDir });
    expect(last.server.origin).toBe(`${first.server.origin}-${GENERATIONS_MAX}`);
    expect((await check(last, 'one')).log.index).toBe(0);
  });
});

describe('a guard that cannot be reached', () => {
  it('while running: 503 with a code, nothing signed, and back by itself', async () => {
    const guard = await startGuardServer();
    closers.push(guard.close);
    const lines: string[] = [];
    const logger = jsonLogger({ write: (line) => lines.push(line), nowMs: Date.now, level: 'warn' });
    const server = await start({ checkpointGuard: guard.url, logger });
    const kept = await check(server, 'kept');
    const sizeNow = async () => (await server.call('GET', '/log/0/checkpoint', { key: null })).text.split('\n')[1];
    await until(async () => (await sizeNow()) === '1');
    guard.isDown = true;
    const body = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
    const send = (key: string, query = '') =>
      server.call('POST', `/v1/check${query}`, { headers: { 'idempotency-key': key }, body });
    for (const [key, query] of [
      ['down', ''],
      ['down', '?receipt=none'],
      ['down-too', ''],
    ] as const) {
      const refused = await send(key, query);
      expect([refused.status, refused.json().code]).toEqual([503, 'checkpoint_guard_unavailable']);
      expect([refused.json().retryable, refused.headers.get('retry-after')]).toEqual([true, '1']);
    }
    expect((await send('kept')).json()).toMatchObject({ log: kept.log, replayed: true });
    const ready = await server.call('GET', '/readyz', { key: null });
    expect([ready.status, ready.json().code]).toEqual([503, 'checkpoint_guard_unavailable']);
    const metrics = (await server.call('GET', '/metrics', { key: null })).text;
    expect(metrics).toContain('fractal_checkpoint_guard_up{shard="0"} 0');
    expect(metrics).toMatch(/fractal_checkpoint_guard_failures_total{shard="0"} [1-9]/);
    expect((await shards(server))[0]).toMatchObject({ guard: 'checkpoint_guard_unavailable', size: 2 });
    expect(await sizeNow()).toBe('1');
    guard.isDown = false;
    await until(async () => (await server.call('GET', '/readyz', { key: null })).status === 200);
    const back = (await send('down')).json();
    expect(back).toMatchObject({ log: { origin: server.server.origin, index: 1 }, replayed: true });
    expect(await indexIn(server, '0', back.receipt)).toBe(1);
    expect((await send('down-too')).json()).toMatchObject({ log: { index: 2 }, replayed: false });
    expect((await server.call('GET', '/metrics', { key: null })).text).toContain(
      'fractal_checkpoint_guard_up{shard="0"} 1',
    );
    const events = lines.map((line) => JSON.parse(line).event);
    expect(events.filter((event) => event === 'checkpoint_guard_failed')).toHaveLength(1);
    expect(events).toContain('checkpoint_guard_back');
    expect(events).not.toContain('checkpoint_guard_beside_data');
    await server.server.close();
  });

  it('at the start: it does not open, and does when it is back', async () => {
    const guard = await startGuardServer();
    closers.push(guard.close);
    const first = await start({ checkpointGuard: guard.url });
    await first.server.close();
    guard.isDown = true;
    const { dataDir } = first;
    await expect(start({ dataDir, checkpointGuard: guard.url })).rejects.toMatchObject({
      code: 'checkpoint_guard_unavailable',
    });
    guard.isDown = false;
    const next = await start({ dataDir, checkpointGuard: guard.url });
    expect(next.server.origin).toBe(first.server.origin);
    await next.server.close();
  });

  it('because something is in the place of its folder: it does not open', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'file'), '');
    await expect(start({ checkpointGuard: join(folder, 'file') })).rejects.toMatchObject({
      code: 'checkpoint_guard_unavailable',
    });
    await mkdir(join(folder, 'other'));
    expect(await readdir(join(folder, 'other'))).toEqual([]);
  });
});

describe('another guard', () => {
  it('is taken over by copying what the old one holds; without that, the log is closed', async () => {
    const guard = await startGuardServer();
    closers.push(guard.close);
    const folder = join(await scratch(), 'new');
    const first = await start();
    await check(first, 'one');
    await first.server.close();
    const { dataDir } = first;
    const beside = guardOf(dataDir);
    const copied = await copyGuard({ dataDir, from: beside, to: guard.url });
    expect(copied.map(({ outcome }) => outcome)).toEqual(['copied', 'copied']);
    const over = await start({ dataDir, checkpointGuard: guard.url });
    expect(over.server.origin).toBe(first.server.origin);
    await check(over, 'two');
    await over.server.close();
    const outcomes = async (from: string, to: string) =>
      (await copyGuard({ dataDir, from, to })).map(({ outcome }) => outcome);
    expect(await outcomes(beside, guard.url)).toEqual(['differs', 'differs']);
    expect(await outcomes(guard.url, folder)).toEqual(['copied', 'copied']);
    expect(await outcomes(guard.url, folder)).toEqual(['kept', 'kept']);
    expect(await outcomes(join(await scratch(), 'none'), folder)).toEqual(['nothing', 'nothing']);
    const back = await start({ dataDir, checkpointGuard: folder });
    expect(back.server.origin).toBe(first.server.origin);
    await back.server.close();
    const lost = await start({ dataDir, checkpointGuard: join(await scratch(), 'empty') });
    expect(lost.server.origin).toBe(`${first.server.origin}-2`);
    await lost.server.close();
  });

  it('is no place in the data directory, and no other kind of place', () => {
    for (const place of [
      '/d/data',
      '/d/data/',
      '/d/data/guard',
      '/d/data/../data/x',
      '',
      'ftp://x/y',
      'http://',
      's3://b',
    ]) {
      expect(() => guardAt('/d/data', place), place).toThrow(GuardPlaceError);
    }
    for (const place of [
      '/d/data.guard',
      '/d',
      '/d/data/../guard',
      '/d/data/..guard/../../g',
      'http://h/p',
      'https://u:p@h',
    ]) {
      expect(() => guardAt('/d/data', place), place).not.toThrow();
    }
  });
});

describe('the files that say what became of a log', () => {
  it('are read back as they were written', async () => {
    const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const reason = fc.constantFrom('behind', 'unlike', 'forged', 'guard_lost', 'restored');
    const facts = fc.record({
      reason,
      closedMs: counts,
      ownSize: counts,
      knownSize: fc.option(counts, { nil: undefined }),
    });
    const folder = await scratch();
    await fc.assert(
      fc.asyncProperty(facts, async (given) => {
        await writeClosed(folder, '0', given as never);
        expect(parseClosed(await readFile(join(folder, '0.closed.json'), 'utf8'))).toEqual(given);
        const lost = lostEntries(given as never);
        if (lost !== undefined) expect(given.ownSize + lost).toBe(given.knownSize);
      }),
      { numRuns: 30 },
    );
  });

  it('close a log whatever is in them, and never throw', () => {
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom('null', '[]', '{"reason":1}', '{"own_size":-1}'));
    fc.assert(
      fc.property(texts, (text) => {
        const { reason, ownSize, closedMs } = parseClosed(text);
        expect(reason).toBe('restored');
        expect(ownSize >= 0 && closedMs >= 0).toBe(true);
        const origins = parseRestored(text);
        expect(origins === 'all' || origins.size > 0).toBe(true);
      }),
    );
    const named = '{"logs":{"0":{"origin":"a/0","size":3},"control":{"origin":"a/control","size":1}}}';
    expect(parseRestored(named)).toEqual(new Set(['a/0', 'a/control']));
    for (const text of [
      '{"logs":{}}',
      '{"logs":[{"origin":"a"}]}',
      '{"logs":{"0":{"origin":""}}}',
      '{"logs":{"0":{"origin":"a"},"1":7}}',
    ]) {
      expect(parseRestored(text)).toBe('all');
    }
  });
});

/** Puts a text of its own, whole by its digest, in the place of what the guard holds for the shard's log. */
async function forgeFirstGuard(guard: string): Promise<void> {
  for (const name of await readdir(guard)) {
    const origin = decodeURIComponent(name.slice('origin-'.length));
    const forged = guardFolder(guard);
    await forged.record(origin, 'not what anybody signed', await forged.read(origin));
  }
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 10));
}
