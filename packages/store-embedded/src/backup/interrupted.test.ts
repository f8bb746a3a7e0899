/** Runs that are cut short: the backup before them stays what it was, and the next run goes on where they ended. */
import { execFileSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openTarget, readBackup } from './target.ts';
import { backUp, clock, filesBelow, openSourceDirectory, removeScratch, scratch } from './testing/source-directory.ts';
import { verifyBackup } from './verify-backup.ts';

afterAll(removeScratch);

/** Each look at it is an hour later: progress is kept at every step. */
function hurryingClock() {
  let nowMs = 0;
  return { ...clock, nowMs: () => (nowMs += 3_600_000) };
}

class Cut extends Error {}

it('goes on from what an interrupted run had copied, and leaves the backup before it alone', async () => {
  const source = await openSourceDirectory();
  await source.grow(100);
  await source.put('before');
  const target = await scratch('target');
  await backUp(source, target);
  const before = await filesBelow(target);

  await source.grow(3 * 4_096);
  for (let n = 0; n < 5; n += 1) await source.put(`after ${n}`);
  let segments = 0;
  const cut = backUp(source, target, {
    clock: hurryingClock(),
    onProgress: ({ kind }) => {
      if (kind === 'entries' && ++segments === 2) throw new Cut();
    },
  });
  await expect(cut).rejects.toThrow(Cut);
  for (const [file, { bytes }] of before) {
    if (file !== 'run') expect((await filesBelow(target)).get(file)?.bytes.equals(bytes), file).toBe(true);
  }
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, logs: [{ size: 100 }], contents: 1 });

  const copied = await filesBelow(target);
  const resumed = await backUp(source, target);
  expect(resumed).toMatchObject({ resumed: true, contents: 6 });
  expect(resumed.logs[0]).toMatchObject({ size: 3 * 4_096 + 100, added: 3 * 4_096 });
  const after = await filesBelow(target);
  const full = [...after.keys()].filter((file) => /logs\/0\/0+(0|4096)-/.test(file));
  expect(full).toHaveLength(2);
  for (const file of full) expect(after.get(file)!.inode, file).toBe(copied.get(file)!.inode);
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 6 });
  expect((await readdir(target)).sort()).toEqual(['logs', 'manifest.json', 'run', 'vault']);
  await source.close();
});

it('goes on from an interrupted first run, which was no backup yet', async () => {
  const source = await openSourceDirectory();
  await source.grow(2 * 4_096);
  const target = await scratch('target');
  const cut = backUp(source, target, {
    clock: hurryingClock(),
    onProgress: () => {
      throw new Cut();
    },
  });
  await expect(cut).rejects.toThrow(Cut);
  await expect(verifyBackup({ target })).rejects.toMatchObject({ code: 'not_a_backup' });
  const resumed = await backUp(source, target);
  expect(resumed.resumed).toBe(true);
  expect(resumed.writtenBytes).toBeLessThan(resumed.totalBytes * 0.75);
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, logs: [{ size: 2 * 4_096 }] });
  await source.close();
});

it('is stopped by a later run on the same target, before it changes what that one made', async () => {
  const source = await openSourceDirectory();
  await source.grow(10);
  const path = await scratch('target');
  await backUp(source, path);
  const manifest = await readBackup(path);
  const [first, second] = [await openTarget(path, 'aa'), await openTarget(path, 'bb')];
  const writer = await first.create('vault/1.keys');
  await backUp(source, path);
  const refusal = { code: 'backup_taken_over' };
  await expect(writer.finish()).rejects.toMatchObject(refusal);
  await writer.abandon();
  for (const run of [first, second]) {
    await expect(run.create('vault/2.keys').then((file) => file.finish())).rejects.toMatchObject(refusal);
    await expect(run.keepProgress(manifest)).rejects.toMatchObject(refusal);
    await expect(run.finish({ ...manifest, createdMs: 1 })).rejects.toMatchObject(refusal);
  }
  expect(await verifyBackup({ target: path })).toMatchObject({ ok: true, logs: [{ size: 10 }] });
  expect((await readBackup(path)).createdMs).toBeGreaterThan(1);
  await source.close();
});

it('makes no backup of files that another run, which was ending, took away', async () => {
  const source = await openSourceDirectory();
  await source.grow(10);
  const path = await scratch('target');
  await backUp(source, path);
  const run = await openTarget(path, 'aa');
  const manifest = await readBackup(path);
  await rm(join(path, manifest.logs[0]!.segments[0]!.file));
  await expect(run.finish({ ...manifest, createdMs: 1 })).rejects.toMatchObject({ code: 'backup_taken_over' });
  expect((await readBackup(path)).createdMs).toBe(manifest.createdMs);
  await source.close();
});

const LIMIT_BLOCKS = 100; // of 512 bytes

it('tells a full target by its code, and goes on once there is room', async () => {
  const source = await openSourceDirectory();
  await source.grow(50);
  const target = await scratch('target');
  await backUp(source, target);
  for (let n = 0; n < 3; n += 1) await source.put(`content ${n} ${'x'.repeat(40_000)}`);
  const script = `
    process.on('SIGXFSZ', () => undefined);
    const [, dataDirectory, target, module] = process.argv;
    const { runBackup } = await import(module);
    const clock = { nowMs: Date.now, sleep: () => Promise.resolve() };
    const run = runBackup({ dataDirectory, target, token: 'ab', clock });
    console.log(await run.then(() => 'done', (error) => error.code));`;
  const module = new URL('../index.ts', import.meta.url).href;
  const args = [
    '-c',
    `ulimit -f ${LIMIT_BLOCKS}; exec "$0" --input-type=module -e "$1" "$2" "$3" "$4"`,
    process.execPath,
    script,
    source.path,
    target,
    module,
  ];
  const said = execFileSync('sh', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(said.trim()).toBe('backup_target_full');
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 0, logs: [{ size: 50 }] });
  expect(await readdir(join(target, 'unfinished'))).toEqual([]);
  expect(await backUp(source, target)).toMatchObject({ contents: 3 });
  expect(await verifyBackup({ target })).toMatchObject({ ok: true, contents: 3 });
  expect((await readBackup(target)).packs).toHaveLength(1);
  await source.close();
});
