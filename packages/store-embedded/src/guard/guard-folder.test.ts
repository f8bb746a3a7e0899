import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointGuardContract } from '@fractal/ledger/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { guardFolder } from './guard-folder.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-guard-'));
  folders.push(folder);
  return folder;
}

const ORIGIN = 'example.com/log/0';
const NAME = 'origin-example.com%2Flog%2F0';

describe('a guard in a folder', () => {
  checkpointGuardContract(async () => {
    const folder = join(await newFolder(), 'not', 'there', 'yet');
    return () => guardFolder(folder);
  });

  it('keeps one file an origin, whatever was recorded', async () => {
    const folder = await newFolder();
    const guard = guardFolder(folder);
    let held = await guard.record(ORIGIN, 'text 0', undefined);
    for (let n = 1; n < 30; n += 1) held = await guard.record(ORIGIN, `text ${n}`, held);
    expect(await readdir(join(folder, NAME))).toEqual(['30']);
  });

  it.each([0, 1, 64, 65, 70])(
    'passes over a file that a crash cut to %i bytes, and goes on above it',
    async (length) => {
      const folder = await newFolder();
      const guard = guardFolder(folder);
      const first = await guard.record(ORIGIN, 'a text that is long enough', undefined);
      await guard.record(ORIGIN, 'another one that is long enough', first);
      await writeFile(join(folder, NAME, '1'), await fileOf('a text that is long enough'));
      await truncate(join(folder, NAME, '2'), length);
      expect(await guard.read(ORIGIN)).toEqual(first);
      const next = await guard.record(ORIGIN, 'next', first);
      expect(await guardFolder(folder).read(ORIGIN)).toEqual(next);
      expect(next.version).toBe('3');
    },
  );

  it('does not take a damaged file for an entry', async () => {
    const folder = await newFolder();
    const guard = guardFolder(folder);
    await guard.record(ORIGIN, 'a text', undefined);
    const bytes = await fileOf('a text');
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = bytes.slice();
      damaged[at]! ^= 4;
      await writeFile(join(folder, NAME, '1'), damaged);
      expect(await guard.read(ORIGIN)).toBeUndefined();
    }
  });

  it('comes back when its folder was taken away and is there again', async () => {
    const folder = await newFolder();
    const guard = guardFolder(join(folder, 'guard'));
    const held = await guard.record(ORIGIN, 'a text', undefined);
    await rm(join(folder, 'guard'), { recursive: true });
    await writeFile(join(folder, 'guard'), 'in the way');
    await expect(guard.record(ORIGIN, 'next', held)).rejects.toThrow();
    await rm(join(folder, 'guard'));
    expect(await guard.read(ORIGIN)).toBeUndefined();
    const next = await guard.record(ORIGIN, 'next', undefined);
    expect(await guard.read(ORIGIN)).toEqual(next);
  });

  /** The bytes that hold a text. */
  async function fileOf(text: string): Promise<Uint8Array> {
    const folder = await newFolder();
    await guardFolder(folder).record(ORIGIN, text, undefined);
    return new Uint8Array(await readFile(join(folder, NAME, '1')));
  }
});
