import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const get = (path: string) => started.call('GET', path, { key: null });

it('is healthy and ready', async () => {
  expect((await get('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await get('/readyz')).json()).toEqual({ status: 'ok' });
});

it('counts what happens, without naming a tenant', async () => {
  await started.makeTenant('metric-tenant');
  const { body } = verifyBody(started.hmac);
  await started.call('POST', '/v1/verify?wait=published', { body });
  await started.call('POST', '/v1/verify', { body });
  await started.call('POST', '/v1/verify', { body: '{' });
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.text.split('\n');
  const expected = [
    'fractal_http_requests_total{route="/v1/verify",method="POST",status="200",code="ok"} 2',
    'fractal_http_requests_total{route="/v1/verify",method="POST",status="400",code="json_malformed"} 1',
    'fractal_verdicts_total{decision="escalate",outcome="committed"} 1',
    'fractal_verdicts_total{decision="escalate",outcome="replayed"} 1',
    'fractal_log_entries{shard="0",state="committed"} 1',
    'fractal_log_entries{shard="0",state="published"} 1',
    'fractal_log_publish_lag_seconds 0',
    'fractal_judge_workers_ready 1',
    'fractal_commit_group_entries_count 1',
  ];
  for (const line of expected) expect(lines).toContain(line);
  expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
  expect(answer.text).not.toContain('metric-tenant');
  expect(answer.text).not.toContain('default');
});
