/**
 * I5 against the past, on the real process: a data directory is copied, goes on under live clients, and is put back as it was.
 * Nothing is signed under the old origin again, what clients hold still verifies, and every record has one verdict a log.
 */
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startGuardServer } from '../../packages/server/src/testing/guard-server.ts';
import { readPublishedLog } from '../harness/published-log.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import {
  freePort,
  type Ready,
  readSecret,
  runFractal,
  type ServerOptions,
  type ServerProcess,
  startServer,
} from '../harness/server-process.ts';
import { sendRecord, sendUntilAnswered, World } from './clients.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(removeScratch);

/** A place for a server, at a port that stays the same. */
async function newPlace(guard?: string): Promise<ServerOptions & { folder: string }> {
  const folder = scratchDirectory('guard');
  const rest = guard === undefined ? {} : { options: ['--checkpoint-guard', guard] };
  return { folder, dataDirectory: join(folder, 'data'), port: await freePort(), ...rest };
}

async function started(options: ServerOptions): Promise<ServerProcess> {
  const server = await startServer(options).whenReady;
  closers.push(server.kill);
  return server;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers as they come
const admin = async (ready: Ready, path: string): Promise<any> => {
  const headers = { authorization: `Bearer ${readSecret(ready.admin_token_file)}` };
  return (await fetch(`${ready.url}/admin/v1/${path}`, { headers })).json();
};
const shardsOf = async (ready: Ready) => (await admin(ready, 'shards')).shards;
const metricsOf = async (ready: Ready) => (await fetch(`${ready.url}/metrics`)).text();
/** Lines of its log about an event. */
const linesOf = (server: ServerProcess, event: string) =>
  server
    .errors()
    .split('\n')
    .filter((line) => line.includes(`"${event}"`))
    .map((line) => JSON.parse(line));

async function putBackUnderClients(options: ServerOptions & { folder: string }, keepGuard: (copy: string) => void) {
  const { dataDirectory: data, folder } = options;
  const [copy, newest] = [join(folder, 'copy'), join(folder, 'newest')];
  const world = new World();
  let server = await started(options);
  world.start(server.ready, 6);
  closers.push(() => world.stop().catch(() => undefined));
  const old = { origin: '', vkey: readSecret(server.ready.vkey_file) };
  old.origin = old.vkey.split('+')[0]!;
  await world.until(60);
  // A copy of a directory nobody writes to: what any tool for backups makes.
  await server.stop();
  cpSync(data, copy, { recursive: true });
  const keptCount = world.answers.length;
  server = await started(options);
  await world.until(keptCount + 60);
  await server.kill();
  renameSync(data, newest);
  keepGuard(newest);
  cpSync(copy, data, { recursive: true });
  const sizesBefore = new Set(world.sizesOf(old.origin));
  server = await started(options);
  const answeredBefore = world.answers.length;
  await world.until(answeredBefore + 60);
  return { world, server, old, keptCount, sizesBefore, newest };
}

describe('a data directory that is put back from a copy, under live clients', () => {
  const guards = ['beside the data', 'behind HTTP'] as const;
  it.each(guards)(
    'with its guard %s',
    async (kind) => {
      const http = kind === 'behind HTTP' ? await startGuardServer() : undefined;
      if (http !== undefined) closers.push(http.close);
      const place = await newPlace(http?.url);
      const { world, server, old, keptCount, sizesBefore, newest } = await putBackUnderClients(place, (to) => {
        if (http === undefined) cpSync(`${place.dataDirectory}.guard`, `${to}.guard`, { recursive: true });
      });
      const { ready } = server;
      const vkey = readSecret(ready.vkey_file);
      expect(vkey.split('+')[0]).toBe(`${old.origin}-2`);
      expect(ready.log_dir).toMatch(/\/log\/0-2$/);

      // Kept records are replayed from the old log, lost ones have exactly one verdict in the new one.
      const earlier = world.answers.slice();
      const kept = earlier.slice(0, keptCount);
      const lost = earlier.slice(keptCount).filter(({ origin }) => origin === old.origin);
      expect(lost.length).toBeGreaterThan(30);
      const again = await Promise.all(kept.slice(0, 40).map(({ record }) => sendUntilAnswered(ready, record)));
      for (const [i, answer] of again.entries()) {
        const { verdict, pcsId, origin, index } = kept[i]!;
        expect(answer).toMatchObject({ verdict, pcsId, origin, index, replayed: true });
        world.keep(answer);
      }
      const resent = await Promise.all(
        lost.slice(0, 20).flatMap(({ record }) => [1, 2, 3].map(() => sendUntilAnswered(ready, record))),
      );
      for (const answer of resent) world.keep(answer);
      for (const { record, verdict, pcsId } of lost.slice(0, 20)) {
        const three = resent.filter((answer) => answer.record === record);
        expect(new Set(three.map(({ origin, index }) => `${origin} ${index}`)).size).toBe(1);
        expect(three.filter(({ replayed }) => !replayed).length).toBeLessThanOrEqual(1);
        expect(three[0]).toMatchObject({ origin: `${old.origin}-2`, pcsId });
        expect(JSON.parse(three[0]!.verdict).decision).toBe(JSON.parse(verdict).decision);
      }
      for (const [record, answers] of world.byRecord()) {
        for (const origin of [old.origin, `${old.origin}-2`]) {
          const here = answers.filter((answer) => answer.origin === origin);
          const different = new Set(here.map(({ verdict, index }) => `${index} ${verdict}`));
          expect(different.size, `record ${record} in ${origin}`).toBeLessThanOrEqual(1);
        }
      }

      await world.stop();
      // What the operator is shown.
      const [shard, control] = await shardsOf(ready);
      expect(shard).toMatchObject({ shard: '0', log: '0-2', origin: `${old.origin}-2`, guard: 'ok' });
      expect(shard.closed).toMatchObject([{ log: '0', origin: old.origin, reason: 'behind', shown_size: keptCount }]);
      const { size, known_size: knownSize, lost: lostCount } = shard.closed[0];
      expect([size, lostCount]).toEqual([keptCount, knownSize - size]);
      expect(lostCount).toBeGreaterThanOrEqual(lost.length);
      expect(linesOf(server, 'log_closed').find((line) => line.log === '0')).toMatchObject({
        reason: 'behind',
        entries_lost: lostCount,
        first_lost: keptCount,
      });
      const metrics = await metricsOf(ready);
      expect(metrics).toContain('fractal_log_generation{shard="0"} 2');
      expect(metrics).toContain(`fractal_log_lost_entries{shard="0"} ${lostCount}`);
      expect(control.log).toMatch(/^control/);
      expect(linesOf(server, 'checkpoint_guard_beside_data').length).toBe(kind === 'beside the data' ? 1 : 0);
      // The old log is served on, as it was.
      expect((await fetch(`${ready.url}/log/0/checkpoint`)).status).toBe(200);
      expect((await fetch(`${ready.url}/log/0/tile/0/000.p/${keptCount}`)).status).toBe(200);

      // Nothing more is closed at the next start, and both logs check out.
      await server.stop();
      const next = await started(place);
      expect((await shardsOf(next.ready))[0].closed).toHaveLength(1);
      const fresh = await sendUntilAnswered(next.ready, 100_000);
      expect(fresh.origin).toBe(`${old.origin}-2`);
      world.keep(fresh);
      await next.stop();
      const checked = runFractal('log', 'fsck', place.dataDirectory, '--json');
      expect(checked.code, checked.output).toBe(0);
      expect(checked.output).toContain('"log":"0-2"');

      // Every checkpoint anybody was ever shown is of one history an origin: the old one's is in the directory that was lost.
      const { options } = place; // beside the data: the guard as it was then; behind HTTP: the one guard there is
      const last = await started({ dataDirectory: newest, port: 0, ...(options === undefined ? {} : { options }) });
      expect(readSecret(last.ready.vkey_file)).toBe(old.vkey);
      await last.stop();
      const oldEntries = readPublishedLog(join(newest, 'log', '0')).entries;
      expect(world.compare(old.vkey, oldEntries).receipts).toBeGreaterThanOrEqual(keptCount + lost.length);
      const newEntries = readPublishedLog(join(place.dataDirectory, 'log', '0-2')).entries;
      expect(world.compare(vkey, newEntries).checkpoints).toBeGreaterThan(1);
      // And none of the old origin was new after it was put back.
      const sizesAfter = world.sizesOf(old.origin).filter((seen) => !sizesBefore.has(seen));
      expect(sizesAfter).toEqual([]);
    },
    120_000,
  );
});

describe('two copies of one data directory that run at once', () => {
  it('the second one’s records stop the first, which closes its log at its next start', {
    timeout: 120_000,
  }, async () => {
    const place = await newPlace();
    const options = ['--checkpoint-guard', `${place.dataDirectory}.guard`];
    const world = new World();
    const [copy, level] = [join(place.folder, 'copy'), join(place.folder, 'level')];
    let first = await started(place);
    for (let n = 0; n < 5; n += 1) world.keep(await sendUntilAnswered(first.ready, n));
    await first.stop();
    cpSync(place.dataDirectory, copy, { recursive: true });
    first = await started(place);
    world.keep(await sendUntilAnswered(first.ready, 5));
    const second = await started({ dataDirectory: copy, port: 0, options });
    // It was one entry behind: a new log. The first goes on, untouched.
    expect(readSecret(second.ready.vkey_file)).not.toBe(readSecret(first.ready.vkey_file));
    world.keep(await sendUntilAnswered(first.ready, 6));
    world.keep(await sendUntilAnswered(second.ready, 7));
    await second.stop();
    await first.stop();

    // A copy that is not behind takes the log over.
    cpSync(place.dataDirectory, level, { recursive: true });
    first = await started(place);
    const third = await started({ dataDirectory: level, port: 0, options });
    const vkey = readSecret(third.ready.vkey_file);
    expect(vkey).toBe(readSecret(first.ready.vkey_file));
    const refused = await sendRecord(first.ready, 8).catch(() => undefined); // it may have noticed and gone
    expect(refused?.answer).toBeUndefined();
    while (first.ended() === undefined) await sleep(20);
    expect(first.errors()).toContain('another one opened this log or a copy of it');
    for (const n of [8, 9, 10]) world.keep(await sendUntilAnswered(third.ready, n));
    await third.stop();
    first = await started(place);
    expect((await shardsOf(first.ready))[0].closed[0]).toMatchObject({ log: '0', known_size: 10 });
    const fresh = await sendUntilAnswered(first.ready, 11);
    expect(fresh.origin).toBe(`${vkey.split('+')[0]}-3`); // 0-2 is the log that the copy opened
    world.keep(fresh);
    await first.stop();
    expect(world.compare(vkey, readPublishedLog(join(level, 'log', '0')).entries).receipts).toBe(10);
  });
});
