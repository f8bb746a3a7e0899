/**
 * An LMDB file whose making was cut short: LMDB begins a new file by writing its two meta pages, and where the first start
 * died in that write, or the power went, part of them is there. Opening such a file ends the process (lmdb-js 3.5.6 does not
 * survive an error of mdb_env_open). It holds nothing: a commit writes behind the meta pages before it writes one of them.
 *
 * Not found here: an unfinished file on a machine whose pages are larger than 4 KiB and that has more than two of those.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const META_BYTES = 2 * 4_096;

/** Removes the file of an environment that never had a commit; for whoever opens it for writing. */
export function removeUnfinishedEnvironment(folder: string): void {
  const file = join(folder, 'data.mdb');
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size !== undefined && size <= META_BYTES) rmSync(file);
}
