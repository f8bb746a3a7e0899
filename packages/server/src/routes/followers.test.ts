import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Follower } from '@fractal/ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { removeData, type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

const FAST = { pollMs: 5, backOffFirstMs: 1, backOffMaxMs: 5, attemptsMax: 2, callTimeoutMs: 20 } as const;

/** An external follower that does what `work` does with each entry. */
function follower(name: string, work: (index: number) => unknown, more: Partial<Follower> = {}): Follower {
  return {
    name,
    version: 1,
    order: 'any',
    needs: 'entries',
    pace: FAST,
    ...more,
    effect: 'external',
    handle: async ({ entries }) => {
      for (const { index } of entries) await work(index);
    },
  };
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 2_500; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come to that');
}

const check = (server: StartedServer, key = server.apiKey) =>
  server.call('POST', '/v1/check', { body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }] }, key });

async function of(server: StartedServer, name: string) {
  const { followers } = (await server.admin('GET', '/admin/v1/followers')).json();
  return followers.find((each: { name: string }) => each.name === name);
}

const atEnd = (server: StartedServer, name: string) =>
  until(async () => {
    const found = await of(server, name);
    const isThere = found.logs.every((log: { lag_entries: number }) => log.lag_entries === 0);
    return isThere && found.state === 'following' ? found : undefined;
  });

const metricsOf = async (server: StartedServer, name: string): Promise<string[]> =>
  (await server.call('GET', '/metrics', { key: null })).text.split('\n').filter((line) => line.startsWith(name));

const decisionsOf = async (server: StartedServer): Promise<Record<string, unknown>[]> => {
  const { entries } = (await server.admin('GET', '/admin/v1/access?limit=1000')).json();
  return entries
    .filter((entry: { decision: { kind: string } }) => entry.decision.kind === 'follower')
    .map(({ actor, decision }: { actor: string; decision: object }) => ({ ...decision, actor }));
};

