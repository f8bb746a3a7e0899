/**
 * A checkpoint guard in a folder: on another disk or a network mount at best, beside the data directory at worst.
 *
 *     FOLDER/origin-<origin, percent-encoded>/<number>     SHA-256 of the text, hex ‖ LF ‖ text
 *
 * The highest number with a whole file is the entry; its version is the number. `record` makes the next number exclusively,
 * then looks whether what it is to replace is still the newest whole one below, writes, syncs file and folder, and looks
 * whether a higher number was made meanwhile. Two writers at once, in two processes too, see each other in one of the two
 * looks; a file that was cut short by a crash is not whole and counts for nothing.
 *
 * Needs of the file system: exclusive creation, and names that others see once made (a local disk, NFS since version 4).
 */
import { join } from 'node:path';
import { type CheckpointGuard, GUARD_TEXT_BYTES_MAX, GuardConflict, type GuardEntry } from '@fractal/ledger';
import { concatBytes, sha256, toHex, utf8Decode, utf8Encode } from '@fractal/tlog';
import type { FileSystem, OpenFile } from '../disk/file-system.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder } from '../files/folders.ts';

const NUMBER = /^[1-9]\d{0,14}$/;
const DIGEST_BYTES = 65;
const NAME_BYTES_MAX = 200;
/** Looks at a folder before giving up because each file found was replaced before it was read. */
const LOOKS_MAX = 20;

/** Folders are made when something is first recorded. */
export function guardFolder(folder: string, fileSystem: FileSystem = nodeFileSystem): CheckpointGuard {
  const madeFolders = new Set<string>();

  async function numbersIn(path: string): Promise<number[]> {
    if ((await fileSystem.stat(path)) === undefined) return [];
    const names = await fileSystem.list(path);
    return names
      .filter((name) => NUMBER.test(name))
      .map(Number)
      .sort((a, b) => b - a);
  }

  /** The newest whole entry under a number below `limit`. */
  async function newest(path: string, limit: number): Promise<GuardEntry | undefined> {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      let isReplaced = false;
      for (const number of await numbersIn(path)) {
        if (number >= limit) continue;
        const bytes = await fileSystem.read(join(path, String(number)));
        const text = bytes === undefined ? undefined : wholeText(bytes);
        if (text !== undefined) return { text, version: String(number) };
        if (bytes === undefined) isReplaced = true;
      }
      if (!isReplaced) return undefined;
    }
    throw new Error(`the entries in ${path} were replaced ${LOOKS_MAX} times while they were read`);
  }

  async function replace(path: string, text: string, replaces: GuardEntry | undefined): Promise<GuardEntry> {
    const number = ((await numbersIn(path))[0] ?? 0) + 1;
    const file = await createNew(join(path, String(number)));
    try {
      const under = await newest(path, number);
      if (under?.version !== replaces?.version || under?.text !== replaces?.text) {
        await fileSystem.unlink(join(path, String(number)));
        throw new GuardConflict(`${path} holds another entry than the one to be replaced`);
      }
      await file.write(fileBytes(text));
      await file.sync();
    } finally {
      await file.close();
    }
    await fileSystem.syncFolder(path);
    const [highest, ...lower] = await numbersIn(path);
    if (highest !== number) throw new Error(`another writer made ${path}/${highest} at the same time`);
    // What stays, or comes back after a crash, is below and counts for nothing: the next record removes it.
    await Promise.allSettled(lower.map((each) => fileSystem.unlink(join(path, String(each)))));
    return { text, version: String(number) };
  }

  async function createNew(path: string): Promise<OpenFile> {
    try {
      return await fileSystem.create(path, { mode: 0o644, exclusive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new GuardConflict(`another writer made ${path}`);
      throw error;
    }
  }

  return {
    read: (origin) => newest(folderOf(folder, origin), Number.POSITIVE_INFINITY),
    async record(origin, text, replaces) {
      if (utf8Encode(text).length > GUARD_TEXT_BYTES_MAX) throw new RangeError('a guard text is too large');
      const path = folderOf(folder, origin);
      try {
        if (!madeFolders.has(path)) await makeFolder(path, 0o755, fileSystem);
        madeFolders.add(path);
        return await replace(path, text, replaces);
      } catch (error) {
        madeFolders.delete(path); // somebody may have removed it
        throw error;
      }
    },
  };
}

/** One name for each origin; no origin leads out of the folder. */
function folderOf(folder: string, origin: string): string {
  const name = `origin-${encodeURIComponent(origin)}`;
  return join(folder, name.length <= NAME_BYTES_MAX ? name : `origin-${sha256Hex(utf8Encode(origin))}`);
}

function fileBytes(text: string): Uint8Array {
  const bytes = utf8Encode(text);
  return concatBytes(utf8Encode(`${sha256Hex(bytes)}\n`), bytes);
}

/** The text of a file that was written to its end. */
function wholeText(file: Uint8Array): string | undefined {
  if (file.length <= DIGEST_BYTES || file.length > DIGEST_BYTES + GUARD_TEXT_BYTES_MAX) return undefined;
  const text = file.subarray(DIGEST_BYTES);
  const isWhole = utf8Decode(file.subarray(0, DIGEST_BYTES)) === `${sha256Hex(text)}\n`;
  return isWhole ? utf8Decode(text) : undefined;
}

function sha256Hex(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}
