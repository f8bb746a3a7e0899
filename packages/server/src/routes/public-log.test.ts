import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { leafHash, parseBundle, parseVerifierKey, verifyCheckpoint } from '@fractal/tlog';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
  const lines = Array.from({ length: 300 }, () => verifyBody(started.hmac).body).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  await started.call('POST', '/v1/verify:batch?receipt=none&wait=published', { body: lines, headers });
});
afterAll(() => started.stop());

const get = async (path: string) => {
  const response = await fetch(started.server.url + path);
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
};

it('serves a signed checkpoint, fresh for a second, to any origin', async () => {
  const { response, bytes } = await get('/log/0/checkpoint');
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('public, max-age=1');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const key = parseVerifierKey((await readFile(started.server.vkeyFile, 'utf8')).trim());
  if (!key.ok) throw new Error(key.code);
  const verified = verifyCheckpoint({ checkpoint: bytes, origin: started.server.origin, verifierKey: key.value });
  expect(verified.ok && verified.value.size).toBe(300n);
});

it('serves full tiles as immutable, partial ones for a minute, and bundles that hash to the tiles', async () => {
  const full = await get('/log/0/tile/0/000');
  expect(full.bytes).toHaveLength(8_192);
  expect(full.response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(full.response.headers.get('content-type')).toBe('application/octet-stream');
  const partial = await get('/log/0/tile/0/001.p/44');
  expect(partial.bytes).toHaveLength(44 * 32);
  expect(partial.response.headers.get('cache-control')).toBe('public, max-age=60');
  const bundle = parseBundle((await get('/log/0/tile/entries/000')).bytes);
  if (!bundle.ok) throw new Error(bundle.code);
  expect(bundle.value).toHaveLength(256);
  expect(leafHash(bundle.value[255]!)).toEqual(full.bytes.slice(255 * 32));
});

it('serves the control log too', async () => {
  expect((await get('/log/control/checkpoint')).response.status).toBe(200);
});

it('serves nothing else, whatever the path', async () => {
  const paths = [
    '/log/0/tile/0/001',
    '/log/0/tile/0/0',
    '/log/0/tile/0/000.p/256',
    '/log/0/tile/..%2f..%2f..%2fkeys%2fadmin-token',
    '/log/..%2fkeys/checkpoint',
    '/log/1/checkpoint',
    '/log/constructor/checkpoint',
    '/log/0/',
    '/log/0/tile/64/000',
  ];
  for (const path of paths) expect((await get(path)).response.status, path).toBe(404);
  // Clients tidy these up before they send them: written by hand.
  for (const path of ['/log/0/tile/../checkpoint', '/log/../keys/admin-token', '/log/0/tile/../../../keys/api-key']) {
    expect(await rawStatus(path), path).toBe(404);
  }
});

function rawStatus(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(started.server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}

it('holds no tenant, decision or text in any public file', async () => {
  await started.call('POST', '/v1/check', {
    body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }], task: 'secret-task' },
  });
  await started.makeTenant('hidden-tenant');
  const { readdir } = await import('node:fs/promises');
  const files = await readdir(`${started.dataDir}/log`, { recursive: true, withFileTypes: true });
  const seen = files.filter((file) => file.isFile());
  expect(seen.length).toBeGreaterThan(5);
  for (const file of seen) {
    const text = (await readFile(`${file.parentPath}/${file.name}`)).toString('latin1');
    for (const word of ['hidden-tenant', 'default', 'escalate', 'accept', 'bridge', 'secret-task']) {
      expect(text.includes(word), `${file.name}: ${word}`).toBe(false);
    }
  }
});
