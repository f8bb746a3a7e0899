/**
 * Replacing a small secret file: temporary file in the same folder (mode 0600, made anew, never followed through a
 * link), fsync, rename, fsync of the folder. A crash leaves the old or the new file, and at worst a temporary one, which
 * `removeTemporary` clears at start-up.
 */
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../files/folders.ts';

const MODE = 0o600;

export const temporaryOf = (path: string): string => `${path}.new`;

/** Durable when it resolves. On failure the file is the old or the new one: read it to know. */
export async function replaceFile(path: string, text: string, options: { readonly scrubOld: boolean }): Promise<void> {
  await removeTemporary(path);
  const temporary = temporaryOf(path);
  const file = await open(temporary, 'wx', MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  const old = options.scrubOld ? await openIfThere(path) : undefined;
  try {
    await rename(temporary, path);
    await syncFolder(dirname(path));
    if (old !== undefined) await scrub(old);
  } finally {
    await old?.close();
  }
}

/** What a crash left half-written holds secrets too: overwritten, then removed. */
export async function removeTemporary(path: string): Promise<void> {
  const left = await openIfThere(temporaryOf(path));
  if (left === undefined) return;
  await unlink(temporaryOf(path));
  try {
    await scrub(left);
  } finally {
    await left.close();
  }
}

/**
 * Overwrites a file that no name points to any more. On media that write in place the secret is gone; on flash and on
 * file systems that copy on write, old blocks may stay until they are reused. A file someone linked elsewhere is left.
 */
async function scrub(file: FileHandle): Promise<void> {
  const { size, nlink } = await file.stat();
  if (nlink > 0) return;
  await file.write(Buffer.alloc(size), 0, size, 0);
  await file.datasync();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Identity and state of a file, to notice that another process replaced it. */
export async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
