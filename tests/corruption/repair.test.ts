/** `fractal log repair` on a real data directory: what a server left, damaged on the disk, mended, and served again. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommandError } from '../../packages/cli/src/output/exit.ts';
import { buildProgram } from '../../packages/cli/src/program.ts';
import { verdictKey } from '../../packages/server/src/commit/keys.ts';
import { verifyBody } from '../../packages/server/src/testing/records.ts';
import { removeData, type StartedServer, startTestServer } from '../../packages/server/src/testing/started-server.ts';
import { projectRoot } from '../harness/project.ts';
import { flipAt, flipWhere, rowsFile } from './flip.ts';

/** More than a bundle, and more than one leaf of keys. */
const RECORDS = 300;

let dataDir: string;
let pcsIds: string[];
let receipts: Map<string, string>;
let resolved: string;
const scratch = mkdtempSync(join(tmpdir(), 'fractal-corruption-'));
const pristine = join(scratch, 'pristine');

beforeAll(async () => {
  const started = await startTestServer();
  const records = Array.from({ length: RECORDS }, () => verifyBody(started.hmac));
  const body = records.map((record) => record.body).join('\n');
  await started.call('POST', '/v1/verify:batch', { body, headers: { 'content-type': 'application/x-ndjson' } });
  pcsIds = records.map(({ pcsId }) => pcsId);
  resolved = pcsIds[9]!;
  const resolution = { pcs_id: resolved, decision: 'block', reviewer: 'ann', revision: 4712 };
  expect((await started.call('POST', '/v1/resolutions', { body: resolution })).status).toBe(200);
  receipts = new Map();
  for (const pcsId of pcsIds.slice(0, 5)) {
    const answer = await started.call('GET', `/v1/receipts/${pcsId}`, { headers: { accept: 'text/plain' } });
    receipts.set(pcsId, answer.text);
  }
  await started.server.close();
  dataDir = started.dataDir;
  cpSync(dataDir, pristine, { recursive: true });
}, 60_000);

afterAll(async () => {
  rmSync(scratch, { recursive: true });
  await removeData(dataDir);
});

/** The data as the server left it. */
function fresh(): void {
  rmSync(dataDir, { recursive: true });
  cpSync(pristine, dataDir, { recursive: true });
}

interface Report {
  readonly log: string;
  readonly repaired: readonly { what: string; from: string }[];
  readonly left: readonly { what: string; problem: string; help: string }[];
}

/** The command in this process: a process of its own each time would take longer than all that it does. */
async function fractal(...args: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(...line.split('\n')));
  try {
    return { code: await buildProgram(projectRoot)(args), lines, errors: '' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.exitCode, lines, errors: error.message };
  } finally {
    log.mockRestore();
  }
}

async function repair(...args: string[]): Promise<{ code: number; shard: Report; all: Report[] }> {
  const { code, lines, errors } = await fractal('log', 'repair', dataDir, '--json', ...args);
  if (lines.length === 0) throw new Error(errors);
  const all = lines.map((line) => JSON.parse(line) as Report);
  return { code, shard: all.find(({ log }) => log === '0')!, all };
}

const fsckCode = async () => (await fractal('log', 'fsck', dataDir, '--json')).code;

async function served<T>(work: (started: StartedServer) => Promise<T>): Promise<T> {
  const started = await startTestServer({ dataDir });
  try {
    return await work(started);
  } finally {
    await started.server.close();
  }
}

const flipEntry = (pcsId: string) => flipWhere(rowsFile(dataDir), Buffer.from(`"pcs_id":"${pcsId}"`), 12);

