/** A caller that goes away at any point gives back what its request held. */

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

async function inFlight(): Promise<number> {
  const { text } = await started.call('GET', '/metrics', { key: null });
  return Number(/^fractal_http_requests_in_flight(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
}

it('is counted out, though its whole body was read and no answer could be written', async () => {
  const { hostname, port } = new URL(started.server.url);
  const body = JSON.stringify({ output: SUPPORTED, evidence: [{ text: EVIDENCE.repeat(200) }] });
  const head = `POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\ncontent-type: application/json\r\n`;
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => {
          setTimeout(() => socket.destroy(), i % 5);
        });
      });
      socket.once('close', () => resolve());
      socket.once('error', reject);
    });
  }
  await expect.poll(inFlight, { timeout: 5_000 }).toBe(1); // the request that asks
});