describe('/admin/v1/followers', () => {
  it('opens to the admin token only', async () => {
    started = await startTestServer();
    const calls: [string, string][] = [
      ['GET', 'followers'],
      ['GET', 'followers/kpi/dead-letters'],
      ['POST', 'followers/kpi/retry'],
      ['POST', 'followers/kpi/skip'],
      ['POST', 'followers/kpi/pause'],
      ['POST', 'followers/kpi/resume'],
      ['POST', 'followers/kpi/reset'],
      ['GET', 'damage'],
      ['GET', 'kpis'],
    ];
    for (const [method, path] of calls) {
      expect((await started.call(method, `/admin/v1/${path}`)).status, path).toBe(401);
    }
    expect((await started.call('GET', '/v1/kpis', { key: started.adminToken })).status).toBe(401);
    const names = (await started.admin('GET', '/admin/v1/followers'))
      .json()
      .followers.map((each: { name: string }) => each.name);
    expect(names).toEqual(['kpi', 'scrub']);
    expect((await started.admin('GET', '/admin/v1/damage')).json()).toEqual({ damage: [] });
  });

  it('lets an operator take up or give up what was put aside; the control log says who', async () => {
    let isPoison = true;
    const seen: number[] = [];
    const poisoned = follower('sink', (index) => {
      if (isPoison && (index === 1 || index === 3)) throw Object.assign(new Error('no room'), { code: 'sink_refused' });
      seen.push(index);
    });
    started = await startTestServer({ followers: [poisoned] });
    const server = started;
    for (let i = 0; i < 5; i++) expect((await check(server)).status).toBe(200);
    const listed = await atEnd(server, 'sink');
    expect(listed).toMatchObject({
      order: 'any',
      effect: 'external',
      stopped: null,
      logs: [{ log: '0', dead_letters: 2 }],
    });
    const page = (await server.admin('GET', '/admin/v1/followers/sink/dead-letters?limit=1')).json();
    expect(page).toMatchObject({
      dead_letters: [{ log: '0', index: 1, attempts: 2, code: 'sink_refused', message: 'no room' }],
      next: { log: '0', index: 1 },
    });
    const rest = (await server.admin('GET', '/admin/v1/followers/sink/dead-letters?after_log=0&after_index=1')).json();
    expect([rest.dead_letters.map(({ index }: { index: number }) => index), rest.next]).toEqual([[3], null]);
    const place = { log: '0', index: 1 };
    const again = await server.admin('POST', '/admin/v1/followers/sink/retry', place);
    expect([again.status, again.json().code, again.json().detail]).toEqual([
      409,
      'follower_entry_failed',
      'sink_refused',
    ]);
    isPoison = false;
    expect((await server.admin('POST', '/admin/v1/followers/sink/retry', place)).json().logs[0].dead_letters).toBe(1);
    const skipped = { log: '0', index: 3, reason: 'OPS-7' };
    expect((await server.admin('POST', '/admin/v1/followers/sink/skip', skipped)).json().logs[0].dead_letters).toBe(0);
    expect([...new Set(seen)].sort()).toEqual([0, 1, 2, 4]);
    const ops = (await decisionsOf(server)).map(({ op, follower: name, index, reason }) => [op, name, index, reason]);
    expect(ops).toEqual([
      ['dead_letter', 'sink', 1, undefined],
      ['dead_letter', 'sink', 3, undefined],
      ['retry', 'sink', 1, undefined],
      ['skip', 'sink', 3, 'OPS-7'],
    ]);
    const actors = (await decisionsOf(server)).map(({ actor }) => actor);
    expect(actors.slice(0, 2)).toEqual(['system', 'system']);
    expect(actors[3]).toMatch(/^p_[0-9a-f]{32}$/);
  });

  it('pauses, resumes and resets, and refuses what is out of form', async () => {
    started = await startTestServer();
    const server = started;
    await check(server);
    await atEnd(server, 'kpi');
    const post = (path: string, body?: unknown) => server.admin('POST', `/admin/v1/followers/${path}`, body);
    expect((await post('kpi/pause')).json().state).toBe('paused');
    expect((await post('kpi/pause')).json().state).toBe('paused');
    await check(server);
    expect((await of(server, 'kpi')).logs[0]).toMatchObject({ cursor: 1, size: 2, lag_entries: 1 });
    const counted = (await server.call('GET', '/v1/kpis')).json();
    expect([counted.total.decisions.accept, counted.counted]).toEqual([1, [{ log: '0', entries: 1, lag_entries: 1 }]]);
    expect((await post('kpi/resume')).json().state).toBe('following');
    await atEnd(server, 'kpi');
    expect((await post('kpi/reset')).status).toBe(200);
    await atEnd(server, 'kpi');
    expect((await server.call('GET', '/v1/kpis')).json().total.decisions.accept).toBe(2);
    expect((await decisionsOf(server)).map(({ op }) => op)).toEqual(['pause', 'resume', 'reset']);
    const place = { log: '0', index: 0 };
    const cases: [string, unknown, number, string][] = [
      ['nobody/pause', undefined, 404, 'follower_unknown'],
      ['nobody/retry', place, 404, 'follower_unknown'],
      ['kpi/retry', place, 404, 'dead_letter_unknown'],
      ['kpi/skip', { ...place, reason: 'x' }, 404, 'dead_letter_unknown'],
      ['kpi/skip', place, 400, 'request_field_invalid'],
      ['kpi/skip', { ...place, reason: 'because Ann said so' }, 400, 'request_field_invalid'],
      ['kpi/skip', { ...place, reason: 'x'.repeat(257) }, 400, 'request_field_invalid'],
      ['kpi/retry', { log: '0', index: -1 }, 400, 'request_field_invalid'],
      ['kpi/retry', { ...place, all: true }, 400, 'request_field_invalid'],
    ];
    for (const [path, body, status, code] of cases) {
      const answer = await post(path, body);
      expect([answer.status, answer.json().code], `${path} ${JSON.stringify(body)}`).toEqual([status, code]);
    }
    for (const query of ['after_log=0', 'after_index=1', 'limit=x', 'more=1']) {
      const answer = await server.admin('GET', `/admin/v1/followers/kpi/dead-letters?${query}`);
      expect(answer.json().code, query).toBe('request_field_invalid');
    }
  });
});

