import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatKeyRow } from '@fractal/vault';
import { afterAll, describe, expect, it } from 'vitest';
import { openVaultLoader } from '../vault/index.ts';
import { readBackup } from './target.ts';
import { backUp, filesBelow, openSourceDirectory, removeScratch, scratch, TENANT } from './testing/source-directory.ts';
import { verifyBackup } from './verify-backup.ts';

afterAll(removeScratch);

const SEGMENT = 4_096;

describe('a backup of a live directory', () => {
  it('holds every entry, under the published checkpoint, and says so offline', async () => {
    const source = await openSourceDirectory();
    await source.grow(SEGMENT + 5);
    const target = await scratch('target');
    const report = await backUp(source, target);
    const origin = source.ledger.origin;
    expect(report.logs).toEqual([
      { name: '0', origin, size: SEGMENT + 5, added: SEGMENT + 5, signedSize: SEGMENT + 5 },
    ]);
    const verified = await verifyBackup({ target });
    expect(verified).toMatchObject({ ok: true, contents: 0 });
    const [log] = (await readBackup(target)).logs;
    const checkpoint = await source.files.read('checkpoint');
    expect(log!.checkpoint!.note).toBe(new TextDecoder().decode(checkpoint));
    if (verified.ok) expect(source.ledger.checkpoint.note).toContain(verified.logs[0]!.root);
    await source.close();
  });

  it.each([0, 1, SEGMENT, SEGMENT + 1])('is cut into segments at %d entries as the format says', async (size) => {
    const source = await openSourceDirectory();
    if (size > 0) await source.grow(size);
    const target = await scratch('target');
    await backUp(source, target);
    const [log] = (await readBackup(target)).logs;
    const expected = size === 0 ? [] : size <= SEGMENT ? [size] : [SEGMENT, size];
    expect(log!.segments.map(({ to }) => to)).toEqual(expected);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, logs: [{ size }] });
    await source.close();
  });

  it('copies only what is new: full segments and packs are never written again', async () => {
    const source = await openSourceDirectory();
    await source.grow(2 * SEGMENT + 10);
    for (let n = 0; n < 20; n += 1) await source.put(`content ${n} ${'x'.repeat(5_000)}`);
    const target = await scratch('target');
    const first = await backUp(source, target);
    const before = await filesBelow(target);

    const idle = await backUp(source, target);
    const manifestBytes = (await readFile(join(target, 'manifest.json'))).length;
    expect(idle.writtenBytes).toBe(manifestBytes);
    expect(idle.logs[0]!.added).toBe(0);

    await source.grow(5);
    await source.put('one more');
    const second = await backUp(source, target);
    expect(second.logs[0]).toMatchObject({ size: 2 * SEGMENT + 15, added: 5 });
    const after = await filesBelow(target);
    const written = [...after].filter(([file, { inode }]) => before.get(file)?.inode !== inode && file !== 'run');
    const bytes = written.reduce((sum, [, file]) => sum + file.bytes.length, 0);
    expect(second.writtenBytes).toBe(bytes);
    expect(written.map(([file]) => file.replace(/\d+/g, 'n')).sort()).toEqual([
      'logs/n/n-n.entries', // the tail
      'manifest.json',
      'vault/n.contents',
      'vault/n.keys',
    ]);
    expect(second.writtenBytes).toBeLessThan(first.writtenBytes / 20);
    expect([...after.keys()].filter((file) => file.startsWith('logs/'))).toHaveLength(3);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 21 });
    await source.close();
  });

  it('is under no signature beyond the last checkpoint where its writer died before it published', async () => {
    const source = await openSourceDirectory({ unpublished: true });
    await source.grow(20);
    await source.grow(10);
    const target = await scratch('target');
    const report = await backUp(source, target, { waitMs: 0 });
    // The rows keep the checkpoint of the group before the last one only where a guard is in use: here there is none.
    expect(report.logs[0]).toMatchObject({ size: 30, signedSize: 0 });
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, logs: [{ size: 30, signedSize: 0 }] });
    await source.close();
  });
});

