import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogStore } from '@fractal/ledger';
import { logStoreContract } from '@fractal/ledger/testing';
import { afterAll, describe } from 'vitest';
import { openDataDirectory } from '../directory/data-directory.ts';

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
