import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fsck } from '@fractal/ledger';
import { parseVerifierKey, toHex } from '@fractal/tlog';
import { openVault } from '@fractal/vault';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDirectory, openDataDirectoryReadOnly } from '../directory/data-directory.ts';
import { openKeyring } from '../keyring/index.ts';
import { openVaultStore } from '../vault/index.ts';
import { formatManifest } from './manifest.ts';
import { type RestoreOptions, restore } from './restore.ts';
import { readBackup } from './target.ts';
import {
  backUp,
  clock,
  derive,
  filesBelow,
  openSourceDirectory,
  removeScratch,
  type SourceDirectory,
  scratch,
  TENANT,
} from './testing/source-directory.ts';

afterAll(removeScratch);

async function backedUp(entries: number, contents: readonly string[] = []) {
  const source = await openSourceDirectory();
  await source.grow(entries);
  const addresses = [];
  for (const text of contents) addresses.push(await source.put(text));
  const target = await scratch('target');
  await backUp(source, target);
  return { source, target, addresses };
}

async function restoreTo(target: string, options: Partial<RestoreOptions> = {}) {
  const directory = options.directory ?? (await scratch('restored'));
  const report = await restore({ target, directory, sessionToken: new Uint8Array(16), clock, derive, ...options });
  return { directory, report };
}

async function openVaultOf(directory: string) {
  const keyring = await openKeyring({ file: join(directory, 'keys', 'keyring') });
  const store = await openVaultStore({ folder: join(directory, 'vault') });
  const rng = { bytes: (length: number) => new Uint8Array(length).fill(3) };
  return { store, vault: openVault({ store, keyring, rng, clock }) };
}

