import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultStoreContract } from '@fractal/vault/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openVaultStore } from './lmdb-vault-store.ts';

const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-vault-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  return join(folder, 'vault');
}

vaultStoreContract('LMDB', async () => {
  const folder = await freshFolder();
  const store = await openVaultStore({ folder });
  cleanups.push(() => store.close());
  return {
    store,
    reopen: async () => {
      await store.close();
      const again = await openVaultStore({ folder });
      cleanups.push(() => again.close());
      return again;
    },
  };
});

describe('LMDB vault store', () => {
  it('makes its folder for its owner alone', async () => {
    const folder = await freshFolder();
    const store = await openVaultStore({ folder });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await store.close();
  });
});
