/** A first start that died while LMDB made its file: the next one makes it anew, and never touches one that has a commit. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openLmdb } from './lmdb-key-value.ts';

let folder = '';
afterEach(() => rm(folder, { recursive: true }));

const KEY = Buffer.from('key');

async function writeOne(): Promise<void> {
  const rows = openLmdb({ folder, readOnly: false });
  const table = rows.table('t');
  await rows.transaction(() => table.put(KEY, Buffer.from('value')));
  await rows.close();
}

async function readOne(): Promise<string | undefined> {
  const rows = openLmdb({ folder, readOnly: false });
  const value = rows.table('t').get(KEY);
  await rows.close();
  return value === undefined ? undefined : Buffer.from(value).toString();
}

it.each([0, 1, 512, 4_096, 8_191, 8_192])('%i bytes of a new file are no file', async (bytes) => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-unfinished-'));
  await writeOne();
  await truncate(join(folder, 'data.mdb'), bytes);
  expect(await readOne()).toBeUndefined();
  await writeOne();
  expect(await readOne()).toBe('value');
});

it('two pages of zeros are no file', async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-unfinished-'));
  await writeFile(join(folder, 'data.mdb'), new Uint8Array(8_192));
  expect(await readOne()).toBeUndefined();
});

it('the smallest file with a commit is kept', async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-unfinished-'));
  const rows = openLmdb({ folder, readOnly: false });
  rows.table('t');
  await rows.transaction(() => undefined);
  await rows.close();
  const before = await readFile(join(folder, 'data.mdb'));
  expect((await stat(join(folder, 'data.mdb'))).size).toBeGreaterThan(8_192);
  expect(await readOne()).toBeUndefined();
  expect((await readFile(join(folder, 'data.mdb'))).length).toBeGreaterThanOrEqual(before.length);
});

it('asks for room before a new file, leaves nothing of the asking, and does not ask again', async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-unfinished-'));
  const blocked = join(folder, 'room');
  await mkdir(blocked); // what is asked with can't be written: as on a full disk, an error and no LMDB file
  expect(() => openLmdb({ folder, readOnly: false, roomBytes: 4_096 })).toThrow(/EISDIR/);
  expect(await readdir(folder)).toEqual(['room']);
  await rm(blocked, { recursive: true });
  await openLmdb({ folder, readOnly: false, roomBytes: 4_096 }).close();
  expect((await readdir(folder)).sort()).toEqual(['data.mdb', 'lock.mdb']);
  await writeOne();
  await mkdir(blocked);
  await openLmdb({ folder, readOnly: false, roomBytes: 4_096 }).close();
});
