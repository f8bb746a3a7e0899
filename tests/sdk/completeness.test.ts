/**
 * Completeness against a started server of two tenants: nothing of a tenant is withheld as it stands, and what a server that
 * lies withholds, alters or hands out of another tenant is found: in a full bundle, at its boundary, and at the tail after
 * the last full one. The lies are told by a proxy in front of the server, that is: by what the server answers.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  askServer,
  type Completeness,
  checkCompleteness,
  createRecord,
  entryOfReceipt,
  type Fractal,
  type HeldEntry,
  httpLogFiles,
} from '@fractal/sdk';
import { toBase64 } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchDirectory } from '../harness/scratch.ts';
import { type LiveServer, RECORD_KEY, startLiveServer } from './live.ts';
import { runFractalAsync } from './run-fractal.ts';

/** Entries of the log once it is filled: one full bundle, half of a second. */
const SIZE = 400;

interface Page {
  entries: { index: number; tag: string; salt: string; body: string }[];
  next: number | null;
}

let server: LiveServer;
let other: Fractal;
let otherKey: string;
let folder: string;
let tagKey: Uint8Array;
const receipts = new Map<bigint, string>();
/** Indices of the tenant `default`. */
const own: bigint[] = [];

beforeAll(async () => {
  server = await startLiveServer();
  folder = scratchDirectory('completeness');
  otherKey = await server.makeTenant('other');
  other = server.client({ apiKey: otherKey });
  // In turns of seven and five, so that tenants share bundles and neither is even.
  for (let n = 0; n < SIZE; ) {
    const [client, tenant, turn] = n % 12 === 0 ? [server.client(), 'default', 7] : [other, 'other', 5];
    const count = Math.min(turn as number, SIZE - n);
    n += count;
    for await (const result of (client as Fractal).verifyBatch(records(tenant as string, count))) {
      if (!result.ok) throw result.error;
      if (tenant !== 'default') continue;
      own.push(result.answer.log.index);
      receipts.set(result.answer.log.index, result.answer.receipt!);
    }
  }
  tagKey = await server.client().getTagKey();
  await published();
});
afterAll(() => server?.stop());

let made = 0;
function records(tenant: string, count: number) {
  return Array.from({ length: count }, () => {
    made += 1;
    const fields = { tenant, namespace: 'tests', stream: `s${made}`, epoch: 1, task: 'answers' };
    return createRecord({ output: `Ship ${made} is in.`, evidence: [], fields, key: RECORD_KEY });
  });
}

/** Resolves once the public checkpoint covers what is committed. */
async function published(): Promise<void> {
  const size = await server.logSize();
  const files = httpLogFiles({ url: `${server.url}/log/0` });
  while (Number(new TextDecoder().decode(await files('checkpoint')).split('\n')[1]) < size) await sleep(20);
}

