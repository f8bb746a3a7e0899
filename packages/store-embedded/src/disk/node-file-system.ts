/** The port FileSystem over node:fs: one call each, no logic. */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import type { FileState, FileSystem, OpenFile } from './file-system.ts';

export const nodeFileSystem: FileSystem = {
  read: (path) => readFile(path).catch(undefinedIfAbsent),
  create: async (path, { mode, exclusive = false }) => openFile(await open(path, exclusive ? 'wx' : 'w', mode)),
  openExisting: async (path) => {
    const handle = await open(path, 'r+').catch(undefinedIfAbsent);
    return handle === undefined ? undefined : openFile(handle);
  },
  stat: async (path) => {
    const stats = await stat(path, { bigint: true }).catch(undefinedIfAbsent);
    return stats === undefined ? undefined : stateOf(stats);
  },
  rename,
  unlink,
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  makeFolders: (path, mode) => mkdir(path, { recursive: true, mode }),
  list: readdir,
  syncFolder: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function openFile(handle: FileHandle): OpenFile {
  return {
    write: (bytes) => handle.writeFile(bytes),
    sync: () => handle.sync(),
    datasync: () => handle.datasync(),
    stat: async () => stateOf(await handle.stat({ bigint: true })),
    close: () => handle.close(),
  };
}

interface BigStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly nlink: bigint;
  readonly mode: bigint;
  readonly mtimeNs: bigint;
}

function stateOf({ dev, ino, size, nlink, mode, mtimeNs }: BigStats): FileState {
  return {
    sizeBytes: Number(size),
    links: Number(nlink),
    mode: Number(mode & 0o777n),
    version: [dev, ino, size, mtimeNs].join(),
  };
}

function undefinedIfAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return;
  throw error;
}
