/**
 * A data directory of the embedded engine, and who may write it.
 *
 *     DIR/format.json          version of this layout; newer ones are refused
 *     DIR/rows/                KeyValue (LMDB): entries, keys, derived rows and heads of all logs here (private)
 *     DIR/log/<name>/          public tiles, bundles and checkpoint of one log
 *     DIR/temporary/           unfinished files; emptied at start-up
 *     DIR/keys/, DIR/vault/    of the keyring and the vault (made by them)
 *
 * One process a directory: opening writes a session token that every commit and publication compares. A second opener
 * takes over; the first one's commits and publications are refused from then on, before anything is written.
 */
import { join } from 'node:path';
import { CommitRefused, type LogStore, type PublicFiles } from '@fractal/ledger';
import { equalBytes } from '@fractal/tlog';
import { type Disk, realDisk } from '../disk/disk.ts';
import type { FileSystem } from '../disk/file-system.ts';
import type { KeyValue } from '../disk/key-value.ts';
import { makeFolder } from '../files/folders.ts';
import { openPublicFolder, readOnlyPublicFolder } from '../files/public-files.ts';
import { LogRows } from '../log/log-rows.ts';

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
  /** Rows of all logs here, for tables beside theirs; whoever writes asks `checkSession` inside the transaction. */
  readonly keyValue: KeyValue;
  /** Throws CommitRefused('session_lost') once another process opened the directory: for what is kept beside the rows. */
  checkSession(): void;
  openLog(name: string): Promise<OpenLog>;
  close(): Promise<void>;
}

const SESSION_KEY = Buffer.from('token');

/**
 * Opens (and makes, where there is nothing) a data directory for writing.
 * @param sessionToken 16 random bytes that name this opening
 * @throws DataDirectoryError format_unknown
 */
export async function openDataDirectory(
  path: string,
  sessionToken: Uint8Array,
  disk: Disk = realDisk,
): Promise<DataDirectory> {
  const { fileSystem } = disk;
  const rowsFolder = join(path, 'rows');
  await makeFolder(path, 0o700, fileSystem);
  await makeFolder(rowsFolder, 0o700, fileSystem);
  await makeFolder(join(path, 'log'), 0o777, fileSystem);
  await checkFormat(fileSystem, path, true);
  const keyValue = disk.openKeyValue({ folder: rowsFolder, readOnly: false });
  const session = keyValue.table('session');
  const token = Buffer.from(sessionToken);
  await keyValue.transaction(() => session.put(SESSION_KEY, token));
  await fileSystem.syncFolder(rowsFolder); // a transaction syncs the rows' file, not the file's name
  const checkSession = (): void => {
    const current = session.get(SESSION_KEY);
    if (current === undefined || !equalBytes(current, token)) {
      throw new CommitRefused('session_lost', 'another process opened this data directory');
    }
  };
  return {
    path,
    keyValue,
    checkSession,
    openLog: async (name) => {
      const publicFolder = join(path, 'log', name);
      const files = await openPublicFolder({
        folder: publicFolder,
        temporaryFolder: join(path, 'temporary', name),
        session: token.toString('hex'),
        checkSession,
        fileSystem,
      });
      return { store: new LogRows({ keyValue, log: name, checkSession }), files, publicFolder };
    },
    close: () => keyValue.close(),
  };
}

/**
 * Opens a data directory for reading beside a process that may be writing it: nothing is made, repaired or fenced.
 * @throws DataDirectoryError not_a_data_directory, format_unknown
 */
export async function openDataDirectoryReadOnly(path: string, disk: Disk = realDisk): Promise<ReadOnlyDataDirectory> {
  const { fileSystem } = disk;
  await checkFormat(fileSystem, path, false);
  const keyValue = disk.openKeyValue({ folder: join(path, 'rows'), readOnly: true });
  const checkSession = (): void => {
    throw new CommitRefused('session_lost', 'this data directory is open for reading only');
  };
  return {
    openLog: (name) => ({
      store: new LogRows({ keyValue, log: name, checkSession }),
      files: readOnlyPublicFolder(join(path, 'log', name), fileSystem),
    }),
    close: () => keyValue.close(),
  };
}

export interface ReadOnlyDataDirectory {
  openLog(name: string): { readonly store: LogStore; readonly files: Pick<PublicFiles, 'read'> };
  close(): Promise<void>;
}

async function checkFormat(fileSystem: FileSystem, path: string, make: boolean): Promise<void> {
  const file = join(path, 'format.json');
  const bytes = await fileSystem.read(file);
  if (bytes === undefined) {
    if (!make)
      throw new DataDirectoryError('not_a_data_directory', `${path} holds no format.json: it is no data directory`);
    return writeFormat(fileSystem, path, file);
  }
  const version = versionOf(Buffer.from(bytes).toString('utf8'));
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

async function writeFormat(fileSystem: FileSystem, path: string, file: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await fileSystem.create(temporary, { mode: 0o600 });
  try {
    await handle.write(Buffer.from(`${JSON.stringify({ format: FORMAT_VERSION })}\n`));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fileSystem.rename(temporary, file);
  await fileSystem.syncFolder(path);
}