/** The server, but for what it says on /v1/entries. */
async function lying(change: (page: Page) => void): Promise<{ url: string; server: Server }> {
  const proxy = createServer(async (request, response) => {
    const headers = { authorization: request.headers.authorization ?? '' };
    const answer = await fetch(server.url + request.url!, { headers });
    let bytes: Buffer = Buffer.from(await answer.arrayBuffer());
    if (answer.ok && request.url!.startsWith('/v1/entries')) {
      const page = JSON.parse(bytes.toString('utf8')) as Page;
      change(page);
      bytes = Buffer.from(JSON.stringify(page));
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(bytes);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, server: proxy };
}

async function check(client: Fractal, options: { held?: readonly HeldEntry[]; key?: Uint8Array } = {}) {
  const answer = await checkCompleteness({
    key: server.logKey,
    tagKey: options.key ?? tagKey,
    readFile: httpLogFiles({ url: `${server.url}/log/0` }),
    ask: askServer(client),
    held: async ({ from, to }) => (options.held ?? []).filter(({ index }) => index >= from && index < to),
  });
  if (!answer.ok) throw new Error(`${answer.code} ${answer.detail ?? ''}`);
  return answer.value;
}

async function checkLied(change: (page: Page) => void): Promise<Completeness> {
  const proxy = await lying(change);
  try {
    return await check(server.client({ url: proxy.url }));
  } finally {
    proxy.server.close();
  }
}

describe('a tenant', () => {
  it('accounts for every leaf, by what the server hands out or by receipts alone', async () => {
    expect(own.length).toBeGreaterThan(200);
    expect(await check(server.client())).toMatchObject({
      complete: true,
      size: BigInt(SIZE),
      own: own.length,
      given: own.length,
    });
    const held = [...receipts.values()].map((receipt) => {
      const entry = entryOfReceipt(receipt);
      if (!entry.ok) throw new Error(entry.code);
      return entry.value;
    });
    expect(await check(server.client(), { held })).toMatchObject({ complete: true, held: own.length, given: 0 });
    const key = await other.getTagKey();
    const answer = await check(other, { key });
    expect(answer).toMatchObject({ complete: true, own: SIZE - own.length });
  });

  it('sees one entry withheld, wherever it is: first, at the boundary of bundles, at the tail', async () => {
    const inFirst = own.filter((index) => index < 256n);
    for (const hidden of [inFirst[0]!, inFirst.at(-1)!, own[inFirst.length]!, own.at(-1)!]) {
      const found = await checkLied((page) => {
        page.entries = page.entries.filter(({ index }) => index !== Number(hidden));
      });
      expect(found).toMatchObject({ complete: false, missing: { count: 1, first: [hidden] }, given: own.length - 1 });
    }
  });

  it('sees all of its entries withheld', async () => {
    const found = await checkLied((page) => {
      page.entries = [];
      page.next = null;
    });
    expect(found).toMatchObject({ complete: false, missing: { count: own.length, first: own } });
  });

  it('sees an entry that was altered, and one that is another tenant’s', async () => {
    const at = own[50]!;
    const decision = await checkLied((page) => {
      for (const entry of page.entries.filter(({ index }) => index === Number(at))) {
        const body = Buffer.from(entry.body, 'base64').toString('utf8');
        entry.body = toBase64(Buffer.from(body.replace('"decision":"', '"decision":"x')));
      }
    });
    expect(decision).toMatchObject({ complete: false, altered: { count: 1, first: [at] }, missing: { count: 0 } });
    const foreign = 8;
    expect(own).not.toContain(BigInt(foreign));
    const given = await checkLied((page) => {
      const entry = page.entries[0];
      if (entry !== undefined && entry.index < 256) page.entries.push({ ...entry, index: foreign });
    });
    expect(given).toMatchObject({ complete: false, unknown: { count: 1, first: [BigInt(foreign)] } });
  });
});

describe('fractal log completeness', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const args = (url: string, ...more: string[]) => [
    ...['log', 'completeness', '--url', url, '--vkey', server.logKey, '--json'],
    ...['--api-key-file', file('api-key', server.apiKey), ...more],
  ];

  it('exits 0 when all is there, keeps tag key and state, and goes on from there', { timeout: 30_000 }, async () => {
    const kept = [
      ...['--state', join(folder, 'state'), '--tag-key-file', join(folder, 'tag-key')],
      ...['--receipts', join(folder, 'receipts')],
    ];
    mkdirSync(join(folder, 'receipts'));
    for (const index of own.slice(0, 10)) file(`receipts/${index}.tlog-proof`, receipts.get(index)!);
    const first = await runFractalAsync(...args(server.url, ...kept));
    expect(JSON.parse(first.stdout)).toMatchObject({ complete: true, from: '0', held: 10, given: own.length - 10 });
    expect(first.code).toBe(0);
    expect(readFileSync(join(folder, 'tag-key'), 'utf8').trim()).toBe(toBase64(tagKey));
    for await (const result of server.client().verifyBatch(records('default', 5))) expect(result.ok).toBe(true);
    await published();
    const second = await runFractalAsync(...args(server.url, ...kept));
    expect(JSON.parse(second.stdout)).toMatchObject({ complete: true, from: String(SIZE), own: 5, given: 5 });
  });

  it('exits 1 for what is withheld and for another log, 2 and 3 where it cannot check', {
    timeout: 30_000,
  }, async () => {
    const hidden = own[3]!;
    const proxy = await lying((page) => {
      page.entries = page.entries.filter(({ index }) => index !== Number(hidden));
    });
    const withheld = await runFractalAsync(...args(proxy.url));
    proxy.server.close();
    expect([withheld.code, JSON.parse(withheld.stdout).withheld]).toEqual([1, { count: 1, first: [String(hidden)] }]);
    const control = await runFractalAsync(...args(server.url, '--log', 'control'));
    expect([control.code, JSON.parse(control.stdout).ok]).toEqual([1, false]);
    expect((await runFractalAsync(...args(server.url, '--receipts', join(folder, 'none')))).code).toBe(2);
    expect((await runFractalAsync(...args('http://127.0.0.1:1'))).code).toBe(3);
  });
});
