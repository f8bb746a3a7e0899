import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardConflict, type GuardEntry } from '@fractal/ledger';
import { checkpointGuardContract } from '@fractal/ledger/testing';
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { guardFolder } from './guard-folder.ts';
import { encodeSlot, readSlot } from './guard-slot.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-guard-'));
  folders.push(folder);
  return folder;
}

const ORIGIN = 'example.com/log/0';
const NAME = 'origin-example.com%2Flog%2F0';

describe('a guard in a folder', () => {
  checkpointGuardContract(async () => {
    const folder = join(await newFolder(), 'not', 'there', 'yet');
    return () => guardFolder(folder);
  });

  it('keeps two files an origin, whatever was recorded and by how many', async () => {
    const folder = await newFolder();
    let held = await guardFolder(folder).record(ORIGIN, 'text 0', undefined);
    for (let n = 1; n < 30; n += 1) {
      const guard = guardFolder(folder);
      for (let i = 0; i < 3; i += 1) held = await guard.record(ORIGIN, `text ${n} ${i}`, held);
    }
    expect((await readdir(join(folder, NAME))).sort()).toEqual(['30', '30b']);
  });

  it('goes back to the record before where the last one was cut short, and on above it', async () => {
    for (const length of [0, 1, 64, 65, 86, 90, 4_181]) {
      const folder = await newFolder();
      const guard = guardFolder(folder);
      const first = await guard.record(ORIGIN, 'first', undefined);
      await guard.record(ORIGIN, 'second', first);
      await truncate(join(folder, NAME, '1b'), length);
      const after = guardFolder(folder);
      expect(await after.read(ORIGIN)).toEqual(first);
      const next = await after.record(ORIGIN, 'next', first);
      expect(await guardFolder(folder).read(ORIGIN)).toEqual(next);
    }
  });

  it('passes over a number whose writer died before its first record', async () => {
    const folder = await newFolder();
    const guard = guardFolder(folder);
    const held = await guard.record(ORIGIN, 'held', undefined);
    await writeFile(join(folder, NAME, '2'), '');
    expect(await guard.read(ORIGIN)).toEqual(held);
    // Whoever finds it cannot tell a dead writer from one that is about to write: once, the outcome is unknown.
    await expect(guard.record(ORIGIN, 'next', held)).rejects.toThrow('another writer is making');
    const found = (await guard.read(ORIGIN))!;
    expect(found.text).toBe('next');
    const next = await guard.record(ORIGIN, 'next', found);
    expect(next.version).toBe('3.0');
    const last = await guard.record(ORIGIN, 'last', next);
    expect([last.version, await guardFolder(folder).read(ORIGIN)]).toEqual(['3.1', last]);
  });

  it('finds out that it was taken over from, though its own files are untouched', async () => {
    const folder = await newFolder();
    const [one, other] = [guardFolder(folder), guardFolder(folder)];
    const first = await one.record(ORIGIN, 'one', undefined);
    const taken = await other.record(ORIGIN, 'other', first);
    await expect(one.record(ORIGIN, 'x', first)).rejects.toThrow(GuardConflict);
    expect(await one.read(ORIGIN)).toEqual(taken);
    await expect(other.record(ORIGIN, 'y', first)).rejects.toThrow(GuardConflict);
    expect((await other.record(ORIGIN, 'z', taken)).text).toBe('z');
  });

  it('does not take its own record for one that counts when another took over just before it wrote', async () => {
    const folder = await newFolder();
    const other = guardFolder(folder);
    let taken: GuardEntry | undefined;
    const one = guardFolder(folder, {
      ...nodeFileSystem,
      openExisting: async (path) => {
        taken ??= await other.record(ORIGIN, 'other', first);
        return nodeFileSystem.openExisting(path);
      },
    });
    const first = await one.record(ORIGIN, 'one', undefined);
    await expect(one.record(ORIGIN, 'x', first)).rejects.toThrow();
    expect(await one.read(ORIGIN)).toEqual(taken);
  });

  it('keeps its record from one that looked before it wrote and takes over after: one of the two is told', async () => {
    const folder = await newFolder();
    const one = guardFolder(folder);
    const first = await one.record(ORIGIN, 'one', undefined);
    let between: string | undefined;
    const other = guardFolder(folder, {
      ...nodeFileSystem,
      create: async (path, options) => {
        const file = await nodeFileSystem.create(path, options);
        between ??= await one.record(ORIGIN, 'x', first).then(
          () => 'recorded',
          (error: Error) => error.message,
        );
        return file;
      },
    });
    await expect(other.record(ORIGIN, 'other', first)).rejects.toThrow(GuardConflict);
    expect(between).toContain('another writer is making');
    const found = (await one.read(ORIGIN))!;
    expect(found.text).toBe('x');
    expect((await one.record(ORIGIN, 'y', found)).text).toBe('y');
  });

  it('comes back when its folder was taken away and is there again', async () => {
    const folder = await newFolder();
    const guard = guardFolder(join(folder, 'guard'));
    const held = await guard.record(ORIGIN, 'a text', undefined);
    await rm(join(folder, 'guard'), { recursive: true });
    await writeFile(join(folder, 'guard'), 'in the way');
    await expect(guard.record(ORIGIN, 'next', held)).rejects.toThrow();
    await rm(join(folder, 'guard'));
    expect(await guard.read(ORIGIN)).toBeUndefined();
    const next = await guard.record(ORIGIN, 'next', undefined);
    expect(await guard.read(ORIGIN)).toEqual(next);
  });
});

describe('a slot of a guard folder', () => {
  const slots = fc.record({ count: fc.nat(), text: fc.string({ unit: 'binary', maxLength: 300 }) });
  // A lone surrogate is no text: it would come back as another character.
  const isText = ({ text }: { text: string }) => utf8Decode(utf8Encode(text)) === text;

  it('is read back as it was written, always of one length', () => {
    fc.assert(
      fc.property(slots.filter(isText), (slot) => {
        const bytes = encodeSlot(slot);
        expect(readSlot(bytes)).toEqual(slot);
        expect(bytes.length).toBe(encodeSlot({ count: 0, text: '' }).length);
      }),
    );
  });

  it('is not whole with any bit of it changed before the end of its text, or mixed with another', () => {
    const [one, other] = [encodeSlot({ count: 1, text: 'a text' }), encodeSlot({ count: 3, text: 'another' })];
    const used = 65 + 16 + 5 + 6;
    for (let at = 0; at < used; at += 1) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const damaged = one.slice();
        damaged[at]! ^= bit;
        expect(readSlot(damaged)).toBeUndefined();
      }
      const torn = other.slice();
      torn.set(one.subarray(0, at + 1));
      if (at < used - 1) expect([undefined, 3]).toContain(readSlot(torn)?.count);
    }
  });

  it('is nothing where it is nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => readSlot(bytes) === undefined));
    expect(readSlot(new Uint8Array(encodeSlot({ count: 0, text: '' }).length))).toBeUndefined();
  });
});
