/**
 * Folders whose names survive a power cut. POSIX makes a new name durable only when the folder that holds it is synced;
 * neither `mkdir` nor LMDB does that.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, with those above it that are missing, and makes all their names durable. The folder's own name is
 * synced even where it was there: an earlier start may have died between making and syncing it.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true, mode });
  const highest = dirname(firstMade ?? folder);
  for (let at = dirname(folder); ; at = dirname(at)) {
    await syncFolder(at);
    if (at === highest || at === dirname(at)) return;
  }
}

/** Makes the entries of a folder (creations, renames) durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
