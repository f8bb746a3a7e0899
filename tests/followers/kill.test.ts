/**
 * Followers of a real server that is killed with -9 in the middle, again and again, under load: counts are exactly those of
 * the log, each entry had its effect once, poison waits as dead letters and is taken up when it is none any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { followerStore, openDataDirectoryReadOnly } from '@fractal/store-embedded';
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { longRun } from '../harness/project.ts';
import { type Random, seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, readSecret, runFractal, type ServerProcess, startServer } from '../harness/server-process.ts';

const seed = seedOfRun();
console.log(`followers: FRACTAL_SEED=${seed}`);
const KILLS = longRun ? 100 : 6;
const POISON = 7;
const CLIENTS = 4;
/** Between two requests of a client: enough entries to be killed among, few enough to take all their poison up again. */
const REST_MS = 10;

const program = new URL('./server.ts', import.meta.url).pathname;
const running: ServerProcess[] = [];
afterAll(async () => {
  for (const server of running) if (server.ended() === undefined) await server.kill();
  removeScratch();
});

interface Place {
  readonly dataDirectory: string;
  readonly port: number;
}

async function start(place: Place, poison: number): Promise<ServerProcess> {
  const environment = { FRACTAL_POISON: String(poison) };
  const server = await startServer({ ...place, program, environment }).whenReady;
  running.push(server);
  return server;
}

type Json = Record<string, never> & { [name: string]: unknown };

