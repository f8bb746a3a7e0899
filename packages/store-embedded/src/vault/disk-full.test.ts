/** A disk that is full, played by a limit on the size of files: what fails is rejected, what was there stays, what fits goes on. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openVaultStore } from './lmdb-vault-store.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

const LIMIT_BLOCKS = 16_000; // of 512 bytes

/** Inserts 100 KB a row until one fails, then tries what still fits; says what happened, as JSON. */
const filler = `
  process.on('SIGXFSZ', () => undefined); // the write then fails, as on a full disk
  const [, folder, storeModule] = process.argv;
  const { openVaultStore } = await import(storeModule);
  const at = (number) => ({ tenant: 'acme', pcsId: number.toString(16).padStart(64, '0') });
  const store = await openVaultStore({ folder });
  const row = (number, bytes) => ({ address: at(number), keyRow: new Uint8Array(126), content: new Uint8Array(bytes).fill(number), storedMs: 1 });
  let stored = 0;
  let error;
  while (error === undefined) {
    const group = [stored, stored + 1, stored + 2];
    const outcomes = await Promise.allSettled(group.map((number) => store.insert(row(number, 100_000))));
    error = outcomes.find(({ status }) => status === 'rejected')?.reason;
    if (error === undefined) stored += 3;
  }
  const said = {
    error: error.code, retryable: error.retryable, cause: error.cause instanceof Error, stored,
    erased: await store.erase([{ address: at(0), expected: new Uint8Array(126), tombstone: new Uint8Array(3) }], 1),
    small: await store.insert(row(9999, 10)),
  };
  await store.close();
  console.log(JSON.stringify(said));`;

describe('the vault on a full disk', () => {
  it('rejects, keeps, and goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-vault-full-'));
    folders.push(folder);
    const module = new URL('./lmdb-vault-store.ts', import.meta.url).href;
    const run = `ulimit -f ${LIMIT_BLOCKS}; exec "$0" --input-type=module -e "$1" "$2" "$3"`;
    const output = execFileSync('sh', ['-c', run, process.execPath, filler, join(folder, 'vault'), module], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const said = JSON.parse(output);
    expect(said).toMatchObject({
      error: 'vault_write_failed',
      retryable: true,
      cause: true,
      erased: [true],
      small: true,
    });
    expect(said.stored).toBeGreaterThan(10);

    const store = await openVaultStore({ folder: join(folder, 'vault') });
    const rows = await store.listKeys({ limit: 1000 });
    const numbers = rows.map(({ address }) => Number.parseInt(address.pcsId, 16));
    expect(numbers.filter((number) => number < said.stored)).toHaveLength(said.stored);
    for (const { address } of rows) {
      const number = Number.parseInt(address.pcsId, 16);
      const content = (await store.read(address))?.content;
      if (number === 0) expect(content).toBeUndefined();
      else expect(content?.every((byte) => byte === (number & 0xff))).toBe(true);
    }
    await store.close();
  });
});
