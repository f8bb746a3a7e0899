/**
 * The public files of a log in a folder. A file is written under a temporary name *outside* the public folder, synced,
 * renamed, and the folders on its path are synced: a reader and a crash see it whole or not at all.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PublicFile, PublicFiles } from '@fractal/ledger';
import { makeFolder, syncFolder } from './folders.ts';

export interface PublicFolderOptions {
  /** Folder served to strangers, made by `openPublicFolder`. */
  readonly folder: string;
  /** Folder for unfinished files, on the same file system. */
  readonly temporaryFolder: string;
  /** Names this opening among others of the same folders: unfinished files of two of them never share a name. */
  readonly session: string;
  /** Throws where another opening took over; asked before each change of what strangers see. */
  readonly checkSession: () => void;
}

/** Files written side by side; more only queue in the thread pool. */
const WRITES_AT_ONCE = 8;

export async function openPublicFolder(options: PublicFolderOptions): Promise<PublicFiles> {
  await makeFolder(options.folder);
  await mkdir(options.temporaryFolder, { recursive: true }); // what is in it need not survive
  for (const name of await readdir(options.temporaryFolder))
    await rm(join(options.temporaryFolder, name), { recursive: true });
  return new PublicFolder(options);
}

/** A log directory for reading only: nothing is made or removed. */
export function readOnlyPublicFolder(folder: string): Pick<PublicFiles, 'read'> {
  return { read: (path) => readIfThere(join(folder, path)) };
}

class PublicFolder implements PublicFiles {
  readonly #folder: string;
  readonly #temporaryFolder: string;
  readonly #session: string;
  readonly #checkSession: () => void;
  readonly #madeFolders = new Set<string>();
  #written = 0;

  constructor({ folder, temporaryFolder, session, checkSession }: PublicFolderOptions) {
    this.#folder = folder;
    this.#temporaryFolder = temporaryFolder;
    this.#session = session;
    this.#checkSession = checkSession;
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return readIfThere(join(this.#folder, path));
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
    await Promise.all([...touched].map(syncFolder));
    // Only now: a folder whose making was not synced must be synced by the next attempt.
    for (const folder of made) this.#madeFolders.add(folder);
  }

  async replaceCheckpoint(bytes: Uint8Array): Promise<void> {
    await this.#replace(join(this.#folder, 'checkpoint'), bytes);
    await syncFolder(this.#folder);
  }

  async removePartials(paths: readonly string[]): Promise<void> {
    this.#checkSession();
    for (const path of paths) {
      await rm(join(this.#folder, path), { recursive: true, force: true });
      this.#madeFolders.delete(join(this.#folder, path));
    }
  }

  /** Makes a folder and those above it; `touched` gets the folders whose entries change, `made` the new ones. */
  async #makeFolder(folder: string, touched: Set<string>, made: Set<string>): Promise<void> {
    touched.add(folder);
    if (this.#madeFolders.has(folder) || made.has(folder)) return;
    await mkdir(folder, { recursive: true });
    for (let at = folder; at !== this.#folder; at = dirname(at)) {
      touched.add(dirname(at));
      made.add(at);
    }
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    this.#written += 1;
    const temporary = join(this.#temporaryFolder, `${this.#session}-${this.#written}`);
    const file = await open(temporary, 'w', 0o644);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    // The checkpoint of whoever was taken over from is older than what is there by now (I5).
    this.#checkSession();
    await rename(temporary, path);
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
