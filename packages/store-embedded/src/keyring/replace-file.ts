/**
 * Replacing a small secret file: temporary file in the same folder (mode 0600, made anew, never followed through a
 * link), fsync, rename, fsync of the folder. A crash leaves the old or the new file, and at worst a temporary one, which
 * `removeTemporary` clears at start-up.
 */
import { dirname } from 'node:path';
import type { FileSystem, OpenFile } from '../disk/file-system.ts';

const MODE = 0o600;

export const temporaryOf = (path: string): string => `${path}.new`;

export interface Replacement {
  readonly path: string;
  readonly text: string;
  readonly scrubOld: boolean;
}

/** Durable when it resolves. On failure the file is the old or the new one: read it to know. */
export async function replaceFile(fileSystem: FileSystem, { path, text, scrubOld }: Replacement): Promise<void> {
  await removeTemporary(fileSystem, path);
  const temporary = temporaryOf(path);
  const file = await fileSystem.create(temporary, { mode: MODE, exclusive: true });
  try {
    await file.write(Buffer.from(text));
    await file.sync();
  } finally {
    await file.close();
  }
  const old = scrubOld ? await fileSystem.openExisting(path) : undefined;
  try {
    await fileSystem.rename(temporary, path);
    await fileSystem.syncFolder(dirname(path));
    if (old !== undefined) await scrub(old);
  } finally {
    await old?.close();
  }
}

/** What a crash left half-written holds secrets too: overwritten, then removed. */
export async function removeTemporary(fileSystem: FileSystem, path: string): Promise<void> {
  const left = await fileSystem.openExisting(temporaryOf(path));
  if (left === undefined) return;
  await fileSystem.unlink(temporaryOf(path));
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
async function scrub(file: OpenFile): Promise<void> {
  const { sizeBytes, links } = await file.stat();
  if (links > 0) return;
  await file.write(new Uint8Array(sizeBytes));
  await file.datasync();
}
