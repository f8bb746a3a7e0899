/**
 * A data directory of the embedded engine, and who may write it.
 *
 *     DIR/format.json          version of this layout; newer ones are refused, and one that is still being restored
 *     DIR/restored.json        which logs came from a backup; a server takes it away once they have new generations
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
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder } from '../files/folders.ts';
import { openPublicFolder, readOnlyPublicFolder } from '../files/public-files.ts';
import { LogRows } from '../log/log-rows.ts';

/** The layout this code reads and writes. */
export const FORMAT_VERSION = 2;

export class DataDirectoryError extends Error {
  readonly code: 'format_unknown' | 'not_a_data_directory' | 'restore_unfinished';
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
 * @throws DataDirectoryError format_unknown, restore_unfinished
 */
export async function openDataDirectory(
  path: string,
  sessionToken: Uint8Array,
  disk: Disk = realDisk,
): Promise<DataDirectory> {
  await makeFolder(path, 0o700, disk.fileSystem);
  await checkFormat(disk.fileSystem, path, true);
  return openForWriting(path, sessionToken, disk);
}

/** A directory that `beginRestore` marked, for the restore that fills it. */
export function openRestoringDirectory(path: string, sessionToken: Uint8Array): Promise<DataDirectory> {
  return openForWriting(path, sessionToken, realDisk);
}

async function openForWriting(path: string, sessionToken: Uint8Array, disk: Disk): Promise<DataDirectory> {
  const { fileSystem } = disk;
  const rowsFolder = join(path, 'rows');
  await makeFolder(rowsFolder, 0o700, fileSystem);
  await makeFolder(join(path, 'log'), 0o777, fileSystem);
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
 * @throws DataDirectoryError not_a_data_directory, format_unknown, restore_unfinished
 */
export async function openDataDirectoryReadOnly(path: string, disk: Disk = realDisk): Promise<ReadOnlyDataDirectory> {
  const { fileSystem } = disk;
  await checkFormat(fileSystem, path, false);
  const keyValue = disk.openKeyValue({ folder: join(path, 'rows'), readOnly: true });
  const checkSession = (): void => {
    throw new CommitRefused('session_lost', 'this data directory is open for reading only');
  };
  return {
    keyValue,
    checkSession,
    openLog: (name) => ({
      store: new LogRows({ keyValue, log: name, checkSession }),
      files: readOnlyPublicFolder(join(path, 'log', name), fileSystem),
    }),
    close: () => keyValue.close(),
  };
}

export interface ReadOnlyDataDirectory {
  readonly keyValue: KeyValue;
  /** Throws always: nothing is written here. */
  checkSession(): void;
  openLog(name: string): { readonly store: LogStore; readonly files: Pick<PublicFiles, 'read'> };
  close(): Promise<void>;
}

/** Marks an empty directory: until `finishRestore` nobody opens it but a restore. Durable when it resolves. */
export function beginRestore(path: string): Promise<void> {
  return writeFormat(nodeFileSystem, path, { format: FORMAT_VERSION, state: RESTORING });
}

export function finishRestore(path: string): Promise<void> {
  return writeFormat(nodeFileSystem, path, { format: FORMAT_VERSION });
}

/** Whether a restore began here and did not end. */
export async function isRestoring(path: string): Promise<boolean> {
  const bytes = await nodeFileSystem.read(join(path, FORMAT_FILE));
  return bytes !== undefined && formatOf(bytes).state === RESTORING;
}

const FORMAT_FILE = 'format.json';
const RESTORING = 'restoring';

interface Format {
  readonly format?: unknown;
  readonly state?: unknown;
}

async function checkFormat(fileSystem: FileSystem, path: string, make: boolean): Promise<void> {
  const file = join(path, FORMAT_FILE);
  const bytes = await fileSystem.read(file);
  if (bytes === undefined) {
    if (!make)
      throw new DataDirectoryError('not_a_data_directory', `${path} holds no format.json: it is no data directory`);
    return writeFormat(fileSystem, path, { format: FORMAT_VERSION });
  }
  const { format, state } = formatOf(bytes);
  if (format !== FORMAT_VERSION) {
    const found = typeof format === 'number' ? format : 'unreadable';
    const message = `${file} says format ${found}, this program knows ${FORMAT_VERSION}: use the release that wrote it`;
    throw new DataDirectoryError('format_unknown', message);
  }
  if (state === RESTORING) {
    const message = `a restore into ${path} did not end: run fractal restore again, it begins anew`;
    throw new DataDirectoryError('restore_unfinished', message);
  }
}

function formatOf(bytes: Uint8Array): Format {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // not JSON: the caller names the file
  }
}

async function writeFormat(fileSystem: FileSystem, path: string, format: Format): Promise<void> {
  const file = join(path, FORMAT_FILE);
  const temporary = `${file}.new`;
  const handle = await fileSystem.create(temporary, { mode: 0o600 });
  try {
    await handle.write(Buffer.from(`${JSON.stringify(format)}\n`));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fileSystem.rename(temporary, file);
  await fileSystem.syncFolder(path);
}