describe('the vault in a backup', () => {
  it('loses what was erased, with its wrapped key, at the next run, and keeps the rest', async () => {
    const source = await openSourceDirectory();
    const kept = await source.put('kept');
    const erased = await source.put('to be erased');
    const target = await scratch('target');
    await backUp(source, target);
    const { keyRow, content } = (await rowsOf(target)).get(erased.pcsId)!;
    expect(await holding(target, content!, keyRow)).toEqual(['vault/n.contents', 'vault/n.keys']);
    await source.vault.erase(erased);
    expect(await backUp(source, target)).toMatchObject({ contents: 1, erased: 1 });
    expect(await holding(target, content!, keyRow)).toEqual([]);
    const rows = await rowsOf(target);
    expect(rows.get(erased.pcsId)!.content).toBeUndefined();
    expect(rows.get(kept.pcsId)!.content).toBeDefined();
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 1, erased: 1 });
    await source.close();
  });

  it('writes only key rows again after a rotation, and no row wrapped by the old key is left', async () => {
    const source = await openSourceDirectory();
    const addresses = await Promise.all(['a', 'b', 'c'].map((text) => source.put(text)));
    const target = await scratch('target');
    await backUp(source, target);
    const before = await filesBelow(target);
    const old = await rowsOf(target);
    await source.vault.rotateTenantKey(TENANT);
    await backUp(source, target);
    const after = await filesBelow(target);
    const contents = [...before.keys()].filter((file) => file.endsWith('.contents'));
    expect(contents).toHaveLength(1);
    expect(after.get(contents[0]!)).toEqual(before.get(contents[0]!));
    for (const { pcsId } of addresses) expect(await holding(target, old.get(pcsId)!.keyRow)).toEqual([]);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 3 });
    await source.close();
  });

  it('drops what was removed as an orphan, and takes what was stored again', async () => {
    const source = await openSourceDirectory();
    const address = await source.put('a');
    const target = await scratch('target');
    await backUp(source, target);
    const old = (await rowsOf(target)).get(address.pcsId)!;
    // What a sweep does: no tombstone stays.
    await source.vaultStore.erase([{ address, expected: old.keyRow }], 1);
    await source.put('b');
    await backUp(source, target);
    expect([...(await rowsOf(target)).keys()]).not.toContain(address.pcsId);
    expect(await holding(target, old.content!, old.keyRow)).toEqual([]);
    await source.put('a');
    await backUp(source, target);
    expect((await rowsOf(target)).get(address.pcsId)!.keyRow).not.toEqual(old.keyRow);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 2 });
    await source.close();
  });

  it('merges small packs, and fills them to their limit of rows and not one further', async () => {
    const source = await openSourceDirectory();
    const target = await scratch('target');
    for (let n = 0; n < 8; n += 1) {
      await source.put(`content ${n}`);
      await backUp(source, target);
      expect((await readBackup(target)).packs).toHaveLength(n < 7 ? n + 1 : 1);
    }
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 8 });
    const loader = await openVaultLoader({ folder: join(source.path, 'vault') });
    const row = (n: number) => {
      const address = { tenant: 'other', pcsId: n.toString(16).padStart(64, '0') };
      const keyRow = formatKeyRow(address, { state: 'erased', erasedMs: 1 });
      return { address, keyRow, content: undefined, retainUntilMs: undefined, unsettledMs: undefined };
    };
    await loader.load(Array.from({ length: 16_385 }, (_, n) => row(n)));
    await loader.close();
    await backUp(source, target);
    expect((await readBackup(target)).packs.map(({ keys }) => keys.rows)).toEqual([8, 16_384, 1]);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 8, erased: 16_385 });
    await source.close();
  });
});

