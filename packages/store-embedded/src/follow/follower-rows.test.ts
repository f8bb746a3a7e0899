import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommitRefused } from '@fractal/ledger';
import { cursorStoreContract } from '@fractal/ledger/testing';
import { utf8Encode } from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { openLmdb } from '../disk/lmdb-key-value.ts';
import { type FollowerStore, followerStore } from './follower-rows.ts';

const folders: string[] = [];
const stores: FollowerStore[] = [];

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'fractal-followers-'));
  folders.push(path);
  return path;
}

function openIn(directory: string, checkSession: () => void = () => {}): FollowerStore {
  const store = followerStore({ directory, checkSession });
  stores.push(store);
  return store;
}

afterAll(async () => {
  for (const store of stores) await store.close();
  for (const path of folders) await rm(path, { recursive: true });
});

const KEY = utf8Encode('state');
const written = (value: string) => ({ follower: 'a', writes: [{ key: KEY, value: utf8Encode(value) }] });

describe('follower rows in LMDB', () => {
  cursorStoreContract(async () => openIn(await folder()));

  it('are there after they were opened again', async () => {
    const directory = await folder();
    const first = followerStore({ directory, checkSession: () => {} });
    await first.commit(written('1'));
    await first.close();
    await expect(first.read('a', KEY)).rejects.toThrow();
    expect((await stat(join(directory, 'followers'))).mode & 0o777).toBe(0o700);
    expect(Buffer.from((await openIn(directory).read('a', KEY))!).toString()).toBe('1');
  });

  it('are not written by a process that was taken over from', async () => {
    let isLost = false;
    const store = openIn(await folder(), () => {
      if (isLost) throw new CommitRefused('session_lost', 'another process opened this data directory');
    });
    await store.commit(written('1'));
    isLost = true;
    await expect(store.commit(written('2'))).rejects.toMatchObject({ refusal: 'session_lost' });
    expect(Buffer.from((await store.read('a', KEY))!).toString()).toBe('1');
  });

  it('need nothing at the start: what can not be opened is tried again at the next use', async () => {
    const directory = await folder();
    await writeFile(join(directory, 'followers'), 'a file where the folder should be');
    const store = openIn(directory);
    await expect(store.read('a', KEY)).rejects.toThrow();
    await expect(store.commit(written('1'))).rejects.toThrow();
    await rm(join(directory, 'followers'));
    await store.commit(written('1'));
    expect(await store.read('a', KEY)).toBeDefined();
  });

  it('are named and never given out when a byte of them is another', async () => {
    const directory = await folder();
    const store = followerStore({ directory, checkSession: () => {} });
    await store.commit(written('1'));
    await store.close();
    const keyValue = openLmdb({ folder: join(directory, 'followers'), readOnly: false });
    const table = keyValue.table('rows');
    const [row] = [...table.range({})];
    const damaged = Uint8Array.from(row!.value);
    damaged[1]! ^= 1;
    const place = Uint8Array.from(row!.key);
    await keyValue.transaction(() => table.put(place, damaged));
    await keyValue.close();
    const again = openIn(directory);
    await expect(again.read('a', KEY)).rejects.toMatchObject({ code: 'row_corrupt' });
    await expect(again.list('a', { prefix: utf8Encode(''), limit: 1 })).rejects.toMatchObject({ code: 'row_corrupt' });
    const expected = { key: KEY, value: utf8Encode('1') };
    await expect(again.commit({ ...written('2'), expected })).rejects.toMatchObject({ code: 'row_corrupt' });
    await again.commit({ ...written('3'), clear: true });
    expect(Buffer.from((await again.read('a', KEY))!).toString()).toBe('3');
  });
});
