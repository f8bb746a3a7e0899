/** A witness over HTTP that answers everything it should not: each is one of the port's outcomes, in bounded bytes. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeVerifierKey, nobleEd25519 } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_BYTES_MAX, httpWitness } from './http-witness.ts';

const made = makeVerifierKey({
  name: 'witness.example/w',
  type: 4,
  publicKey: nobleEd25519.publicKey(new Uint8Array(32).fill(1)),
});
if (!made.ok) throw new Error(made.code);
const verifierKey = made.value;

let server: Server;
let url: string;
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const request = { oldSize: 3, proof: [new Uint8Array(32).fill(7)], checkpoint: 'note\n' };
const ask = (prefix = url, signal = new AbortController().signal) =>
  httpWitness({ name: 'w', verifierKey, url: prefix }).addCheckpoint(request, signal);

function answer(status: number, body: string, type = 'text/plain'): void {
  handle = (_, response) => response.writeHead(status, { 'content-type': type }).end(body);
}

describe('a witness over HTTP', () => {
  it('is sent the request of the protocol, below its prefix', async () => {
    const seen: string[] = [];
    handle = (incoming, response) => {
      incoming.setEncoding('utf8').on('data', (chunk) => seen.push(`${incoming.method} ${incoming.url}\n${chunk}`));
      incoming.on('end', () => response.end('lines\n'));
    };
    expect(await ask(`${url}/some/prefix/`)).toEqual({ kind: 'cosigned', lines: 'lines\n' });
    expect(seen).toEqual([
      `POST /some/prefix/add-checkpoint\nold 3\n${Buffer.alloc(32, 7).toString('base64')}\n\nnote\n`,
    ]);
  });

  it.each([
    [400, 'request_refused'],
    [403, 'log_key_refused'],
    [404, 'log_unknown'],
    [422, 'proof_refused'],
    [429, 'busy'],
    [503, 'busy'],
    [500, 'answer_malformed'],
    [204, 'answer_malformed'],
    [201, 'answer_malformed'],
    [302, 'answer_malformed'],
  ])('that answers %d: %s', async (status, fault) => {
    answer(status, status === 204 ? '' : 'x\n');
    expect(await ask()).toEqual({ kind: 'refused', fault });
  });

  it('is not followed elsewhere', async () => {
    let asked = 0;
    handle = (incoming, response) => {
      asked += 1;
      if (incoming.url === '/elsewhere') response.end('lines\n');
      else response.writeHead(307, { location: '/elsewhere' }).end();
    };
    expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
    expect(asked).toBe(1);
  });

  it.each(['0', '5', '18446744073709551615'])('that holds %s leaves', async (size) => {
    answer(409, `${size}\n`, 'text/x.tlog.size');
    expect(await ask()).toEqual({ kind: 'conflict', size: BigInt(size) });
    answer(409, `${size}\n`, 'text/x.tlog.size; charset=utf-8');
    expect(await ask()).toEqual({ kind: 'conflict', size: BigInt(size) });
  });

  it.each(['', '5', '05\n', '-1\n', '5 \n', '5\n\n', '1e3\n', '18446744073709551616\n', 'x\n'])(
    'whose conflict says %j is not understood',
    async (body) => {
      answer(409, body, 'text/x.tlog.size');
      expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
    },
  );

  it('whose conflict is of another type is not understood', async () => {
    answer(409, '5\n');
    expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
  });

  it('is read up to the limit, and not one byte further', async () => {
    answer(200, 'x'.repeat(ANSWER_BYTES_MAX));
    expect(await ask()).toMatchObject({ kind: 'cosigned' });
    answer(200, 'x'.repeat(ANSWER_BYTES_MAX + 1));
    expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
  });

  it('that sends for ever is left alone once the limit is passed', async () => {
    const closed = Promise.withResolvers<void>();
    handle = (_, response) => {
      const send = (): void => {
        if (!response.destroyed) response.write('x'.repeat(16_384), () => setImmediate(send));
      };
      response.on('close', closed.resolve);
      send();
    };
    expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
    await closed.promise;
  });

  it('whose bytes are not UTF-8 is not understood', async () => {
    handle = (_, response) => response.end(Buffer.from([0xff, 0x0a]));
    expect(await ask()).toEqual({ kind: 'refused', fault: 'answer_malformed' });
  });

  it('that never answers is given up when the signal says so', async () => {
    const asked = Promise.withResolvers<void>();
    handle = () => asked.resolve();
    const giveUp = new AbortController();
    const outcome = ask(url, giveUp.signal);
    await asked.promise;
    giveUp.abort();
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that is not there rejects', async () => {
    await expect(ask('http://127.0.0.1:1')).rejects.toThrow();
  });
});
