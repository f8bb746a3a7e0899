import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogStore } from '@fractal/ledger';
import { logStoreContract } from '@fractal/ledger/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDirectory } from '../directory/data-directory.ts';
import { MemoryKeyValue } from '../testing/memory-key-value.ts';
import { LogRows } from './log-rows.ts';

const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function openFresh(): Promise<LogStore> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-store-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const directory = await openDataDirectory(folder, new Uint8Array(16).fill(1));
  cleanups.push(() => directory.close());
  return (await directory.openLog('0')).store;
}

describe('LogRows over LMDB', () => {
  logStoreContract(openFresh);
});

it('takes a log whose head is gone for a damaged one, not for an empty one', async () => {
  const keyValue = new MemoryKeyValue();
  const store = new LogRows({ keyValue, log: '0', checkSession: () => {} });
  const bytes = (length: number) => new Uint8Array(length).fill(1);
  const entry = { index: 0, tag: bytes(16), salt: bytes(16), key: bytes(32), digest: bytes(32), body: bytes(2) };
  expect(await store.readHead()).toBeUndefined();
  await store.commit({ previousSize: 0, head: { size: 1, range: [bytes(32)], timeMs: 1 }, entries: [entry], rows: [] });
  keyValue.damage({ table: '0/meta', key: Buffer.from('head') });
  await expect(store.readHead()).rejects.toMatchObject({ code: 'row_corrupt' });
});

it('takes a derived row that is gone for damage, not for one that never was', async () => {
  const keyValue = new MemoryKeyValue();
  const store = new LogRows({ keyValue, log: '0', checkSession: () => {} });
  const bytes = (length: number) => new Uint8Array(length).fill(1);
  const entry = { index: 0, tag: bytes(16), salt: bytes(16), key: bytes(32), digest: bytes(32), body: bytes(2) };
  const rows = [{ table: 'effective', key: bytes(4), value: bytes(1) }];
  await store.commit({ previousSize: 0, head: { size: 1, range: [bytes(32)], timeMs: 1 }, entries: [entry], rows });
  expect(await store.readRow('effective', bytes(5))).toBeUndefined();
  keyValue.damage(keyValue.rows().find(({ table }) => table === '0/rows')!);
  await expect(store.readRow('effective', bytes(4))).rejects.toMatchObject({ code: 'row_corrupt' });
  expect(await store.readRow('effective', bytes(5))).toBeUndefined();
});