describe('a follower that is broken', () => {
  it('that hangs, throws or stops changes no answer, is not ready’s business, and shows in the metrics (I12)', async () => {
    const broken = [
      follower('hangs', () => new Promise(() => {}), { pace: { ...FAST, attemptsMax: 1e9 } }),
      follower('throws', () => {
        throw Object.assign(new Error('down'), { code: 'sink_down', retryable: true });
      }),
      follower(
        'strict',
        () => {
          throw new TypeError('odd');
        },
        { order: 'strict' },
      ),
    ];
    started = await startTestServer({ followers: broken });
    const server = started;
    const answers = await Promise.all(Array.from({ length: 40 }, () => check(server)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await atEnd(server, 'kpi');
    const states = await until(async () => {
      const found = await Promise.all(['hangs', 'throws', 'strict'].map((name) => of(server, name)));
      const isSo = found[0].failure?.code === 'call_timed_out' && found[2].state === 'stopped';
      return isSo && found[1].state === 'failing' ? found : undefined;
    });
    expect(states[1].failure).toMatchObject({ code: 'sink_down', message: 'down' });
    expect(states[2].stopped).toEqual({ code: 'strict_order', log: '0', index: 0 });
    expect((await server.call('GET', '/readyz', { key: null })).status).toBe(200);
    expect((await check(server)).status).toBe(200);
    await atEnd(server, 'kpi');
    const lines = await metricsOf(server, 'fractal_follower_');
    expect(lines).toEqual(
      expect.arrayContaining([
        'fractal_follower_state{follower="hangs",state="failing"} 1',
        'fractal_follower_state{follower="throws",state="failing"} 1',
        'fractal_follower_state{follower="strict",state="stopped"} 1',
        'fractal_follower_state{follower="strict",state="following"} 0',
        'fractal_follower_state{follower="kpi",state="following"} 1',
        'fractal_follower_lag_entries{follower="hangs",log="0"} 41',
        'fractal_follower_lag_entries{follower="strict",log="0"} 41',
        'fractal_follower_lag_entries{follower="kpi",log="0"} 0',
        'fractal_follower_cursor{follower="kpi",log="0"} 41',
        'fractal_follower_dead_letters{follower="strict",log="0"} 1',
        'fractal_follower_lag_seconds{follower="kpi",log="0"} 0',
      ]),
    );
    const value = (name: string) => Number(lines.find((line) => line.startsWith(name))?.split(' ')[1]);
    expect(value('fractal_follower_lag_seconds{follower="hangs",log="0"}')).toBeGreaterThan(0);
    expect(value('fractal_follower_failures_total{follower="throws",log="0"}')).toBeGreaterThan(0);
    expect(await metricsOf(server, 'fractal_log_damage{')).toEqual([]);
  });

  it('twice under one name does not start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'fractal-server-'));
    const twice = [follower('kpi', () => {})];
    await expect(startTestServer({ dataDir, followers: twice })).rejects.toThrow('one name');
    await removeData(dataDir);
  });
});

describe('/v1/kpis', () => {
  it('counts as the log says, for a tenant its own alone, after a restart too (I13)', async () => {
    started = await startTestServer();
    const acme = await started.makeTenant('acme');
    const answer = (await check(started, acme.apiKey)).json();
    const { body } = verifyBody(acme.hmac, { tenant: 'acme' });
    for (const _ of [1, 2])
      expect((await started.call('POST', '/v1/verify', { body, key: acme.apiKey })).status).toBe(200);
    await check(started);
    const about = { pcs_id: answer.pcs_id };
    const say = (method: string, path: string, said?: object) =>
      started!.call(method, path, { key: acme.apiKey, ...(said === undefined ? {} : { body: said }) });
    expect((await say('POST', '/v1/resolutions', { ...about, decision: 'block' })).status).toBe(200);
    expect((await say('POST', '/v1/labels', { ...about, label: 'ungrounded' })).status).toBe(200);
    expect((await say('DELETE', `/v1/content/${answer.pcs_id}`)).status).toBe(200);
    await atEnd(started, 'kpi');
    const own = (await say('GET', '/v1/kpis')).json();
    const decided = (counts: { decisions: Record<string, number> }) =>
      Object.values(counts.decisions).reduce((sum, each) => sum + each, 0);
    expect(decided(own.total)).toBe(2);
    expect(own.total).toMatchObject({
      equivocations: 0,
      resolutions: { block: 1 },
      labels: { grounded: 0, ungrounded: 1 },
      erasures: 1,
    });
    expect(own.days).toHaveLength(1);
    expect(own.days[0].counts).toEqual(own.total);
    const task = own.tasks[0].task;
    expect((await say('GET', `/v1/kpis?task=${task}`)).json()).toMatchObject({ total: own.tasks[0].counts, tasks: [] });
    expect((await say('GET', '/v1/kpis?task=none')).json().total.erasures).toBe(0);
    expect((await say('GET', '/v1/kpis?tenant=default')).json().code).toBe('request_field_invalid');
    const all = (await started.admin('GET', '/admin/v1/kpis')).json();
    expect(decided(all.total)).toBe(3);
    expect(all.tenants.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['acme', 'default']);
    expect(all.tenants[0].counts).toEqual(own.total);
    const ofAcme = (await started.admin('GET', '/admin/v1/kpis?tenant=acme')).json();
    expect([ofAcme.total, ofAcme.tasks]).toEqual([own.total, own.tasks]);
    started = await started.restart();
    await atEnd(started, 'kpi');
    expect((await started.admin('GET', '/admin/v1/kpis')).json().total).toEqual(all.total);
  });

  it('refuses days there are not, and ranges that are too long or the wrong way round', async () => {
    started = await startTestServer();
    const codeOf = async (path: string) => (await started!.call('GET', path)).json().code;
    for (const query of [
      'from=2026-02-30',
      'from=2026-2-1',
      'to=yesterday',
      'from=2026-02-02&to=2026-02-01',
      'from=2025-01-01&to=2026-01-02',
      'limit=0',
      'after=a/b',
    ]) {
      expect(await codeOf(`/v1/kpis?${query}`), query).toBe('request_field_invalid');
    }
    expect(await codeOf('/v1/kpis?from=2025-01-01&to=2026-01-01')).toBeUndefined();
    const task = await started.admin('GET', '/admin/v1/kpis?task=qa');
    expect(task.json()).toMatchObject({ code: 'request_field_invalid', detail: 'a task is asked for with its tenant' });
  });
});
