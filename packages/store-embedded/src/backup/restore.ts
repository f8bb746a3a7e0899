/**
 * Makes a data directory from a backup (spec/backup.md), checking while it writes.
 *
 *     format.json {state: restoring} ► keys ► vault ► each log: rows, derived rows, tiles, checkpoint ► restored.json ► format.json
 *
 * Until the last step no server opens the directory, and a restore that was cut short begins again. `restored.json` says
 * which logs came from the past: no server signs under their origins again (I5).
 *
 * What is not in a backup: the keyring (given or not), API keys and admin tokens in files, cursors of followers (they start
 * again), a guard. Derived rows are made from the entries, not copied.
 */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type DerivedRow, type StoredEntry, TileState } from '@fractal/ledger';
import type { ContentAddress, Keyring } from '@fractal/vault';
import {
  beginRestore,
  type DataDirectory,
  FORMAT_VERSION,
  finishRestore,
  isRestoring,
  openRestoringDirectory,
} from '../directory/data-directory.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder, syncFolder } from '../files/folders.ts';
import { openKeyring } from '../keyring/index.ts';
import { parseKeyringFile } from '../keyring/keyring-file.ts';
import { KeyringError } from '../keyring/open-keyring.ts';
import { replaceFile } from '../keyring/replace-file.ts';
import { openVaultLoader, type VaultLoader } from '../vault/index.ts';
import { BackupError, damaged } from './errors.ts';
import type { LogBackup, Manifest } from './manifest.ts';
import { logEntries } from './read-log.ts';
import { restoreVault } from './restore-vault.ts';
import { closedFileOf, keysOf } from './source.ts';
import { readBackup } from './target.ts';

export interface RestoreOptions {
  readonly target: string;
  /** Empty or missing, or left by a restore that was cut short. */
  readonly directory: string;
  /** 16 random bytes. */
  readonly sessionToken: Uint8Array;
  readonly clock: Clock;
  /** A copy of the keyring file; absent: the directory has none. */
  readonly keyringFile?: string;
  /** What an entry of a log determines besides its leaf. */
  readonly derive: (log: string, entry: StoredEntry) => DerivedFromEntry;
  readonly onProgress?: (progress: RestoreProgress) => void;
}

export type DerivedFromEntry =
  | {
      readonly ok: true;
      readonly value: { readonly rows: readonly DerivedRow[]; readonly content: ContentAddress | undefined };
    }
  | { readonly ok: false; readonly problem: string };

export type RestoreProgress =
  | { readonly kind: 'contents'; readonly restored: number }
  | { readonly kind: 'entries'; readonly log: string; readonly restored: number; readonly total: number };

export interface RestoreReport {
  /** When the backup was made, ms. */
  readonly createdMs: number;
  readonly logs: readonly {
    readonly name: string;
    readonly origin: string;
    readonly size: number;
    readonly signedSize: number;
  }[];
  readonly contents: number;
  readonly erased: number;
  /** Contents whose key is no longer in the keyring: rotated away after the backup was made. They are as if erased. */
  readonly unreadable: number;
  /** Contents that a verdict speaks of and the backup does not hold. */
  readonly missing: number;
  readonly keyring: 'restored' | 'not_given';
}

/** One transaction. */
const CHUNK_ENTRIES = 2_048;
const CHUNK_BYTES = 8 << 20;

/** @throws BackupError, KeyringError, DataDirectoryError */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { target, directory, clock } = options;
  const manifest = await readBackup(target);
  if (manifest.dataFormat > FORMAT_VERSION) {
    const message = `the backup is of data format ${manifest.dataFormat}, this program knows ${FORMAT_VERSION}: use the release that wrote it`;
    throw new BackupError('backup_format_unknown', message);
  }
  const keyringText = options.keyringFile === undefined ? undefined : await readKeyring(options.keyringFile);
  await begin(directory);
  const keyring = await writeKeys(directory, manifest.logs, keyringText);
  const vault = await openVaultLoader({ folder: join(directory, 'vault') });
  const rows = await openRestoringDirectory(directory, options.sessionToken);
  try {
    const contents = await restoreVault({
      target,
      manifest,
      vault,
      keyring,
      nowMs: clock.nowMs(),
      onRestored: (restored) => options.onProgress?.({ kind: 'contents', restored }),
    });
    let missing = 0;
    for (const log of manifest.logs) missing += await restoreLog(options, rows, vault, log);
    await writeRestored(directory, manifest, clock.nowMs());
    await finishRestore(directory);
    return {
      createdMs: manifest.createdMs,
      logs: manifest.logs.map(({ name, origin, size, checkpoint }) => ({
        name,
        origin,
        size,
        signedSize: checkpoint?.size ?? 0,
      })),
      ...contents,
      missing,
      keyring: keyring === undefined ? 'not_given' : 'restored',
    };
  } finally {
    await rows.close();
    await vault.close();
  }
}

