/**
 * A running server over a disk that changes bits under it: what is damaged is refused by name, everything else goes on,
 * and no damage makes a second leaf of a record (I3).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictKey } from '../../packages/server/src/commit/keys.ts';
import { verifyBody } from '../../packages/server/src/testing/records.ts';
import { type StartedServer, startTestServer } from '../../packages/server/src/testing/started-server.ts';
import { flipAt, flipWhere, rowsFile } from './flip.ts';

interface Sent {
  readonly body: string;
  readonly pcsId: string;
  readonly index: number;
}

let started: StartedServer;
let sent: Sent[];
/** More than one leaf of the tree of keys holds. */
const RECORDS = 200;

beforeAll(async () => {
  started = await startTestServer();
  sent = await sendMany(RECORDS);
}, 30_000);
afterAll(() => started.stop());

/** Those that were logged: a record whose leaf of the tree of keys is damaged is refused. */
async function sendMany(count: number): Promise<Sent[]> {
  const records = Array.from({ length: count }, () => verifyBody(started.hmac));
  const body = `${records.map((record) => record.body).join('\n')}\n`;
  const headers = { 'content-type': 'application/x-ndjson' };
  const answers = (await started.call('POST', '/v1/verify:batch', { body, headers })).text.trim().split('\n');
  return records.flatMap((record, i) => {
    const { log } = JSON.parse(answers[i]!);
    return log === undefined ? [] : [{ ...record, index: log.index as number }];
  });
}

async function sizeOfLog(): Promise<number> {
  const { shards } = (await started.admin('GET', '/admin/v1/shards')).json();
  return shards.find((each: { shard: string }) => each.shard === '0').size;
}

async function counted(): Promise<number> {
  const { text } = await started.call('GET', '/metrics');
  return Number(/^fractal_security_events_total\{kind="row_corrupt"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function codeOf(method: string, path: string, body?: unknown): Promise<string> {
  const answer = await started.call(method, path, body === undefined ? {} : { body });
  return answer.status === 200 ? 'ok' : answer.json().code;
}

const verdictOf = (pcsId: string) => codeOf('GET', `/v1/verdicts/${pcsId}`);
const receiptOf = (pcsId: string) => codeOf('GET', `/v1/receipts/${pcsId}`);
const send = ({ body }: Pick<Sent, 'body'>) => codeOf('POST', '/v1/verify', body);

async function theRestGoesOn(but: readonly Sent[]): Promise<void> {
  const whole = sent.filter((each) => !but.includes(each)).slice(0, 5);
  for (const { pcsId } of whole) expect(await verdictOf(pcsId)).toBe('ok');
}

describe('an entry row with a flipped bit', () => {
  it('is served to nobody, logged by nobody, and told to the operator', async () => {
    const hit = sent[17]!;
    const before = [await sizeOfLog(), await counted()];
    expect(await flipWhere(rowsFile(started.dataDir), Buffer.from(`"pcs_id":"${hit.pcsId}"`), 12)).toBeGreaterThan(0);
    for (const answer of [await verdictOf(hit.pcsId), await receiptOf(hit.pcsId), await send(hit)]) {
      expect(answer).toBe('row_corrupt');
    }
    const resolution = { pcs_id: hit.pcsId, decision: 'accept', reviewer: 'ann' };
    expect(await codeOf('POST', '/v1/resolutions', resolution)).toBe('row_corrupt');
    const problem = await started.call('GET', `/v1/verdicts/${hit.pcsId}`);
    expect([problem.status, problem.json().retryable]).toEqual([500, false]);
    expect(problem.text).not.toContain(hit.pcsId);
    expect(await sizeOfLog()).toBe(before[0]);
    expect(await counted()).toBeGreaterThan(before[1]!);
    await theRestGoesOn([hit]);
    const { body, pcsId } = verifyBody(started.hmac);
    expect(await send({ body })).toBe('ok');
    expect(await receiptOf(pcsId)).toBe('ok');
  });

  it('in a batch spoils its own line and no other', async () => {
    const [hit, fresh] = [sent[18]!, verifyBody(started.hmac)];
    await flipWhere(rowsFile(started.dataDir), Buffer.from(`"pcs_id":"${hit.pcsId}"`), 12);
    const headers = { 'content-type': 'application/x-ndjson' };
    const body = [sent[19]!.body, hit.body, fresh.body].join('\n');
    const lines = (await started.call('POST', '/v1/verify:batch', { body, headers })).text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).code ?? 'ok')).toEqual(['ok', 'row_corrupt', 'ok']);
  });
});

describe('a derived row with a flipped bit', () => {
  it('leaves no old decision in force: the record is refused', async () => {
    const [hit] = await sendMany(60);
    const resolution = { pcs_id: hit!.pcsId, decision: 'block', reviewer: 'ann', revision: 4711 };
    expect(await codeOf('POST', '/v1/resolutions', resolution)).toBe('ok');
    expect(await verdictOf(hit!.pcsId)).toBe('ok');
    const row = Buffer.from('{"decision":"block","revision":4711}');
    expect(await flipWhere(rowsFile(started.dataDir), row, 14)).toBeGreaterThan(0);
    expect(await verdictOf(hit!.pcsId)).toBe('row_corrupt');
    expect(await send(hit!)).toBe('row_corrupt');
  });
});

describe('a key row with a flipped bit', () => {
  it.each([
    ['in the key', 3],
    ['in the index', 39],
  ])('%s lets no record be logged twice, and stops only the keys of its leaf', async (_, offset) => {
    const hit = sent[30 + offset]!;
    const index = Buffer.alloc(8);
    index.writeBigUInt64BE(BigInt(hit.index));
    const pair = Buffer.concat([verdictKey('default', hit.pcsId), index]);
    const before = await sizeOfLog();
    expect(await flipWhere(rowsFile(started.dataDir), pair, offset)).toBeGreaterThan(0);
    expect(await send(hit)).toBe('row_corrupt');
    expect(await verdictOf(hit.pcsId)).toBe('row_corrupt');
    expect(await sizeOfLog()).toBe(before);
    const answers = await Promise.all(sent.map(({ pcsId }) => verdictOf(pcsId)));
    const refused = answers.filter((answer) => answer === 'row_corrupt').length;
    expect(refused).toBeLessThan(RECORDS / 2);
    expect(answers.every((answer) => answer === 'ok' || answer === 'row_corrupt')).toBe(true);
    expect((await sendMany(60)).length).toBeGreaterThan(30);
  });
});

describe('a public tile with a flipped bit', () => {
  it('gives no receipt that would fail in the hands of whoever asked', async () => {
    await sendMany(60);
    started = await started.restart(); // publishes what is left, so that all below 256 lie in one full tile
    const full = join(started.dataDir, 'log', '0', 'tile', '0', '000');
    const inTile: Sent[] = [];
    for (const each of sent) if (each.index < 20 && (await receiptOf(each.pcsId)) === 'ok') inTile.push(each);
    expect(inTile.length).toBeGreaterThan(0);
    // The sibling of a leaf is in its proof, so each of these has the flipped hash or one above it in its own.
    flipAt(full, 9 * 32);
    const codes = await Promise.all(inTile.map(({ pcsId }) => receiptOf(pcsId)));
    expect(codes.filter((code, i) => code === 'ok' && inTile[i]!.index !== 9)).toEqual([]);
    expect(await verdictOf(inTile[0]!.pcsId)).toBe('ok');
    flipAt(full, 9 * 32);
    expect(await receiptOf(inTile[0]!.pcsId)).toBe('ok');
  });
});
