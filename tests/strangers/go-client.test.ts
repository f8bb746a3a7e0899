/**
 * A client over golang.org/x/mod/sumdb/{note,tlog} (tests/strangers/client) reads our server while it writes: it verifies the
 * checkpoint's signature, the root from the bundles, receipts, and that each checkpoint it has seen is a prefix of the
 * next; and it refuses when one byte of any kind of file it fetches is another.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRecord } from '@fractal/sdk';
import { formatVerifierKey, makeVerifierKey, nobleEd25519 } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGoProgram } from '../harness/go-program.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { scratchDirectory } from '../harness/scratch.ts';
import { type LiveServer, RECORD_KEY, startLiveServer } from '../sdk/live.ts';

const program = buildGoProgram('tests/strangers/client');
const seed = seedOfRun();
const random = seededRandom(seed);
console.log(`go client: FRACTAL_SEED=${seed}`);

let server: LiveServer;
let folder: string;
const receipts: string[] = [];

beforeAll(async () => {
  server = await startLiveServer();
  folder = scratchDirectory('go-client');
});
afterAll(() => server?.stop());

/** Logs entries until `count` are answered; keeps the receipts of a few. */
async function write(count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, n) => {
    const fields = { tenant: 'default', namespace: 'tests', stream: `s${n}`, epoch: 1, task: 'answers' };
    const { record, content } = createRecord({ output: `Ship ${n} is in.`, evidence: [], fields, key: RECORD_KEY });
    return { record, content };
  });
  let n = 0;
  for await (const result of server.client().verifyBatch(records)) {
    if (!result.ok) throw result.error;
    n += 1;
    if (n % 50 !== 1) continue;
    const file = join(folder, `${receipts.length}.tlog-proof`);
    writeFileSync(file, result.answer.receipt!);
    receipts.push(file);
  }
}

interface Read {
  readonly code: number | null;
  readonly output: string;
}

function read(url: string, ...args: string[]): Promise<Read> {
  const child = spawn(program!, ['-url', url, '-vkey', server.logKey, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

/** Serves what the server serves, with one byte changed in files whose path is wanted. */
async function lyingProxy(wanted: (path: string) => boolean): Promise<{ url: string; lies: string[]; server: Server }> {
  const lies: string[] = [];
  const proxy = createServer(async (request, response) => {
    const answer = await fetch(`${server.url}/log/0${request.url}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.ok && lies.length === 0 && bytes.length > 0 && wanted(request.url!)) {
      const at = random.below(bytes.length);
      bytes[at]! ^= 1 << random.below(8);
      lies.push(`${request.url}, byte ${at}`);
    }
    response.writeHead(answer.status).end(bytes);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, lies, server: proxy };
}

describe.skipIf(program === undefined)('a client that others wrote', () => {
  it('reads and verifies the log while it is written, and finds every checkpoint a prefix of the next', {
    timeout: 60_000,
  }, async () => {
    const url = `${server.url}/log/0`;
    const kept = join(folder, 'checkpoint');
    await write(300);
    expect(await read(url, '-save', kept)).toMatchObject({ code: 0 });
    let writing = true;
    const writes = write(700).finally(() => {
      writing = false;
    });
    const sizes = [Number(readFileSync(kept, 'utf8').split('\n')[1])];
    while (writing || sizes.length < 3) {
      const { code, output } = await read(url, '-older', kept, '-save', kept, ...receipts);
      expect(output).not.toContain('REFUSED');
      expect(code).toBe(0);
      const seen = JSON.parse(output) as { size: number; older: number; receipts: number };
      expect(seen.older).toBe(sizes.at(-1));
      sizes.push(seen.size);
    }
    await writes;
    await expect.poll(async () => JSON.parse((await read(url)).output).size, { timeout: 10_000 }).toBe(1_000);
    const last = JSON.parse((await read(url, '-older', kept, ...receipts)).output);
    expect(last).toMatchObject({ size: 1_000, bundles: 4, receipts: receipts.length, receipts_ahead: 0 });
    expect(receipts.length).toBeGreaterThan(10);
  });

  it.each([
    ['the checkpoint', (path: string) => path === '/checkpoint'],
    ['a full tile', (path: string) => /^\/tile\/0\/\d+$/.test(path)],
    ['the partial tile', (path: string) => /^\/tile\/0\/.*\.p\//.test(path)],
    ['a tile of the next level', (path: string) => path.startsWith('/tile/1/')],
    ['a full bundle', (path: string) => /^\/tile\/entries\/\d+$/.test(path)],
    ['the partial bundle', (path: string) => /^\/tile\/entries\/.*\.p\//.test(path)],
  ])('refuses one changed byte in %s', async (_what, wanted) => {
    const proxy = await lyingProxy(wanted);
    try {
      const { code, output } = await read(proxy.url, ...receipts);
      expect(proxy.lies).toHaveLength(1);
      expect({ code, refused: output.startsWith('REFUSED') }, `${proxy.lies[0]}: ${output}`).toEqual({
        code: 1,
        refused: true,
      });
    } finally {
      proxy.server.close();
    }
  });

  it('refuses another log’s key, an older checkpoint that was changed, and a receipt with another body', async () => {
    const url = `${server.url}/log/0`;
    const other = join(folder, 'other');
    writeFileSync(
      other,
      readFileSync(receipts[0]!, 'utf8').replace(/^extra .*$/m, (line) => flipped(line)),
    );
    expect(await read(url, other)).toMatchObject({ code: 1, output: expect.stringContaining('REFUSED') });
    const changed = join(folder, 'changed-checkpoint');
    const checkpoint = readFileSync(join(folder, 'checkpoint'), 'utf8').split('\n');
    writeFileSync(changed, [checkpoint[0], '7', ...checkpoint.slice(2)].join('\n'));
    expect(await read(url, '-older', changed)).toMatchObject({ code: 1, output: expect.stringMatching(/^REFUSED/) });
    const name = server.logKey.split('+')[0]!;
    const key = makeVerifierKey({ name, type: 0x01, publicKey: nobleEd25519.publicKey(new Uint8Array(32).fill(7)) });
    const anotherKey = key.ok ? formatVerifierKey(key.value) : '';
    const child = spawn(program!, ['-url', url, '-vkey', anotherKey]);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1);
  });
});

/** `extra` with a bit of its last byte changed. */
function flipped(line: string): string {
  const bytes = Buffer.from(line.slice('extra '.length), 'base64');
  bytes[bytes.length - 1]! ^= 1;
  return `extra ${bytes.toString('base64')}`;
}
