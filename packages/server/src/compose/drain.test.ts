import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rawConnection } from '../testing/raw-connection.ts';
import { contentItems, EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { removeData, startTestServer } from '../testing/started-server.ts';
import { startServer } from './start-server.ts';

it('finishes what is in flight, refuses what comes later, and loses nothing it acknowledged', async () => {
  const started = await startTestServer({ limits: { drainGraceMs: 300 } });
  const { body, pcsId } = verifyBody(started.hmac, { items: contentItems() });
  const keptAlive = rawConnection(started.server.url);
  const requestText = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n\r\n`;
  // A request whose body is still on its way when the server is told to close.
  const late = rawConnection(started.server.url);
  const bytes = Buffer.from(body);
  late.socket.write(
    `POST /v1/verify HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n` +
      `content-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`,
  );
  late.socket.write(bytes.subarray(0, 100));
  const many = Array.from({ length: 50 }, async () => {
    const each = verifyBody(started.hmac, { items: contentItems() });
    const sent = started.call('POST', '/v1/verify', { body: each.body });
    // What the kernel held and nobody had read yet is reset: no answer, and the same record may be sent again.
    const status = await sent.then(
      (answer) => answer.status,
      () => 'reset' as const,
    );
    return { ...each, status };
  });
  keptAlive.socket.write(requestText(`/v1/verdicts/${'0'.repeat(64)}`));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = started.server.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  late.socket.write(bytes.subarray(100));
  const answer = await late.ended;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  await closed;
  await keptAlive.ended;
  await expect(started.call('GET', '/healthz')).rejects.toThrow();
  const answers = await Promise.all(many);

  const again = await startTestServer({ dataDir: started.dataDir });
  for (const each of [...answers.filter(({ status }) => status === 200), { body, pcsId }]) {
    expect((await again.call('GET', `/v1/verdicts/${each.pcsId}`)).status).toBe(200);
  }
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  for (const { status } of answers) expect([200, 503, 'reset']).toContain(status);
  await again.stop();
});

it('does not wait longer than its limit for a client that never ends its request', async () => {
  const started = await startTestServer({ limits: { drainTimeoutMs: 200 } });
  const stuck = rawConnection(started.server.url);
  stuck.socket.write(
    `POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n` +
      'content-type: application/json\r\ncontent-length: 5000\r\n\r\n{',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  const startMs = performance.now();
  await started.stop();
  expect(performance.now() - startMs).toBeLessThan(2_000);
  await stuck.ended;
});

it('publishes what is left before it ends: a stranger needs no living server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fractal-drain-'));
  const started = await startTestServer({ dataDir, publishIntervalMs: 60_000 });
  const body = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
  await started.call('POST', '/v1/check', { body });
  await started.call('POST', '/v1/check', { body });
  await started.server.close();
  const { readFile } = await import('node:fs/promises');
  expect((await readFile(join(started.server.logDir, 'checkpoint'), 'utf8')).split('\n')[1]).toBe('2');
  await removeData(dataDir);
});

it('a second server over the same directory takes it over; the first fails and says so', async () => {
  const first = await startTestServer();
  const second = await startServer({ dataDir: first.dataDir, port: 0, workers: 1 });
  const answer = await first.call('POST', '/v1/verify', { body: verifyBody(first.hmac).body });
  expect([answer.status, answer.json().code]).toEqual([503, 'store_unavailable']);
  // By its refused commit, or by its own look at the session, whichever comes first.
  expect((await first.server.failed).message).toMatch(/session_lost|another process opened/);
  expect((await first.call('GET', '/readyz')).status).toBe(503);
  await first.server.close();
  await second.close();
  await removeData(first.dataDir);
});

it('a server that commits nothing notices by itself that its directory was taken over', async () => {
  const first = await startTestServer();
  const second = await startServer({ dataDir: first.dataDir, port: 0, workers: 1 });
  expect((await first.server.failed).message).toContain('another process opened');
  await first.server.close();
  await second.close();
  await removeData(first.dataDir);
});
