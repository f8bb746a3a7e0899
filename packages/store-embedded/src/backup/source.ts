/**
 * What a backup reads: a data directory, beside the process that may be writing it. Nothing in it is changed. Each read is
 * a short transaction of its own, so that no old page is kept from being used again.
 *
 * Order makes the copy whole: heads of the shards' logs are fixed first, then that of the control log (which knew every
 * tenant they speak of), then the entries up to them, then the vault (whose contents are durable before their bodies).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, CorruptRow, type LogStore, type PublicFiles, SIGNED_TABLE } from '@fractal/ledger';
import { type Hash, parseVerifierKey, utf8Decode, type VerifierKey, verifyCheckpoint } from '@fractal/tlog';
import { openDataDirectoryReadOnly } from '../directory/data-directory.ts';
import { openVaultReader, type VaultReader } from '../vault/index.ts';
import { BackupError } from './errors.ts';
import { LOG_NAME } from './manifest.ts';

export interface SourceLog {
  readonly name: string;
  readonly origin: string;
  /** Newest first. */
  readonly verifierKeys: readonly string[];
  readonly closed: string | null;
  readonly store: LogStore;
  readonly files: Pick<PublicFiles, 'read'>;
}

/** What of a log this backup holds. */
export interface FixedHead {
  readonly size: number;
  readonly headMs: number;
  /** Undefined where the writer has gone on since: the entries tell. */
  readonly range: readonly Hash[] | undefined;
  readonly checkpoint: VerifiedNote | undefined;
}

export interface VerifiedNote {
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
}

export interface Source {
  /** Shards before the control log. */
  readonly logs: readonly SourceLog[];
  readonly vault: VaultReader | undefined;
  close(): Promise<void>;
}

/** @throws DataDirectoryError; BackupError backup_source_damaged */
export async function openSource(path: string): Promise<Source> {
  const directory = await openDataDirectoryReadOnly(path);
  const names = await logNames(path);
  const logs = await Promise.all(
    names.map(async (name): Promise<SourceLog> => {
      const verifierKeys = await readVerifierKeys(join(path, 'keys'), name);
      const [newest] = keysOf(name, verifierKeys);
      const closed = await readLines(join(path, 'keys', closedFileOf(name)));
      return { name, origin: newest!.name, verifierKeys, closed: closed?.[0] ?? null, ...directory.openLog(name) };
    }),
  );
  const hasVault = await readdir(join(path, 'vault')).then(
    (files) => files.length > 0,
    () => false, // never made
  );
  const vault = hasVault ? openVaultReader({ folder: join(path, 'vault') }) : undefined;
  return {
    logs,
    vault,
    async close() {
      await vault?.close();
      await directory.close();
    },
  };
}

/**
 * The logs of a data directory: folders of `log/` with a verifier key, shards first, the control log last. A log whose
 * key was never written has no entry.
 */
export async function logNames(path: string): Promise<string[]> {
  const folders = await readdir(join(path, 'log')).catch(() => []); // none made yet
  const keys = new Set(await readdir(join(path, 'keys')).catch(() => []));
  const names = folders.filter((name) => LOG_NAME.test(name) && keys.has(`${name}.vkey`)).sort();
  const isControl = (name: string) => name === 'control' || name.startsWith('control-');
  return [...names.filter((name) => !isControl(name)), ...names.filter(isControl)];
}

/** Verifier keys of a log, newest first: all of them where the key was changed; none where the log was never opened. */
export async function readVerifierKeys(keysFolder: string, name: string): Promise<string[]> {
  const all = await readLines(join(keysFolder, `${name}.vkeys`));
  return all ?? (await readLines(join(keysFolder, `${name}.vkey`))) ?? [];
}

/** A file beside the verifier key of a log that is closed: one line. */
export const closedFileOf = (name: string): string => `${name}.closed.json`;

/** Lines of a file that are not empty; undefined where there is none. */
async function readLines(file: string): Promise<string[] | undefined> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws BackupError backup_source_damaged */
export function keysOf(name: string, texts: readonly string[]): VerifierKey[] {
  const keys = texts.flatMap((text) => {
    const parsed = parseVerifierKey(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const [first] = keys;
  if (first !== undefined && keys.length === texts.length && keys.every((key) => key.name === first.name)) return keys;
  throw new BackupError('backup_source_damaged', `the verifier key of log ${name} is unreadable`);
}

/** How often a published checkpoint is looked for that covers the head. */
const LOOK_MS = 50;

/**
 * Fixes how far a log is copied. A live server publishes its head within a second: waiting for that gives a backup whose
 * every entry is under a signature. Where nothing is published for `waitMs`, the rows beyond the checkpoint are copied all
 * the same (they may have been acknowledged) and vouched for by the head row alone.
 */
export async function fixHead(log: SourceLog, { clock, waitMs }: { clock: Clock; waitMs: number }): Promise<FixedHead> {
  const { store } = log;
  const head = (await reading(log, () => store.readHead())) ?? { size: 0, range: [], timeMs: 0 };
  const since = clock.nowMs();
  for (;;) {
    const checkpoint = await newestCheckpoint(log);
    if (checkpoint !== undefined && checkpoint.size > head.size) {
      const headMs = (await store.readHead())?.timeMs ?? head.timeMs;
      return { size: checkpoint.size, headMs, range: undefined, checkpoint };
    }
    const waited = clock.nowMs() - since;
    if (checkpoint?.size === head.size || waited >= waitMs || waited < 0) {
      return { size: head.size, headMs: head.timeMs, range: head.range, checkpoint };
    }
    await clock.sleep(LOOK_MS);
  }
}

/** The published checkpoint, or a newer one that the rows keep. */
async function newestCheckpoint(log: SourceLog): Promise<VerifiedNote | undefined> {
  const published = await log.files.read('checkpoint');
  const [kept] = await log.store.listRows(SIGNED_TABLE, 1);
  const notes = [published, kept?.value].flatMap((bytes) => (bytes === undefined ? [] : [noteOf(log, bytes)]));
  return notes.sort((a, b) => b.size - a.size)[0];
}

function noteOf({ name, origin, verifierKeys }: SourceLog, bytes: Uint8Array): VerifiedNote {
  const verified = verifiedNote(origin, keysOf(name, verifierKeys), bytes);
  if (verified !== undefined) return verified;
  throw new BackupError('backup_source_damaged', `a checkpoint of log ${name} is under none of its keys`);
}

/** The checkpoint, if one of the keys signed it for this origin. */
export function verifiedNote(
  origin: string,
  keys: readonly VerifierKey[],
  checkpoint: Uint8Array | string,
): VerifiedNote | undefined {
  for (const verifierKey of keys) {
    const verified = verifyCheckpoint({ checkpoint, origin, verifierKey });
    if (!verified.ok) continue;
    const note = typeof checkpoint === 'string' ? checkpoint : utf8Decode(checkpoint)!;
    return { size: Number(verified.value.size), root: verified.value.root, note };
  }
  return undefined;
}

/** A read of a log's rows, with damage told as what it means for a backup. */
export async function reading<T>({ name }: { readonly name: string }, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
    const message = `log ${name}: ${error.message}; nothing damaged is copied over a backup: run fractal log fsck`;
    throw new BackupError('backup_source_damaged', message, { cause: error });
  }
}
