/**
 * Folders whose names survive a power cut. POSIX makes a new name durable only when the folder that holds it is synced;
 * neither `mkdir` nor LMDB does that.
 */
import { dirname } from 'node:path';
import type { FileSystem } from '../disk/file-system.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';

/**
 * Makes a folder, with those above it that are missing, and makes all their names durable. The folder's own name is
 * synced even where it was there: an earlier start may have died between making and syncing it.
 */
export async function makeFolder(folder: string, mode = 0o777, fileSystem: FileSystem = nodeFileSystem): Promise<void> {
  const firstMade = await fileSystem.makeFolders(folder, mode);
  const highest = dirname(firstMade ?? folder);
  for (let at = dirname(folder); ; at = dirname(at)) {
    await fileSystem.syncFolder(at);
    if (at === highest || at === dirname(at)) return;
  }
}

/** Makes the entries of a folder (creations, renames) durable. */
export const syncFolder: (folder: string) => Promise<void> = nodeFileSystem.syncFolder;
