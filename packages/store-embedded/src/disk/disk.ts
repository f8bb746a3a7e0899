/** What a data directory stands on: files and rows. The real one is node:fs and LMDB; a simulation brings its own. */
import type { FileSystem } from './file-system.ts';
import type { KeyValue } from './key-value.ts';
import { openLmdb } from './lmdb-key-value.ts';
import { nodeFileSystem } from './node-file-system.ts';

export interface Disk {
  readonly fileSystem: FileSystem;
  /**
   * Opens the rows in a folder that is there. Making a folder's first rows durable takes a sync of the folder too. Throws,
   * where there are none yet and no room for `roomBytes`.
   */
  readonly openKeyValue: (options: {
    readonly folder: string;
    readonly readOnly: boolean;
    readonly roomBytes?: number;
  }) => KeyValue;
}

export const realDisk: Disk = { fileSystem: nodeFileSystem, openKeyValue: openLmdb };
