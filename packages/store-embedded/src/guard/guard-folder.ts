/**
 * A checkpoint guard in a folder: on another disk or a network mount at best, beside the data directory at worst.
 *
 *     FOLDER/origin-<origin, percent-encoded>/<number>, <number>b     two slots (guard-slot.ts), written in turns
 *
 * Each writer has a number of its own, made exclusively, and overwrites its two slots in place: one sync of data a record,
 * and a write that is cut short leaves the other slot. The entry is the newest whole slot of the highest number that has
 * one. A writer that takes over makes the next number, then looks whether what it is to replace is still the newest below,
 * and only then writes; a writer that is taken over from looks, after each write, whether a higher number was made. Of two
 * at once, in two processes too, one sees the other. A number without a whole slot counts for nothing.
 *
 * Needs of the file system: exclusive creation, and names and bytes that others see once written (a local disk; not every
 * network mount).
 */
import { join } from 'node:path';
import { type CheckpointGuard, GUARD_TEXT_BYTES_MAX, GuardConflict, type GuardEntry } from '@fractal/ledger';
import { sha256, toHex, utf8Encode } from '@fractal/tlog';
import type { FileSystem, OpenFile } from '../disk/file-system.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder } from '../files/folders.ts';
import { encodeSlot, readSlot } from './guard-slot.ts';

const SLOT_NAME = /^([1-9]\d{0,14})b?$/;
const NAME_BYTES_MAX = 200;
/** Looks at a folder before giving up because each file found was replaced before it was read. */
const LOOKS_MAX = 20;

/** The number this guard writes, and what it wrote last. */
interface Mine {
  readonly number: number;
  readonly count: number;
}

/** Folders are made when something is first recorded. */
export function guardFolder(folder: string, fileSystem: FileSystem = nodeFileSystem): CheckpointGuard {
  const mine = new Map<string, Mine>();

  /** The highest first. */
  async function numbersIn(path: string): Promise<number[]> {
    const names = await fileSystem.list(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing was ever recorded there
      throw error;
    });
    const numbers = names.map((name) => Number(SLOT_NAME.exec(name)?.[1] ?? 0));
    return [...new Set(numbers)].filter((number) => number > 0).sort((a, b) => b - a);
  }

  /** The newest whole entry under a number below `limit`. */
  async function newest(path: string, limit: number): Promise<GuardEntry | undefined> {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      let isReplaced = false;
      for (const number of await numbersIn(path)) {
        if (number >= limit) continue;
        const files = await Promise.all([0, 1].map((count) => fileSystem.read(slotOf(path, { number, count }))));
        const slots = files.map((bytes) => (bytes === undefined ? undefined : readSlot(bytes)));
        const [first, second] = slots;
        const slot = (first?.count ?? -1) > (second?.count ?? -1) ? first : second;
        if (slot !== undefined) return { text: slot.text, version: `${number}.${slot.count}` };
        if (files.every((bytes) => bytes === undefined)) isReplaced = true;
      }
      if (!isReplaced) return undefined;
    }
    throw new Error(`the entries in ${path} were replaced ${LOOKS_MAX} times while they were read`);
  }

  /**
   * Overwrites the older of our slots; undefined where our files are gone, or another writer's entry counts instead of what
   * they hold. As few calls as there can be: each group of a log waits for this one.
   */
  async function overwrite(path: string, text: string, { number, count }: Mine): Promise<GuardEntry | undefined> {
    const next = { number, count: count + 1 };
    const file = await fileSystem.openExisting(slotOf(path, next));
    if (file === undefined) return undefined;
    let numbers: readonly number[];
    try {
      await file.write(encodeSlot({ count: next.count, text }));
      const looked = numbersIn(path); // what we wrote can be seen by now; that it is durable is another matter
      looked.catch(() => undefined); // thrown below, once nothing uses the file any more
      await file.datasync();
      numbers = await looked;
    } finally {
      await file.close();
    }
    if (numbers[0] === number) return written(path, text, next);
    const counts = await newest(path, Number.POSITIVE_INFINITY);
    if (counts?.version.startsWith(`${number}.`) !== true) return undefined;
    throw new Error(`another writer is making ${path}/${numbers[0]}`);
  }

  /** Takes a number of our own. */
  async function takeOver(path: string, text: string, replaces: GuardEntry | undefined): Promise<GuardEntry> {
    const first = { number: ((await numbersIn(path))[0] ?? 0) + 1, count: 0 };
    const file = await createNew(slotOf(path, first));
    try {
      const under = await newest(path, first.number);
      if (under?.version !== replaces?.version || under?.text !== replaces?.text) {
        await fileSystem.unlink(slotOf(path, first));
        throw new GuardConflict(`${path} holds another entry than the one to be replaced`);
      }
      await makeSecond(path, first);
      await file.write(encodeSlot({ count: 0, text }));
      await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.syncFolder(path);
    const [highest, ...lower] = await numbersIn(path);
    // Another writer came meanwhile: whether what we wrote counts shows when it is read.
    if (highest !== first.number) throw new Error(`another writer made ${path}/${highest} at the same time`);
    // What stays, or comes back after a crash, is below and counts for nothing: the next to take over removes it.
    const old = lower.flatMap((number) => [0, 1].map((count) => slotOf(path, { number, count })));
    await Promise.allSettled(old.map((each) => fileSystem.unlink(each)));
    return written(path, text, first);
  }

  /** The slot of the next record, at its full length already: overwriting it changes no more than data. */
  async function makeSecond(path: string, { number }: Mine): Promise<void> {
    const file = await createNew(slotOf(path, { number, count: 1 }));
    try {
      await file.write(new Uint8Array(encodeSlot({ count: 0, text: '' }).length));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async function createNew(path: string): Promise<OpenFile> {
    try {
      return await fileSystem.create(path, { mode: 0o644, exclusive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new GuardConflict(`another writer made ${path}`);
      throw error;
    }
  }

  function written(path: string, text: string, last: Mine): GuardEntry {
    mine.set(path, last);
    return { text, version: `${last.number}.${last.count}` };
  }

  return {
    read: (origin) => newest(folderOf(folder, origin), Number.POSITIVE_INFINITY),
    async record(origin, text, replaces) {
      if (utf8Encode(text).length > GUARD_TEXT_BYTES_MAX) throw new RangeError('a guard text is too large');
      const path = folderOf(folder, origin);
      const last = mine.get(path);
      if (last !== undefined && replaces?.version === `${last.number}.${last.count}`) {
        const entry = await overwrite(path, text, last);
        if (entry !== undefined) return entry;
      }
      mine.delete(path); // written again once it is known to be whole
      await makeFolder(path, 0o755, fileSystem);
      return takeOver(path, text, replaces);
    },
  };
}

/** One name for each origin; no origin leads out of the folder. */
function folderOf(folder: string, origin: string): string {
  const name = `origin-${encodeURIComponent(origin)}`;
  return join(folder, name.length <= NAME_BYTES_MAX ? name : `origin-${toHex(sha256(utf8Encode(origin)))}`);
}

function slotOf(path: string, { number, count }: Mine): string {
  return join(path, count % 2 === 0 ? String(number) : `${number}b`);
}