describe('fractal log repair', () => {
  it('finds nothing in what a server left', async () => {
    fresh();
    const { code, all } = await repair();
    expect([code, ...all.flatMap(({ repaired, left }) => [...repaired, ...left])]).toEqual([0]);
  });

  it('makes tiles, bundles, key rows and derived rows again from what is there; the server then serves them', async () => {
    fresh();
    const tiles = join(dataDir, 'log', '0', 'tile');
    flipAt(join(tiles, '0', '000'), 100);
    flipAt(join(tiles, 'entries', '000'), 1_000);
    const index = Buffer.alloc(8);
    index.writeBigUInt64BE(7n);
    await flipWhere(rowsFile(dataDir), Buffer.concat([verdictKey('default', pcsIds[7]!), index]), 5);
    expect(await flipWhere(rowsFile(dataDir), Buffer.from('{"decision":"block","revision":4712}'), 14)).toBeGreaterThan(
      0,
    );
    expect(await fsckCode()).toBe(1);
    const dry = await repair('--dry-run');
    expect(dry.code).toBe(0);
    expect(await fsckCode()).toBe(1);
    const { code, shard } = await repair();
    expect(shard).toEqual({ ...dry.shard, dry_run: false });
    expect([code, shard.left]).toEqual([0, []]);
    const names = shard.repaired.map(({ what }) => what);
    expect(names).toEqual(expect.arrayContaining(['tile/0/000', 'tile/entries/000']));
    expect(names.some((what) => what.startsWith('rows/keys/'))).toBe(true);
    expect(names.some((what) => what.startsWith('rows/effective/'))).toBe(true);
    expect(await fsckCode()).toBe(0);
    await served(async ({ call }) => {
      expect((await call('GET', `/v1/verdicts/${resolved}`)).json().effective).toEqual({
        decision: 'block',
        revision: 4712,
      });
      expect((await call('GET', `/v1/receipts/${pcsIds[7]}`)).status).toBe(200);
    });
  });

  it('takes entries from a copy, and says which it can’t have without', async () => {
    fresh();
    for (const pcsId of [pcsIds[2]!, pcsIds[280]!]) await flipEntry(pcsId);
    const without = await repair();
    expect([without.code, without.shard.left.map(({ what }) => what)]).toEqual([
      1,
      ['rows/entries/2', 'rows/entries/280'],
    ]);
    for (const { help } of without.shard.left) expect(help).toMatch(/--from DIR.*--receipt FILE/);
    const { code, shard } = await repair('--from', pristine);
    expect([code, shard.repaired.map(({ what }) => what)]).toEqual([0, ['rows/entries/2', 'rows/entries/280']]);
    expect(await fsckCode()).toBe(0);
  });

  it('takes an entry from the receipt that somebody holds, and nothing from a receipt that was changed', async () => {
    fresh();
    const pcsId = pcsIds[3]!;
    await flipEntry(pcsId);
    const folder = mkdtempSync(join(scratch, 'receipts-'));
    const receipt = receipts.get(pcsId)!;
    const [head, extra, ...rest] = receipt.split('\n');
    const bytes = Buffer.from(extra!.slice('extra '.length), 'base64');
    bytes[bytes.length - 40] = bytes[bytes.length - 40]! ^ 1;
    writeFileSync(join(folder, '3.tlog-proof'), [head, `extra ${bytes.toString('base64')}`, ...rest].join('\n'));
    expect((await repair('--receipt', folder)).code).toBe(1);
    writeFileSync(join(folder, '3.tlog-proof'), receipt);
    const { code, shard } = await repair('--receipt', folder);
    expect([code, shard.left, shard.repaired.map(({ what }) => what)]).toEqual([0, [], ['rows/entries/3']]);
    expect(await fsckCode()).toBe(0);
    await served(async ({ call }) => {
      expect((await call('GET', `/v1/verdicts/${pcsId}`)).status).toBe(200);
    });
  });

  it('puts back a checkpoint that the log signed, and never signs one', async () => {
    fresh();
    flipAt(join(dataDir, 'log', '0', 'checkpoint'), 20);
    await expect(startTestServer({ dataDir })).rejects.toThrow();
    const { code, shard } = await repair();
    expect(shard.repaired.concat(shard.left as never[]).map(({ what }) => what)).toContain('checkpoint');
    if (code === 1) expect((await repair('--from', pristine)).code).toBe(0);
    await served(async ({ call }) => {
      expect((await call('GET', `/v1/receipts/${pcsIds[1]}`)).status).toBe(200);
    });
    expect(await fsckCode()).toBe(0);
  });

  it('is what a server says that cannot start', async () => {
    fresh();
    flipAt(join(dataDir, 'log', '0', 'checkpoint'), 20);
    const { code, errors } = await fractal('up', '--data', dataDir, '--port', '0');
    expect(code).toBe(3);
    expect(errors).toMatch(/^log_corrupt: the published checkpoint/);
    expect(errors).toContain(`fractal log repair ${dataDir}`);
  });

  it('says what is used wrongly', async () => {
    fresh();
    expect((await fractal('log', 'repair', join(scratch, 'nowhere'))).code).toBe(2);
    expect((await fractal('log', 'repair', dataDir, '--from', join(scratch, 'nowhere'))).code).toBe(2);
    const file = join(scratch, 'no-receipt');
    writeFileSync(file, 'hello\n');
    expect((await fractal('log', 'repair', dataDir, '--receipt', file)).code).toBe(2);
    expect((await fractal('log', 'repair', dataDir, '--receipt', join(scratch, 'missing'))).code).toBe(2);
    const { lines } = await fractal('log', 'repair', dataDir);
    expect(lines[0]).toMatch(/OK +log 0: 301 entries, 301 of them under a signed checkpoint; 0 made again, 0 left/);
    expect(readdirSync(dataDir)).toContain('format.json');
  });
});
