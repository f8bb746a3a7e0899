/**
 * A data directory of the embedded engine, and who may write it.
 *
 *     DIR/format.json          version of this layout; newer ones are refused
 *     DIR/rows/                LMDB: entries, keys, derived rows and heads of all logs here (private)
 *     DIR/log/<name>/          public tiles, bundles and checkpoint of one log
 *     DIR/temporary/           unfinished files; emptied at start-up
 *     DIR/keys/, DIR/vault/    of the keyring and the vault (made by them)
 *
 * One process a directory: opening writes a session token that every commit and publication compares. A second opener
 * takes over; the first one's commits and publications are refused from then on, before anything is written.
 */
import { open as openFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CommitRefused, type LogStore, type PublicFiles } from '@fractal/ledger';
import { open, type RootDatabase } from 'lmdb';
import { makeFolder, syncFolder } from '../files/folders.ts';
import { openPublicFolder, readOnlyPublicFolder } from '../files/public-files.ts';
import { committed } from '../log/committed.ts';
import { LmdbLogStore } from '../log/lmdb-log-store.ts';

/** The layout this code reads and writes. */
export const FORMAT_VERSION = 1;

export class DataDirectoryError extends Error {
  readonly code: 'format_unknown' | 'not_a_data_directory';
  constructor(code: DataDirectoryError['code'], message: string) {
    super(message);
    this.name = 'DataDirectoryError';
    this.code = code;
  }
}

export interface OpenLog {
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** Folder to serve to strangers. */
  readonly publicFolder: string;
}

export interface DataDirectory {
  readonly path: string;
  /** Throws CommitRefused('session_lost') once another process opened the directory: for what is kept beside the rows. */
  checkSession(): void;
  openLog(name: string): Promise<OpenLog>;
  close(): Promise<void>;
}

type Environment = RootDatabase<Buffer, Buffer>;

const SESSION_KEY = Buffer.from('token');

/**
 * A process that read the directory beside us (`log fsck`) and was killed leaves its slot in LMDB's table of readers, and
 * no page older than it is used again: without a look at that table the file grows by some 40 KB a commit, for good.
 */
const READERS_LOOK_MS = 5_000;

/**
 * Opens (and makes, where there is nothing) a data directory for writing.
 * @param sessionToken 16 random bytes that name this opening
 * @throws DataDirectoryError format_unknown
 */
export async function openDataDirectory(path: string, sessionToken: Uint8Array): Promise<DataDirectory> {
  await makeFolder(path, 0o700);
  await makeFolder(join(path, 'rows'), 0o700);
  await makeFolder(join(path, 'log'));
  await checkFormat(path, true);
  const environment = openEnvironment(path, false);
  const session = environment.openDB<Buffer, Buffer>('session', { encoding: 'binary', keyEncoding: 'binary' });
  const token = Buffer.from(sessionToken);
  await committed(session.put(SESSION_KEY, token));
  await syncFolder(join(path, 'rows')); // LMDB syncs its file, not the file's name
  const checkSession = (): void => {
    if (session.get(SESSION_KEY)?.equals(token) !== true) {
      throw new CommitRefused('session_lost', 'another process opened this data directory');
    }
  };
  const readersLook = setInterval(() => environment.readerCheck(), READERS_LOOK_MS);
  readersLook.unref();
  return {
    path,
    checkSession,
    openLog: async (name) => {
      const publicFolder = join(path, 'log', name);
      const files = await openPublicFolder({
        folder: publicFolder,
        temporaryFolder: join(path, 'temporary', name),
        session: token.toString('hex'),
        checkSession,
      });
      return { store: new LmdbLogStore({ environment, log: name, checkSession }), files, publicFolder };
    },
    close: () => {
      clearInterval(readersLook);
      return environment.close();
    },
  };
}

/**
 * Opens a data directory for reading beside a process that may be writing it: nothing is made, repaired or fenced.
 * @throws DataDirectoryError not_a_data_directory, format_unknown
 */
export async function openDataDirectoryReadOnly(path: string): Promise<ReadOnlyDataDirectory> {
  await checkFormat(path, false);
  const environment = openEnvironment(path, true);
  const checkSession = (): void => {
    throw new CommitRefused('session_lost', 'this data directory is open for reading only');
  };
  return {
    openLog: (name) => ({
      store: new LmdbLogStore({ environment, log: name, checkSession }),
      files: readOnlyPublicFolder(join(path, 'log', name)),
    }),
    close: () => environment.close(),
  };
}

export interface ReadOnlyDataDirectory {
  openLog(name: string): { readonly store: LogStore; readonly files: Pick<PublicFiles, 'read'> };
  close(): Promise<void>;
}

function openEnvironment(path: string, readOnly: boolean): Environment {
  return open<Buffer, Buffer>({
    path: join(path, 'rows'),
    noSubdir: false,
    readOnly,
    maxDbs: 64,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false, // it makes a promise that nobody can hold: a failed commit would end the process
  });
}

async function checkFormat(path: string, make: boolean): Promise<void> {
  const file = join(path, 'format.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    if (!make)
      throw new DataDirectoryError('not_a_data_directory', `${path} holds no format.json: it is no data directory`);
    return writeFormat(path, file);
  }
  const version = versionOf(text);
  if (version !== FORMAT_VERSION) {
    const message = `${file} says format ${version ?? 'unreadable'}, this program knows ${FORMAT_VERSION}: use the release that wrote it`;
    throw new DataDirectoryError('format_unknown', message);
  }
}

function versionOf(text: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('format' in parsed)) return undefined;
    return typeof parsed.format === 'number' ? parsed.format : undefined;
  } catch {
    return undefined; // not JSON: the caller names the file
  }
}

async function writeFormat(path: string, file: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await openFile(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT_VERSION })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(path);
}
