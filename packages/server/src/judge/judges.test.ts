import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer | undefined;
afterEach(() => started?.stop());

const check = (server: StartedServer, output: string) =>
  server.call('POST', '/v1/check', { body: { output, evidence: [{ text: EVIDENCE }] } });

it('a thread that dies or hangs on a task costs a 503, never an answer, and is replaced', async () => {
  const workerUrl = pathToFileURL(join(import.meta.dirname, 'testing', 'fragile-worker.ts'));
  started = await startTestServer({ workerUrl, limits: { judgeTimeoutMs: 5_000 } });
  const server = started;
  const crashed = await check(server, 'please crash');
  expect([crashed.status, crashed.json().code]).toEqual([503, 'judge_failed']);
  expect(crashed.headers.get('retry-after')).toBe('1');
  expect((await check(server, SUPPORTED)).json().verdict.decision).toBe('accept');
  const hung = await check(server, 'please hang');
  expect([hung.status, hung.json().code]).toEqual([503, 'judge_timeout']);
  const thrown = await check(server, 'please throw');
  expect([thrown.status, thrown.json().code]).toEqual([503, 'judge_failed']);
  expect((await check(server, SUPPORTED)).status).toBe(200);
  const metrics = (await server.call('GET', '/metrics')).text;
  expect(metrics).toContain('fractal_judge_workers_lost_total{reason="crashed"} 1');
  expect(metrics).toContain('fractal_judge_workers_lost_total{reason="stuck"} 1');
  const { size } = (await server.admin('GET', '/admin/v1/shards')).json().shards[0];
  expect(size).toBe(2);
});

it('more than fits in the queue is busy at once, and the rest is answered', async () => {
  started = await startTestServer({ limits: { judgeQueueMax: 4 } });
  const server = started;
  const answers = await Promise.all(Array.from({ length: 40 }, () => check(server, SUPPORTED)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
  const busy = answers.filter(({ status }) => status !== 200);
  expect(busy.length).toBeGreaterThan(0);
  for (const answer of busy) expect([answer.status, answer.json().code]).toEqual([503, 'busy']);
});

it('a small record without content is judged in place, with or without the guess that says so', async () => {
  started = await startTestServer();
  const { text } = { text: verifyBody(started.hmac).body };
  await started.call('POST', '/v1/verify', { body: text });
  const asObject = `{"record":${JSON.parse(verifyBody(started.hmac).body).record}}`;
  await started.call('POST', '/v1/verify', { body: asObject });
  const spaced = verifyBody(started.hmac).body.replace('{"record":', '{"record" :').replaceAll('none', '\\u006eone');
  expect((await started.call('POST', '/v1/verify', { body: spaced })).status).toBe(200);
  const metrics = (await started.call('GET', '/metrics')).text;
  expect(metrics).toContain('fractal_judge_duration_seconds_count{place="inline"} 2');
  expect(metrics).toContain('fractal_judge_duration_seconds_count{place="worker"} 1');
});
