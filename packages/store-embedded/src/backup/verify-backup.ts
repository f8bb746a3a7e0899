/**
 * Checks a backup offline: every file byte for byte, the root of each log recomputed from its entries against the signed
 * checkpoint, every content against its row. Names the first wrong file.
 *
 * Not checked: that content can be opened (the keyring is no part of a backup); that it is the newest there could be; entries
 * beyond the checkpoint, where the writer died before it published them, are under no signature here. Keys that come with
 * the backup only show that it agrees with itself: give the log's key to know whose it is.
 */
import { toBase64, type VerifierKey } from '@fractal/tlog';
import { parseKeyRow } from '@fractal/vault';
import { BackupError, damaged } from './errors.ts';
import type { LogBackup, Pack } from './manifest.ts';
import { rangeOf } from './manifest.ts';
import { packContents } from './pack.ts';
import { logEntries } from './read-log.ts';
import { keysOf } from './source.ts';
import { MANIFEST, readBackup } from './target.ts';
import { GrowingRange } from './tree.ts';

export interface VerifyBackupOptions {
  readonly target: string;
  /** The keys of one of the logs, all of one name, from elsewhere; absent: the keys in the backup. */
  readonly verifierKeys?: readonly VerifierKey[];
  readonly onProgress?: (progress: { readonly log: string; readonly checked: number; readonly total: number }) => void;
}

export type VerifyBackupReport =
  | {
      readonly ok: true;
      readonly createdMs: number;
      readonly logs: readonly VerifiedLog[];
      readonly contents: number;
      readonly erased: number;
    }
  | { readonly ok: false; readonly file: string; readonly problem: string };

export interface VerifiedLog {
  readonly name: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  /** Entries under the checkpoint's signature. */
  readonly signedSize: number;
  /** Whether the key given, and not one of the backup's own, verified the checkpoint. */
  readonly byGivenKey: boolean;
}

/** @throws BackupError not_a_backup, backup_format_unknown */
export async function verifyBackup(options: VerifyBackupOptions): Promise<VerifyBackupReport> {
  try {
    return await check(options);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup_damaged' || error.file === undefined) throw error;
    return { ok: false, file: error.file, problem: error.message.slice(error.file.length + 2) };
  }
}

async function check({ target, verifierKeys: given, onProgress }: VerifyBackupOptions): Promise<VerifyBackupReport> {
  const { createdMs, logs, packs } = await readBackup(target);
  const name = given?.[0]?.name;
  if (name !== undefined && !logs.some(({ origin }) => origin === name))
    throw damaged(MANIFEST, `no log here has the origin of the key given, ${name}`);
  const verified: VerifiedLog[] = [];
  for (const log of logs) {
    const byGivenKey = name === log.origin;
    const keys = byGivenKey ? (given ?? []) : ownKeys(log);
    const chunks = logEntries({ target, log, keys, chunkEntries: 1_024, chunkBytes: 8 << 20 });
    for await (const { size } of chunks) onProgress?.({ log: log.name, checked: size, total: log.size });
    const { origin, size, checkpoint } = log;
    const root = toBase64(new GrowingRange(size, rangeOf(log.range)).root);
    verified.push({ name: log.name, origin, size, root, signedSize: checkpoint?.size ?? 0, byGivenKey });
  }
  let contents = 0;
  let rows = 0;
  for (const pack of packs) {
    for await (const { content } of checkedRows(target, pack)) {
      rows += 1;
      if (content !== undefined) contents += 1;
    }
  }
  return { ok: true, createdMs, logs: verified, contents, erased: rows - contents };
}

function ownKeys({ name, verifierKeys }: LogBackup): VerifierKey[] {
  try {
    return keysOf(name, verifierKeys);
  } catch (cause) {
    throw damaged(MANIFEST, `the verifier keys of log ${name} are unreadable`, cause);
  }
}

/** Rows of a pack with their contents; a row that is sealed has one, a row that is erased has none. */
export async function* checkedRows(target: string, pack: Pack) {
  for await (const row of packContents(target, pack)) {
    const parsed = parseKeyRow(row.address, row.keyRow);
    if (parsed === undefined) throw damaged(pack.keys.file, `the key row of ${row.address.pcsId} does not parse`);
    if ((parsed.state === 'sealed') !== (row.content !== undefined))
      throw damaged(pack.keys.file, `the row of ${row.address.pcsId} and its content do not go together`);
    yield { ...row, parsed };
  }
}
