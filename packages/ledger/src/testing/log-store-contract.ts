/** What every LogStore must do. An adapter's test calls this with a way to open a fresh store. */
import { toHex } from '@fractal/tlog';
import { expect, it } from 'vitest';
import { CommitRefused, type Head, type LogStore, type StoredEntry } from '../ports/log-store.ts';

function bytes(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** 32 bytes that differ for each number and purpose. */
function numbered(index: number, purpose: number): Uint8Array {
  const value = bytes(32, purpose);
  new DataView(value.buffer).setUint32(0, index);
  return value;
}

function entry(index: number, overrides: Partial<StoredEntry> = {}): StoredEntry {
  return {
    index,
    tag: bytes(16, 1),
    salt: bytes(16, index),
    key: numbered(index, 1),
    digest: numbered(index, 2),
    body: new TextEncoder().encode(`{"index":${index}}`),
    ...overrides,
  };
}

function head(size: number): Head {
  return {
    size,
    range: Array.from({ length: size.toString(2).replaceAll('0', '').length }, (_, i) => bytes(32, i + size)),
    timeMs: 1_700_000_000_000 + size,
  };
}

function batch(
  previousSize: number,
  count: number,
): { previousSize: number; head: Head; entries: StoredEntry[]; rows: [] } {
  const entries = Array.from({ length: count }, (_, i) => entry(previousSize + i));
  return { previousSize, head: head(previousSize + count), entries, rows: [] };
}

export function logStoreContract(openFresh: () => Promise<LogStore>): void {
  it('is empty at first', async () => {
    const store = await openFresh();
    expect(await store.readHead()).toBeUndefined();
    expect(await store.readEntry(0)).toBeUndefined();
    expect(await store.readKey(bytes(32, 1))).toBeUndefined();
    expect(await store.readEntries(0, 10)).toEqual([]);
    expect(await store.readRow('effective', bytes(32, 1))).toBeUndefined();
  });

  it('gives back head, entries and keys as they were committed', async () => {
    const store = await openFresh();
    await store.commit(batch(0, 3));
    await store.commit(batch(3, 300));
    expect(plain(await store.readHead())).toEqual(plain(head(303)));
    expect(plain(await store.readEntry(302))).toEqual(plain(entry(302)));
    expect((await store.readEntries(1, 303)).map((found) => found.index)).toEqual(
      Array.from({ length: 302 }, (_, i) => i + 1),
    );
    expect(await store.readKey(entry(7).key)).toEqual({ index: 7 });
    expect(await store.readEntry(303)).toBeUndefined();
  });

  it('commits rows with entries, replaces them, and lists a table in order', async () => {
    const store = await openFresh();
    const rows = [3, 1, 2].map((n) => ({ table: 'a', key: bytes(4, n), value: bytes(1, n) }));
    await store.commit({ ...batch(0, 1), rows: [...rows, { table: 'ab', key: bytes(4, 9), value: bytes(1, 9) }] });
    await store.commit({ ...batch(1, 1), rows: [{ table: 'a', key: bytes(4, 2), value: bytes(1, 22) }] });
    expect((await store.listRows('a', 10)).map(({ value }) => value[0])).toEqual([1, 22, 3]);
    expect((await store.listRows('a', 10, bytes(4, 1))).map(({ value }) => value[0])).toEqual([22, 3]);
    expect((await store.listRows('a', 1)).length).toBe(1);
    expect([...((await store.readRow('ab', bytes(4, 9))) ?? [])]).toEqual([9]);
  });

  it('refuses a commit on another head, whole', async () => {
    const store = await openFresh();
    await store.commit(batch(0, 2));
    await expect(store.commit(batch(1, 2))).rejects.toMatchObject({ refusal: 'head_moved' });
    await expect(store.commit(batch(3, 1))).rejects.toBeInstanceOf(CommitRefused);
    expect((await store.readHead())?.size).toBe(2);
    expect(await store.readEntry(2)).toBeUndefined();
  });

  it('refuses a key that is in the log, whole', async () => {
    const store = await openFresh();
    await store.commit(batch(0, 2));
    const twice = { ...batch(2, 2), entries: [entry(2), entry(3, { key: entry(0).key })] };
    const rows = [{ table: 't', key: bytes(4, 1), value: bytes(1, 1) }];
    await expect(store.commit({ ...twice, rows })).rejects.toMatchObject({ refusal: 'key_taken' });
    expect((await store.readHead())?.size).toBe(2);
    expect(await store.readEntry(2)).toBeUndefined();
    expect(await store.readKey(entry(2).key)).toBeUndefined();
    expect(await store.readRow('t', bytes(4, 1))).toBeUndefined();
  });

  it('refuses a batch that brings one key twice, whole', async () => {
    const store = await openFresh();
    await expect(
      store.commit({ ...batch(0, 2), entries: [entry(0), entry(1, { key: entry(0).key })] }),
    ).rejects.toMatchObject({
      refusal: 'key_taken',
    });
    expect(await store.readHead()).toBeUndefined();
    expect(await store.readKey(entry(0).key)).toBeUndefined();
  });

  it('goes on after a refusal', async () => {
    const store = await openFresh();
    await store.commit(batch(0, 1));
    await expect(store.commit(batch(0, 1))).rejects.toBeInstanceOf(CommitRefused);
    await store.commit(batch(1, 1));
    await store.sync();
    expect((await store.readHead())?.size).toBe(2);
  });

  it('keeps a body of 65,535 bytes', async () => {
    const store = await openFresh();
    const body = bytes(65_535, 7);
    await store.commit({ ...batch(0, 1), entries: [entry(0, { body })] });
    expect((await store.readEntry(0))?.body.length).toBe(65_535);
  });
}

/** Byte arrays as hex, so that Buffer and Uint8Array compare by value. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
