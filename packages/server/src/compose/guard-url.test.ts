import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GUARD_TEXT_BYTES_MAX, GuardConflict } from '@fractal/ledger';
import { checkpointGuardContract } from '@fractal/ledger/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startGuardServer } from '../testing/guard-server.ts';
import { guardUrl } from './guard-url.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function guardServer() {
  const server = await startGuardServer();
  closers.push(server.close);
  return server;
}

/** A guard at a server that answers as told, and the requests it got. */
async function guardAt(answer: RequestListener, timeoutMs = 5_000, path = '', user = '') {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return guardUrl(new URL(`http://${user}127.0.0.1:${(server.address() as AddressInfo).port}${path}`), timeoutMs);
}

const ORIGIN = 'example.com/log/0';
const ENTRY = { text: 'held', version: '"v"' };

describe('a guard behind HTTP', () => {
  checkpointGuardContract(async () => {
    const { url } = await guardServer();
    return () => guardUrl(new URL(url), 5_000);
  });

  it('comes back with the server', async () => {
    const server = await guardServer();
    const guard = guardUrl(new URL(server.url), 5_000);
    const held = await guard.record(ORIGIN, 'a', undefined);
    server.isDown = true;
    await expect(guard.read(ORIGIN)).rejects.toThrow('503');
    await expect(guard.record(ORIGIN, 'b', held)).rejects.toThrow('503');
    server.isDown = false;
    expect((await guard.record(ORIGIN, 'b', held)).text).toBe('b');
  });

  it.each([
    ['says a conflict otherwise', 409],
    ['says a conflict', 412],
  ])('that %s (%i) is a conflict', async (_, status) => {
    const guard = await guardAt((_request, response) => response.writeHead(status).end());
    await expect(guard.record(ORIGIN, 'a', ENTRY)).rejects.toThrow(GuardConflict);
  });

  it.each([201, 200, 204])('may answer a PUT with %i and no tag: what it holds is read back', async (status) => {
    const guard = await guardAt((request, response) =>
      request.method === 'PUT' ? response.writeHead(status).end() : response.writeHead(200, { etag: '"n"' }).end('a'),
    );
    expect(await guard.record(ORIGIN, 'a', ENTRY)).toEqual({ text: 'a', version: '"n"' });
    await expect(guard.record(ORIGIN, 'b', ENTRY)).rejects.toThrow('another text');
  });

  const answers: [string, RequestListener][] = [
    ['no ETag', (_, response) => response.writeHead(200).end('x')],
    ['a weak ETag', (_, response) => response.writeHead(200, { etag: 'W/"x"' }).end('x')],
    [
      'bytes that are no text',
      (_, response) => response.writeHead(200, { etag: '"x"' }).end(Uint8Array.of(0xff, 0xfe)),
    ],
    ['a redirect', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    [
      'more than the largest text',
      (_, response) => response.writeHead(200, { etag: '"x"' }).end('x'.repeat(GUARD_TEXT_BYTES_MAX + 1)),
    ],
    [
      'an endless body',
      (_, response) => {
        response.writeHead(200, { etag: '"x"' });
        const write = () => {
          while (!response.destroyed && response.write('x'.repeat(16_384)));
        };
        response.on('drain', write);
        write();
      },
    ],
    ['a broken connection', (request) => request.socket.destroy()],
    ['a redirect status nobody uses', (_, response) => response.writeHead(299, { etag: '"x"' }).end('x')],
    ['a server error', (_, response) => response.writeHead(500, { etag: '"x"' }).end('x')],
  ];
  it.each(answers)('that answers with %s is an error, not an entry', async (_, answer) => {
    const guard = await guardAt(answer);
    await expect(guard.read(ORIGIN)).rejects.not.toThrow(GuardConflict);
  });

  it('takes exactly the largest text', async () => {
    const text = 'x'.repeat(GUARD_TEXT_BYTES_MAX);
    const guard = await guardAt((_, response) => response.writeHead(200, { etag: '"x"' }).end(text));
    expect(await guard.read(ORIGIN)).toEqual({ text, version: '"x"' });
  });

  it('that does not answer is given up on', async () => {
    const guard = await guardAt(() => {}, 50);
    await expect(guard.read(ORIGIN)).rejects.toThrow(/time/i);
    await expect(guard.record(ORIGIN, 'a', undefined)).rejects.toThrow(/time/i);
  });

  it('is asked with its path, its query and its credentials', async () => {
    const seen: string[] = [];
    const guard = await guardAt(
      (request, response) => {
        seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        response.writeHead(404).end();
      },
      5_000,
      '/a/b/?token=1',
      'us%40er:pa%20ss@',
    );
    expect(await guard.read('ex.com/0')).toBeUndefined();
    const basic = Buffer.from('us@er:pa ss').toString('base64');
    expect(seen).toEqual([`GET /a/b/ex.com%2F0?token=1 Basic ${basic}`]);
  });
});
