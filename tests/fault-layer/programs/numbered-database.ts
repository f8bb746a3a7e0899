/** The database that lmdb.ts writes and lmdb-count.ts reads: number → 300 bytes. `mode` as in lmdb.ts. */
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';

export function openNumbered(mode: string, directory: string): RootDatabase<Buffer, number> {
  return open<Buffer, number>({
    path: join(directory, 'data.mdb'),
    noSubdir: true,
    keyEncoding: 'uint32',
    encoding: 'binary',
    overlappingSync: mode !== 'strict',
  });
}
