import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLogger } from '../edge/logger.ts';
import { CONTRADICTED, EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { removeData, startTestServer } from '../testing/started-server.ts';
import { startServer } from './start-server.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fractal-start-'));
});
afterEach(() => removeData(dataDir));

const body = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };

describe('a first start', () => {
  it('leaves a tenant, a key, a token and a verifier key, secret where they are', async () => {
    const { server } = await startTestServer({ dataDir });
    for (const file of [server.adminTokenFile, server.apiKeyFile, join(dataDir, 'keys', 'keyring')]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600);
    }
    expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
    expect(await readFile(server.vkeyFile, 'utf8')).toMatch(/^localhost\/[0-9a-f]{16}\/0\+[0-9a-f]{8}\+.*\n$/);
    await server.close();
  });

  it('keeps keys, origin and log over the next', async () => {
    const first = await startTestServer({ dataDir });
    const files = [first.server.adminTokenFile, first.server.apiKeyFile, first.server.vkeyFile];
    const before = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const second = await first.restart({ originPrefix: 'log.example.org' });
    expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual(before);
    expect(second.server.origin).toBe(first.server.origin);
    await second.server.close();
  });

  it('takes the origin it is given', async () => {
    const server = await startServer({ dataDir, port: 0, workers: 1, originPrefix: 'log.example.org' });
    expect(server.origin).toBe('log.example.org/0');
    await server.close();
  });

  it('makes new credentials where their files are gone; an empty file means none', async () => {
    const first = await startTestServer({ dataDir });
    await rm(first.server.apiKeyFile);
    const second = await first.restart();
    expect(second.apiKey).not.toBe(first.apiKey);
    expect((await second.call('POST', '/v1/check', { body, key: first.apiKey })).status).toBe(200);
    await second.server.close();
    await writeFile(first.server.apiKeyFile, '');
    const third = await startServer({ dataDir, port: 0, workers: 1 });
    expect(await readFile(third.apiKeyFile, 'utf8')).toBe('');
    await third.close();
  });
});

describe('opening fails, and leaves nothing open', () => {
  it('where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startServer({ dataDir, port, workers: 1 })).rejects.toThrow('EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
    await (await startServer({ dataDir, port, workers: 1 })).close();
  });

  it('where the log has entries and its verifier key or its keyring is gone', async () => {
    const started = await startTestServer({ dataDir });
    await started.call('POST', '/v1/check', { body });
    await started.server.close();
    const vkey = await readFile(started.server.vkeyFile, 'utf8');
    await rm(started.server.vkeyFile);
    await expect(startServer({ dataDir, port: 0, workers: 1 })).rejects.toThrow('bring it back');
    await writeFile(
      started.server.vkeyFile,
      vkey.replace(/\+[0-9a-f]{8}\+.*/, (key) => key.toLowerCase()),
    );
    await expect(startServer({ dataDir, port: 0, workers: 1 })).rejects.toThrow('verifier key');
    await writeFile(started.server.vkeyFile, vkey);
    const keyring = await readFile(join(dataDir, 'keys', 'keyring'));
    await rm(join(dataDir, 'keys', 'keyring'));
    await expect(startServer({ dataDir, port: 0, workers: 1 })).rejects.toThrow('bring it back');
    await writeFile(join(dataDir, 'keys', 'keyring'), keyring, { mode: 0o600 });
    await (await startServer({ dataDir, port: 0, workers: 1 })).close();
  });
});

describe('logs', () => {
  it('hold no text, key or record', async () => {
    const lines: string[] = [];
    const logger = jsonLogger({ write: (line) => lines.push(line), nowMs: Date.now, level: 'debug' });
    const started = await startTestServer({ dataDir, logger });
    await started.call('POST', '/v1/check', { body: { ...body, output: CONTRADICTED, prompt: 'marker-prompt' } });
    const record = verifyBody(started.hmac, { task: 'marker-task' });
    await started.call('POST', '/v1/verify', { body: record.body });
    await started.call('POST', '/v1/verify', { body: record.body.replace('marker', 'market') });
    await started.call('POST', '/v1/check', { body: '{"marker-json":', key: started.apiKey });
    await started.call('POST', '/v1/check', { body, key: 'marker-key' });
    await started.server.close();
    const text = lines.join('');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
    expect(lines.some((line) => line.includes('"event":"security"'))).toBe(true);
    expect(lines.some((line) => line.includes('"event":"request"'))).toBe(true);
    for (const word of ['bridge', 'marker', started.apiKey, started.adminToken]) expect(text).not.toContain(word);
  });
});
