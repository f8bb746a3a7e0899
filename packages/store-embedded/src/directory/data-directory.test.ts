import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory, openDataDirectoryReadOnly } from './data-directory.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-directory-'));
});
afterEach(() => rm(folder, { recursive: true }));

const batch = (size: number) => ({
  previousSize: size,
  head: { size: size + 1, range: [new Uint8Array(32)], timeMs: 1 },
  entries: [
    {
      index: size,
      tag: new Uint8Array(16),
      salt: new Uint8Array(16),
      key: new Uint8Array(32).fill(size),
      digest: new Uint8Array(32),
      body: new Uint8Array(2),
    },
  ],
  rows: [],
});

describe('a data directory', () => {
  it('keeps what was committed across openings', async () => {
    const first = await openDataDirectory(folder, new Uint8Array(16).fill(1));
    await (await first.openLog('0')).store.commit(batch(0));
    await first.close();
    const second = await openDataDirectory(folder, new Uint8Array(16).fill(2));
    expect((await (await second.openLog('0')).store.readHead())?.size).toBe(1);
    expect(await (await second.openLog('control')).store.readHead()).toBeUndefined();
    await second.close();
  });

  it('refuses the commits of whoever had it open before, and writes nothing of them', async () => {
    const first = await openDataDirectory(folder, new Uint8Array(16).fill(1));
    const old = (await first.openLog('0')).store;
    await old.commit(batch(0));
    const second = await openDataDirectory(folder, new Uint8Array(16).fill(2));
    await expect(old.commit(batch(1))).rejects.toMatchObject({ refusal: 'session_lost' });
    const current = (await second.openLog('0')).store;
    expect((await current.readHead())?.size).toBe(1);
    await current.commit(batch(1));
    await first.close();
    await second.close();
  });

  it('refuses the publications of whoever had it open before', async () => {
    const first = await openDataDirectory(folder, new Uint8Array(16).fill(1));
    const old = (await first.openLog('0')).files;
    await old.replaceCheckpoint(Uint8Array.of(1));
    const second = await openDataDirectory(folder, new Uint8Array(16).fill(2));
    const current = (await second.openLog('0')).files;
    await current.replaceCheckpoint(Uint8Array.of(2));
    const tile = { path: 'tile/0/000', bytes: new Uint8Array(8_192) };
    await expect(old.replaceCheckpoint(Uint8Array.of(1))).rejects.toMatchObject({ refusal: 'session_lost' });
    await expect(old.writeAll([tile])).rejects.toMatchObject({ refusal: 'session_lost' });
    await expect(old.removePartials(['tile/0/000.p'])).rejects.toMatchObject({ refusal: 'session_lost' });
    expect(await current.read('checkpoint')).toEqual(Buffer.of(2));
    expect(await current.read(tile.path)).toBeUndefined();
    expect(() => first.checkSession()).toThrow('another process');
    second.checkSession();
    await first.close();
    await second.close();
  });

  it('carries a format version; another one is refused and left alone', async () => {
    await (await openDataDirectory(folder, new Uint8Array(16))).close();
    const file = join(folder, 'format.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ format: 1 });
    for (const text of ['{"format":2}', '{"format":"1"}', '{}', 'not json', '']) {
      await writeFile(file, text);
      await expect(openDataDirectory(folder, new Uint8Array(16))).rejects.toMatchObject({ code: 'format_unknown' });
      await expect(openDataDirectoryReadOnly(folder)).rejects.toMatchObject({ code: 'format_unknown' });
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('opened for reading makes nothing, fences nobody and commits nothing', async () => {
    await expect(openDataDirectoryReadOnly(folder)).rejects.toMatchObject({ code: 'not_a_data_directory' });
    const writer = await openDataDirectory(folder, new Uint8Array(16).fill(1));
    const { store } = await writer.openLog('0');
    await store.commit(batch(0));
    const reader = await openDataDirectoryReadOnly(folder);
    expect((await reader.openLog('0').store.readHead())?.size).toBe(1);
    await reader.close();
    await store.commit(batch(1));
    await writer.close();
  });
});
