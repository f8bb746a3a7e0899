/**
 * An LMDB file whose making was cut short: LMDB begins a new file by writing its two meta pages, and where the first start
 * died in that write, or the power went, part of them is there. Opening such a file ends the process (lmdb-js 3.5.6 does not
 * survive an error of mdb_env_open). It holds nothing: a commit writes behind the meta pages before it writes one of them.
 *
 * Not found here: an unfinished file on a machine whose pages are larger than 4 KiB and that has more than two of those.
 */
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const META_BYTES = 2 * 4_096;

/** Removes the file of an environment that never had a commit; for whoever opens it for writing. */
export function removeUnfinishedEnvironment(folder: string): void {
  const file = join(folder, 'data.mdb');
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size !== undefined && size <= META_BYTES) rmSync(file);
}

/**
 * Makes sure, before LMDB makes a file, that there is room for it: lmdb-js 3.5.6 does not survive that there is none. Where the
 * file is there already it does nothing.
 * @throws the file system's error, ENOSPC say
 */
export function requireRoom(folder: string, bytes: number): void {
  if (statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false }) !== undefined) return;
  const file = join(folder, 'room');
  const descriptor = openSync(file, 'w', 0o600);
  try {
    if (writeSync(descriptor, new Uint8Array(bytes)) < bytes) throw noRoom(folder, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}

function noRoom(folder: string, bytes: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no room for ${bytes} bytes in ${folder}`), { code: 'ENOSPC' });
}