describe('a restored directory', () => {
  it('has the entries, the rows made from them, and the public files byte for byte', async () => {
    const { source, target } = await backedUp(4_096 + 300);
    const { directory, report } = await restoreTo(target, { keyringFile: source.keyringFile });
    const origin = source.ledger.origin;
    const size = 4_096 + 300;
    expect(report).toMatchObject({ logs: [{ name: '0', origin, size, signedSize: size }], keyring: 'restored' });
    const { store, files } = (await openDataDirectoryReadOnly(directory)).openLog('0');
    expect(await store.readEntries(0, size)).toEqual(await source.store.readEntries(0, size));
    const head = await store.readHead();
    expect(head).toEqual(await source.store.readHead());
    for (const entry of await store.readEntries(0, size)) {
      expect(toHex((await store.readRow('derived', entry.key))!)).toBe(toHex(entry.body));
      for (const row of entry.carried ?? []) expect(await store.readRow(row.table, row.key)).toEqual(row.value);
    }
    const original = await filesBelow(join(source.path, 'log', '0'));
    const restored = await filesBelow(join(directory, 'log', '0'));
    const width = size % 256;
    for (const [file, { bytes }] of restored) expect(original.get(file)?.bytes.equals(bytes), file).toBe(true);
    const needed = [...original.keys()].filter(
      (file) => !file.includes('.p/') || /\/000\.p\/17$/.test(file) || file.endsWith(`.p/${width}`),
    );
    expect([...restored.keys()].sort()).toEqual(needed.sort());
    const key = parseVerifierKey(source.verifierKey);
    if (!key.ok) throw new Error(key.code);
    expect(await fsck({ origin, verifierKey: key.value, files, store })).toMatchObject({ ok: true, rows: size });
    await source.close();
  });

  it('says which logs are from the past before it can be opened, and keeps secrets to its owner', async () => {
    const { source, target } = await backedUp(5, ['a']);
    const { directory } = await restoreTo(target, { keyringFile: source.keyringFile });
    expect(JSON.parse(await readFile(join(directory, 'restored.json'), 'utf8'))).toEqual({
      restored_at_ms: expect.any(Number),
      logs: { 0: { origin: source.ledger.origin, size: 5 } },
    });
    expect((await stat(join(directory, 'keys', 'keyring'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o077).toBe(0);
    expect(await readFile(join(directory, 'keys', '0.vkey'), 'utf8')).toBe(`${source.verifierKey}\n`);
    for (const [file, { bytes }] of await filesBelow(target)) {
      for (const name of source.keyring.names('')) {
        const { secret } = source.keyring.latest(name)!;
        expect(bytes.includes(Buffer.from(secret)), file).toBe(false);
        expect(bytes.includes(Buffer.from(secret).toString('base64')), file).toBe(false);
      }
    }
    await source.close();
  });

  it('gives its content to whoever has the keyring, and lets what is erased stay so', async () => {
    const { source, target, addresses } = await backedUp(1, ['a', 'b']);
    await source.vault.erase(addresses[0]!);
    await backUp(source, target);
    const { directory, report } = await restoreTo(target, { keyringFile: source.keyringFile });
    expect(report).toMatchObject({ contents: 1, erased: 1, unreadable: 0 });
    const { vault, store } = await openVaultOf(directory);
    expect(await vault.get(addresses[0]!)).toBe('erased');
    expect(await vault.get(addresses[1]!)).toMatchObject([{ text: 'b' }]);
    expect(await store.listOwed()).toMatchObject([{ tenant: TENANT, count: 1 }]);
    // A sweep asks about what came from the backup, and removes what no body speaks of.
    expect(await store.listUnsettled({ beforeMs: Date.now() + 1, limit: 10 })).toMatchObject([
      { address: addresses[1] },
    ]);
    await vault.close();
    await source.close();
  });

  it('has nothing that a rotation did away with, and can rotate again', async () => {
    const { source, target, addresses } = await backedUp(1, ['a', 'b']);
    await source.vault.erase(addresses[0]!);
    await source.vault.rotateTenantKey(TENANT);
    // The backup is older than the rotation: neither the erased content nor the other one can be read from it.
    const { directory, report } = await restoreTo(target, { keyringFile: source.keyringFile });
    expect(report).toMatchObject({ contents: 0, unreadable: 2 });
    const { vault } = await openVaultOf(directory);
    expect(await vault.get(addresses[0]!)).toBe('erased');
    expect(await vault.get(addresses[1]!)).toBe('erased');
    expect(await vault.rotateTenantKey(TENANT)).toMatchObject({ generation: 3 });
    await vault.close();
    await source.close();
  });

  it('can be made without the keyring, which can be put there later', async () => {
    const { source, target, addresses } = await backedUp(1, ['a']);
    const { directory, report } = await restoreTo(target);
    expect(report).toMatchObject({ contents: 1, keyring: 'not_given' });
    expect(await readdir(join(directory, 'keys'))).toEqual(['0.vkey']);
    await writeFile(join(directory, 'keys', 'keyring'), await readFile(source.keyringFile), { mode: 0o600 });
    const { vault } = await openVaultOf(directory);
    expect(await vault.get(addresses[0]!)).toMatchObject([{ text: 'a' }]);
    await vault.close();
    await source.close();
  });
});

describe('restore', () => {
  it('refuses a keyring older than the backup, and one that is none', async () => {
    const { source, target } = await backedUp(1, ['a']);
    const old = join(await scratch('keyring'), 'keyring');
    await writeFile(old, await readFile(source.keyringFile), { mode: 0o600 });
    await source.vault.rotateTenantKey(TENANT);
    await backUp(source, target);
    await expect(restoreTo(target, { keyringFile: old })).rejects.toMatchObject({ code: 'restore_keyring_too_old' });
    const none = join(target, 'manifest.json');
    await expect(restoreTo(target, { keyringFile: none })).rejects.toMatchObject({ code: 'keyring_malformed' });
    await source.close();
  });

  it('refuses a directory that holds anything, and leaves it alone', async () => {
    const { source, target } = await backedUp(1);
    const directory = await scratch('full');
    await writeFile(join(directory, 'letter.txt'), 'keep me');
    await expect(restoreTo(target, { directory })).rejects.toMatchObject({ code: 'restore_target_not_empty' });
    await expect(restoreTo(target, { directory: source.path })).rejects.toMatchObject({
      code: 'restore_target_not_empty',
    });
    expect(await readdir(directory)).toEqual(['letter.txt']);
    await source.close();
  });

  it('leaves, wherever it is cut short, a directory that nobody opens and that it can fill again', async () => {
    const { source, target } = await backedUp(40, ['a']);
    const directory = await scratch('cut');
    const whole = (await restoreTo(target, { keyringFile: source.keyringFile })).directory;
    for (const at of [0, 1, 39]) {
      const cut = restoreTo(target, {
        directory,
        keyringFile: source.keyringFile,
        derive: (log, entry) => (entry.index === at ? { ok: false, problem: 'cut' } : derive(log, entry)),
      });
      await expect(cut).rejects.toMatchObject({
        code: 'backup_damaged',
        message: expect.stringContaining(`entry ${at}: cut`),
      });
      const refusal = { code: 'restore_unfinished', message: expect.stringContaining('run fractal restore again') };
      await expect(openDataDirectory(directory, new Uint8Array(16))).rejects.toMatchObject(refusal);
      await expect(openDataDirectoryReadOnly(directory)).rejects.toMatchObject(refusal);
      await writeFile(join(directory, 'left-over'), 'x');
    }
    await restoreTo(target, { directory, keyringFile: source.keyringFile });
    const names = (files: ReadonlyMap<string, unknown>) => [...files.keys()].sort();
    expect(names(await filesBelow(directory))).toEqual(names(await filesBelow(whole)));
    await source.close();
  });

  it('refuses a damaged backup, and one made from a newer data directory', async () => {
    const { source, target } = await backedUp(300);
    const [file] = (await readBackup(target)).logs[0]!.segments.map((segment) => segment.file);
    const bytes = await readFile(join(target, file!));
    bytes[bytes.length - 50]! ^= 1;
    await writeFile(join(target, file!), bytes);
    const directory = await scratch('damaged');
    await expect(restoreTo(target, { directory })).rejects.toMatchObject({ code: 'backup_damaged', file });
    await expect(openDataDirectory(directory, new Uint8Array(16))).rejects.toMatchObject({
      code: 'restore_unfinished',
    });
    const manifest = await readBackup(target);
    await writeFile(join(target, 'manifest.json'), formatManifest({ ...manifest, dataFormat: 99 }).text);
    const newer = { code: 'backup_format_unknown', message: expect.stringContaining('use the release that wrote it') };
    await expect(restoreTo(target)).rejects.toMatchObject(newer);
    await source.close();
  });

  it('brings back entries that no checkpoint covers', async () => {
    const source: SourceDirectory = await openSourceDirectory({ unpublished: true });
    await source.grow(7);
    const target = await scratch('target');
    await backUp(source, target, { waitMs: 0 });
    const { directory, report } = await restoreTo(target);
    expect(report.logs).toMatchObject([{ size: 7, signedSize: 0 }]);
    const { store } = (await openDataDirectoryReadOnly(directory)).openLog('0');
    expect(await store.readEntries(0, 7)).toEqual(await source.store.readEntries(0, 7));
    await source.close();
  });
});