async function call(server: ServerProcess, key: string, method: string, path: string, body?: object) {
  const response = await fetch(server.ready.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

/** Verdicts, labels, resolutions and erasures until the server is gone or told to stop; what fails is not acknowledged. */
async function load(server: ServerProcess, keys: readonly string[], random: Random, isOver: () => boolean) {
  const ids: string[] = [];
  const key = random.pick(keys);
  const one = async (): Promise<void> => {
    const known = ids.length > 0 ? random.pick(ids) : undefined;
    if (known === undefined || random.chance(0.6)) {
      const usage = { input_tokens: random.below(1_000), cost_usd: random.below(1_000_000) / 1e9 };
      const output = `The bridge opened in ${1_930 + random.below(4)}.`;
      const evidence = [{ text: 'The bridge opened in 1932 and cost 3 million dollars.' }];
      const task = random.pick(['qa', 'sum']);
      const { status, json } = await call(server, key, 'POST', '/v1/check', { output, evidence, usage, task });
      expect(status).toBe(200);
      ids.push(String(json.pcs_id));
    } else if (random.chance(0.4)) {
      await call(server, key, 'POST', '/v1/labels', { pcs_id: known, label: 'grounded', revision: random.below(100) });
    } else if (random.chance(0.5)) {
      await call(server, key, 'POST', '/v1/resolutions', { pcs_id: known, decision: random.pick(['accept', 'block']) });
    } else await call(server, key, 'DELETE', `/v1/content/${known}`);
  };
  while (!isOver()) {
    try {
      await one();
      await sleep(REST_MS);
    } catch (error) {
      if (server.ended() === undefined && !isOver() && !(error instanceof TypeError)) throw error;
      return; // the connection broke: the server was killed
    }
  }
}

/** What the counts must be, made from the rows of the log by other means than the follower's. */
async function countedFromRows(dataDirectory: string) {
  const directory = await openDataDirectoryReadOnly(dataDirectory);
  const { store } = directory.openLog('0');
  const size = (await store.readHead())?.size ?? 0;
  const tenants = new Map<string, { [what: string]: number }>();
  for (const { body } of await store.readEntries(0, size)) {
    const entry = JSON.parse(utf8Decode(body)!) as Json & {
      verdict?: { decision: string };
      usage?: { [of: string]: number };
    };
    const counts = tenants.get(String(entry.tenant)) ?? {};
    const what = String(entry.verdict?.decision ?? `${entry.type} ${entry.label ?? entry.decision ?? ''}`);
    counts[what] = (counts[what] ?? 0) + 1;
    counts.tokens = (counts.tokens ?? 0) + (entry.usage?.input_tokens ?? 0);
    counts.nanoUsd = (counts.nanoUsd ?? 0) + Math.round((entry.usage?.cost_usd ?? 0) * 1e9);
    tenants.set(String(entry.tenant), counts);
  }
  await directory.close();
  return { size, tenants };
}

async function untilCaughtUp(server: ServerProcess, token: string, name: string): Promise<Json> {
  for (let i = 0; i < 2_000; i++) {
    const { json } = await call(server, token, 'GET', '/admin/v1/followers');
    const found = (json.followers as unknown as Json[]).find((each) => each.name === name)!;
    const logs = found.logs as unknown as { lag_entries: number }[];
    if (found.state === 'following' && logs.every(({ lag_entries: behind }) => behind === 0)) return found;
    await sleep(20);
  }
  throw new Error(`${name} did not come to the end`);
}

async function tallied(dataDirectory: string): Promise<Map<number, string>> {
  const store = followerStore({ directory: dataDirectory, checkSession: () => {} });
  const rows = await store.list('tally', { prefix: utf8Encode('row/'), limit: 1_000_000 });
  await store.close();
  return new Map(rows.map(({ key, value }) => [Number(utf8Decode(key)!.split('/')[2]), utf8Decode(value)!]));
}

describe('followers of a server that is killed', () => {
  it(`counts exactly through ${KILLS} times kill -9, with poison in the log`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(seed);
    const place = { dataDirectory: `${scratchDirectory('followers')}/data`, port: await freePort() };
    let server = await start(place, POISON);
    const token = readSecret(server.ready.admin_token_file);
    const keys = [readSecret(server.ready.api_key_file)];
    await call(server, token, 'POST', '/admin/v1/tenants', { name: 'acme' });
    for (const tenant of ['acme', 'default']) {
      const asked = { tenant, use: 'api', scopes: ['tenant', 'reviewer'] };
      keys.push(String((await call(server, token, 'POST', '/admin/v1/keys', asked)).json.secret));
    }
    for (let round = 0; round <= KILLS; round++) {
      let isOver = false;
      const clients = Array.from({ length: CLIENTS }, (_, i) =>
        load(server, keys, random.fork(round * 100 + i), () => isOver),
      );
      await sleep(300 + random.below(500));
      if (round < KILLS) await server.kill();
      isOver = true;
      await Promise.all(clients);
      if (round < KILLS) server = await start(place, POISON);
    }
    await untilCaughtUp(server, token, 'tally');
    await untilCaughtUp(server, token, 'kpi');
    const { json: last } = await call(server, token, 'GET', '/admin/v1/kpis');

    const fromCli = runFractal(
      ...['followers', 'list', '--json', '--url', server.ready.url],
      ...['--admin-token-file', server.ready.admin_token_file],
    );
    expect(fromCli.code).toBe(0);
    const listed = JSON.parse(fromCli.output) as { dead_letters: { follower: string; code: string }[] };
    expect(await server.stop()).toBe(0);

    const { size, tenants } = await countedFromRows(place.dataDirectory);
    expect(size).toBeGreaterThan(20);
    expectCounts(last, tenants);
    const isPoison = (index: number): boolean => index % POISON === 3;
    const indices = Array.from({ length: size }, (_, index) => index);
    const sound = indices.filter((index) => !isPoison(index));
    expect([...(await tallied(place.dataDirectory))].sort(byIndex)).toEqual(sound.map((index) => [index, '1']));
    expect(listed.dead_letters.length).toBe(Math.min(100, size - sound.length));
    expect(new Set(listed.dead_letters.map(({ follower, code }) => `${follower} ${code}`))).toEqual(
      new Set(['tally handler_failed']),
    );

    server = await start(place, 0);
    const where = ['--url', server.ready.url, '--admin-token-file', server.ready.admin_token_file];
    const retried = runFractal('followers', 'retry', 'tally', '--all', ...where);
    expect([retried.code, retried.output.split('\n')[0]]).toEqual([
      0,
      `${size - sound.length} taken up, 0 failed again`,
    ]);
    const shown = runFractal('followers', 'list', ...where).output;
    expect(shown).toMatch(/^FOLLOWER +STATE +LOG/);
    expect(shown).not.toContain('Dead letters');
    await call(server, token, 'POST', '/admin/v1/followers/kpi/reset');
    await untilCaughtUp(server, token, 'kpi');
    expectCounts((await call(server, token, 'GET', '/admin/v1/kpis')).json, tenants);
    expect((await call(server, token, 'GET', '/admin/v1/damage')).json).toEqual({ damage: [] });
    expect(await server.stop()).toBe(0);
    const whole = [...(await tallied(place.dataDirectory))].sort(byIndex);
    expect(whole).toEqual(indices.map((index) => [index, '1']));
  });
});

function byIndex([a]: readonly [number, string], [b]: readonly [number, string]): number {
  return a - b;
}

/** The answer of /admin/v1/kpis beside what the rows give. */
function expectCounts(answer: Json, tenants: Awaited<ReturnType<typeof countedFromRows>>['tenants']): void {
  const shown = answer.tenants as unknown as { tenant: string; counts: Record<string, Record<string, number>> }[];
  expect(shown.map(({ tenant }) => tenant)).toEqual([...tenants.keys()].sort());
  for (const { tenant, counts } of shown) {
    const { decisions, resolutions, labels, erasures, usage } = counts as Record<string, Record<string, number>>;
    const said: Record<string, number> = {
      ...decisions,
      'resolution accept': resolutions!.accept!,
      'resolution block': resolutions!.block!,
      'label grounded': labels!.grounded!,
      'erasure ': erasures as unknown as number,
      tokens: Number(usage!.input_tokens),
      nanoUsd: Math.round(Number(usage!.cost_usd) * 1e9),
    };
    const wanted = tenants.get(tenant)!;
    expect(Object.fromEntries(Object.entries(said).filter(([what, n]) => n > 0 || wanted[what] !== undefined))).toEqual(
      wanted,
    );
  }
}