it('closes a pack at 64 MiB of contents, and not before', async () => {
  const source = await openSourceDirectory();
  const loader = await openVaultLoader({ folder: join(source.path, 'vault') });
  const wrappedKey = new Uint8Array(100);
  const sealed = (n: number, bytes: number) => {
    const address = { tenant: 'other', pcsId: n.toString(16).padStart(64, '0') };
    const keyRow = formatKeyRow(address, { state: 'sealed', storedMs: 1, retainUntilMs: undefined, wrappedKey });
    return {
      address,
      keyRow,
      content: new Uint8Array(bytes).fill(n),
      retainUntilMs: undefined,
      unsettledMs: undefined,
    };
  };
  // Head of the file and lengths of two frames are 16 bytes: it has 64 MiB less 4 after the second content.
  await loader.load([sealed(1, 32 << 20), sealed(2, (32 << 20) - 20), sealed(3, 1), sealed(4, 1)]);
  await loader.close();
  const target = await scratch('target');
  await backUp(source, target);
  expect((await readBackup(target)).packs.map(({ keys }) => keys.rows)).toEqual([3, 1]);
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 4 });
  await source.close();
});

describe('a target that holds something else', () => {
  it.each([SEGMENT, 100])('refuses another log, and another history of the same one (%d entries)', async (size) => {
    const target = await scratch('target');
    const first = await openSourceDirectory();
    await first.grow(size);
    await backUp(first, target);
    await first.close();
    const before = await filesBelow(target);
    const others = [
      [{ origin: 'example.com/other/0' }, `the target holds ${first.ledger.origin}`],
      [{ seed: 'b' }, `at ${size} entries its root is`],
    ] as const;
    for (const [options, told] of others) {
      const other = await openSourceDirectory(options);
      await other.grow(size + 3);
      const run = backUp(other, target);
      await expect(run).rejects.toMatchObject({
        code: 'backup_of_another_log',
        message: expect.stringContaining(told),
      });
      await other.close();
    }
    const behind = await openSourceDirectory();
    await behind.grow(size - 1);
    await expect(backUp(behind, target)).rejects.toMatchObject({ code: 'backup_ahead' });
    await behind.close();
    const after = await filesBelow(target);
    for (const [file, { bytes }] of before)
      if (file !== 'run') expect(after.get(file)?.bytes.equals(bytes), file).toBe(true);
    expect(await verifyBackup({ target })).toMatchObject({ ok: true });
  });

  it('refuses a folder with other files, and a backup of a newer release', async () => {
    const source = await openSourceDirectory();
    await source.grow(3);
    const foreign = await scratch('target');
    await writeFile(join(foreign, 'letter.txt'), 'keep me');
    await expect(backUp(source, foreign)).rejects.toMatchObject({ code: 'not_a_backup' });
    const target = await scratch('target');
    await backUp(source, target);
    const text = await readFile(join(target, 'manifest.json'), 'utf8');
    await writeFile(join(target, 'manifest.json'), text.replace('"version": 1', '"version": 2'));
    const refusal = {
      code: 'backup_format_unknown',
      message: expect.stringContaining('use the release that wrote it'),
    };
    await expect(backUp(source, target)).rejects.toMatchObject(refusal);
    await expect(verifyBackup({ target })).rejects.toMatchObject(refusal);
    await source.close();
  });

  it('copies nothing damaged over a good backup', async () => {
    const source = await openSourceDirectory();
    await source.grow(10);
    const target = await scratch('target');
    await backUp(source, target);
    await source.grow(10);
    await source.files.replaceCheckpoint(new TextEncoder().encode('not a checkpoint'));
    await expect(backUp(source, target)).rejects.toMatchObject({ code: 'backup_source_damaged' });
    expect(await verifyBackup({ target })).toMatchObject({ ok: true, logs: [{ size: 10 }] });
    await rm(target, { recursive: true });
    await source.close();
  });
});

async function rowsOf(target: string) {
  const { packContents } = await import('./pack.ts');
  const rows = new Map<string, { keyRow: Uint8Array; content: Uint8Array | undefined }>();
  for (const pack of (await readBackup(target)).packs) {
    for await (const { address, keyRow, content } of packContents(target, pack))
      rows.set(address.pcsId, { keyRow, content });
  }
  return rows;
}

/** The files that hold one of these bytes. */
async function holding(target: string, ...needles: Uint8Array[]): Promise<string[]> {
  const found: string[] = [];
  for (const [file, { bytes }] of await filesBelow(target)) {
    if (needles.some((needle) => bytes.includes(Buffer.from(needle)))) found.push(file.replace(/\d+/g, 'n'));
  }
  return found.sort();
}
