import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
      key: Uint8Array.from({ length: 32 }, (_, i) => (size >> (8 * (i % 4))) & 0xff),
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
    await expect(old.sync()).rejects.toMatchObject({ refusal: 'session_lost' });
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

  it('does not grow for good after a reader beside it was killed', async () => {
    const writer = await openDataDirectory(folder, new Uint8Array(16).fill(1));
    const { store } = await writer.openLog('0');
    const bytes = async (): Promise<number> => (await stat(join(folder, 'rows/data.mdb'))).size;
    const commit = async (from: number): Promise<void> => {
      for (let size = from; size < from + 300; size += 1) await store.commit(batch(size));
    };
    await commit(0);
    const reader = `
      const { openDataDirectoryReadOnly } = await import(process.argv[2]);
      await (await openDataDirectoryReadOnly(process.argv[1])).openLog('0').store.readHead();
      process.kill(process.pid, 'SIGKILL');`;
    const module = new URL('./data-directory.ts', import.meta.url).href;
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', reader, folder, module]);
    expect(killed.signal).toBe('SIGKILL');
    await commit(300);
    const pinned = await bytes();
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    await commit(600);
    await commit(900);
    expect((await bytes()) - pinned).toBeLessThan(2 << 20); // 600 commits with a pinned reader take some 20 MB
    await writer.close();
  });

  it('carries a format version; another one is refused and left alone', async () => {
    await (await openDataDirectory(folder, new Uint8Array(16))).close();
    const file = join(folder, 'format.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ format: 2 });
    for (const text of ['{"format":1}', '{"format":3}', '{"format":"1"}', '{}', 'not json', '']) {
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
