/**
 * The public files of a log in a folder. A file is written under a temporary name *outside* the public folder, synced,
 * renamed, and the folders on its path are synced: a reader and a crash see it whole or not at all.
 */
import { dirname, join } from 'node:path';
import type { PublicFile, PublicFiles } from '@fractal/ledger';
import type { FileSystem } from '../disk/file-system.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder } from './folders.ts';

export interface PublicFolderOptions {
  /** Folder served to strangers, made by `openPublicFolder`. */
  readonly folder: string;
  /** Folder for unfinished files, on the same file system. */
  readonly temporaryFolder: string;
  /** Names this opening among others of the same folders: unfinished files of two of them never share a name. */
  readonly session: string;
  /** Throws where another opening took over; asked before each change of what strangers see. */
  readonly checkSession: () => void;
  readonly fileSystem?: FileSystem;
}

/**
 * Files written side by side. Most of them queue in the thread pool; but each has five steps with a turn of the event loop
 * between them, and under load a turn takes as long as a commit's work: with 8 at once, publishing took three times as long.
 */
const WRITES_AT_ONCE = 64;
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o777;

export async function openPublicFolder(options: PublicFolderOptions): Promise<PublicFiles> {
  const { folder, temporaryFolder, fileSystem = nodeFileSystem } = options;
  await makeFolder(folder, FOLDER_MODE, fileSystem);
  await fileSystem.makeFolders(temporaryFolder, FOLDER_MODE); // what is in it need not survive
  for (const name of await fileSystem.list(temporaryFolder)) await fileSystem.removeTree(join(temporaryFolder, name));
  return new PublicFolder({ ...options, fileSystem });
}

/** A log directory for reading only: nothing is made or removed. */
export function readOnlyPublicFolder(
  folder: string,
  fileSystem: FileSystem = nodeFileSystem,
): Pick<PublicFiles, 'read'> {
  return { read: (path) => fileSystem.read(join(folder, path)) };
}

class PublicFolder implements PublicFiles {
  readonly #folder: string;
  readonly #temporaryFolder: string;
  readonly #session: string;
  readonly #checkSession: () => void;
  readonly #fileSystem: FileSystem;
  readonly #madeFolders = new Set<string>();
  #written = 0;

  constructor({ folder, temporaryFolder, session, checkSession, fileSystem }: Required<PublicFolderOptions>) {
    this.#folder = folder;
    this.#temporaryFolder = temporaryFolder;
    this.#session = session;
    this.#checkSession = checkSession;
    this.#fileSystem = fileSystem;
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#fileSystem.read(join(this.#folder, path));
  }

  async writeAll(files: readonly PublicFile[]): Promise<void> {
    const touched = new Set<string>();
    const made = new Set<string>();
    for (const file of files) await this.#makeFolder(dirname(join(this.#folder, file.path)), touched, made);
    const queue = [...files];
    const worker = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        await this.#replace(join(this.#folder, file.path), file.bytes);
      }
    };
    await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE, files.length) }, worker));
    await Promise.all(Array.from(touched, (folder) => this.#fileSystem.syncFolder(folder)));
    // Only now: a folder whose making was not synced must be synced by the next attempt.
    for (const folder of made) this.#madeFolders.add(folder);
  }

  async replaceCheckpoint(bytes: Uint8Array): Promise<void> {
    await this.#replace(join(this.#folder, 'checkpoint'), bytes);
    await this.#fileSystem.syncFolder(this.#folder);
  }

  async removePartials(paths: readonly string[]): Promise<void> {
    this.#checkSession();
    for (const path of paths) {
      await this.#fileSystem.removeTree(join(this.#folder, path));
      this.#madeFolders.delete(join(this.#folder, path));
    }
  }

  /** Makes a folder and those above it; `touched` gets the folders whose entries change, `made` the new ones. */
  async #makeFolder(folder: string, touched: Set<string>, made: Set<string>): Promise<void> {
    touched.add(folder);
    if (this.#madeFolders.has(folder) || made.has(folder)) return;
    await this.#fileSystem.makeFolders(folder, FOLDER_MODE);
    for (let at = folder; at !== this.#folder; at = dirname(at)) {
      touched.add(dirname(at));
      made.add(at);
    }
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    this.#written += 1;
    const temporary = join(this.#temporaryFolder, `${this.#session}-${this.#written}`);
    const file = await this.#fileSystem.create(temporary, { mode: FILE_MODE });
    try {
      await file.write(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    // The checkpoint of whoever was taken over from is older than what is there by now (I5).
    this.#checkSession();
    await this.#fileSystem.rename(temporary, path);
  }
}