/** An empty folder, or what an earlier restore left: that is removed. */
async function begin(directory: string): Promise<void> {
  await makeFolder(directory, 0o700);
  const names = await readdir(directory);
  if (names.length > 0 && !(await isRestoring(directory))) {
    const message = `${directory} is not empty: restore into a folder of its own, and remove nothing you may need`;
    throw new BackupError('restore_target_not_empty', message);
  }
  await beginRestore(directory);
  for (const name of names) {
    if (name !== 'format.json') await rm(join(directory, name), { recursive: true });
  }
  await syncFolder(directory);
}

async function readKeyring(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  const parsed = parseKeyringFile(text);
  if (!parsed.ok) throw new KeyringError(parsed.code, `${file}: ${parsed.detail}`);
  return text;
}

async function writeKeys(
  directory: string,
  logs: readonly LogBackup[],
  keyringText: string | undefined,
): Promise<Keyring | undefined> {
  const folder = join(directory, 'keys');
  await makeFolder(folder, 0o700);
  for (const { name, verifierKeys, closed } of logs) {
    const [newest] = keysOf(name, verifierKeys);
    if (newest === undefined) throw damaged('manifest.json', `log ${name} has no verifier key`);
    if (verifierKeys.length > 1)
      await writeDurably(join(folder, `${name}.vkeys`), `${verifierKeys.join('\n')}\n`, 0o644);
    if (closed !== null) await writeDurably(join(folder, closedFileOf(name)), `${closed}\n`, 0o644);
    await writeDurably(join(folder, `${name}.vkey`), `${verifierKeys[0]}\n`, 0o644);
  }
  await syncFolder(folder);
  if (keyringText === undefined) return undefined;
  await replaceFile(nodeFileSystem, { path: join(folder, 'keyring'), text: keyringText, scrubOld: false });
  return openKeyring({ file: join(folder, 'keyring') });
}

/** Rows, derived rows, tiles and checkpoint of one log. Returns how many contents it speaks of that the vault lacks. */
async function restoreLog(
  { target, derive, onProgress }: RestoreOptions,
  directory: DataDirectory,
  vault: VaultLoader,
  log: LogBackup,
): Promise<number> {
  const { store, files } = await directory.openLog(log.name);
  const tiles = new TileState(0, [], []);
  const signedSize = log.checkpoint?.size ?? -1;
  let size = 0;
  let missing = 0;
  const publish = async (): Promise<void> => {
    const snapshot = tiles.snapshot();
    const isWhole = tiles.size === signedSize;
    await files.writeAll(isWhole ? snapshot.files : snapshot.files.slice(0, snapshot.fullCount));
    tiles.markPublished(snapshot);
  };
  const chunks = logEntries({
    target,
    log,
    keys: keysOf(log.name, log.verifierKeys),
    chunkEntries: CHUNK_ENTRIES,
    chunkBytes: CHUNK_BYTES,
  });
  for await (const chunk of chunks) {
    const derived = chunk.entries.map((entry) => derivedOf(log, derive, entry));
    for (const { content } of derived)
      if (content !== undefined && (await vault.readKey(content)) === undefined) missing += 1;
    await store.commit({
      previousSize: size,
      head: { size: chunk.size, range: chunk.range, timeMs: log.headMs },
      entries: chunk.entries,
      rows: derived.flatMap(({ rows }) => rows),
    });
    size = chunk.size;
    if (size <= signedSize) {
      tiles.add(chunk.leaves, chunk.leafHashes);
      await publish();
    }
    onProgress?.({ kind: 'entries', log: log.name, restored: size, total: log.size });
  }
  // Only now the last check was made: the root under the checkpoint's signature.
  if (log.checkpoint !== null) await files.replaceCheckpoint(new TextEncoder().encode(log.checkpoint.note));
  return missing;
}

function derivedOf(log: LogBackup, derive: RestoreOptions['derive'], entry: StoredEntry) {
  const derived = derive(log.name, entry);
  if (derived.ok) return derived.value;
  throw damaged(`logs/${log.name}`, `entry ${entry.index}: ${derived.problem}`);
}

async function writeRestored(directory: string, { logs }: Manifest, restoredMs: number): Promise<void> {
  const named = Object.fromEntries(logs.map(({ name, origin, size }) => [name, { origin, size }]));
  const text = JSON.stringify({ restored_at_ms: restoredMs, logs: named }, null, 1);
  await writeDurably(join(directory, 'restored.json'), `${text}\n`, 0o600);
  await syncFolder(directory);
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(`${file}.new`, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
