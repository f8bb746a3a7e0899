/**
 * One run of a backup (spec/backup.md): what is new since the last one is copied, then the manifest replaced. A run that is
 * cut short, by a kill or a full disk, leaves the backup before it as it was, and the next one goes on where it ended.
 */
import type { Clock } from '@fractal/ledger';
import { FORMAT_VERSION } from '../directory/data-directory.ts';
import { copyLog } from './copy-log.ts';
import { copyVault } from './copy-vault.ts';
import { BackupError } from './errors.ts';
import type { LogBackup, Manifest } from './manifest.ts';
import { type FixedHead, fixHead, openSource, type Source } from './source.ts';
import { type BackupTarget, openTarget } from './target.ts';

export interface BackupOptions {
  readonly dataDirectory: string;
  readonly target: string;
  /** Names this run: hex. */
  readonly token: string;
  readonly clock: Clock;
  /** How long a published checkpoint over the newest entry is waited for. Default 3,000. */
  readonly waitMs?: number;
  readonly onProgress?: (progress: BackupProgress) => void;
}

export type BackupProgress =
  | { readonly kind: 'entries'; readonly log: string; readonly copied: number; readonly total: number }
  | { readonly kind: 'contents'; readonly copied: number };

export interface BackupReport {
  readonly createdMs: number;
  readonly logs: readonly {
    readonly name: string;
    readonly origin: string;
    readonly size: number;
    /** Entries that the backup before this run did not have. */
    readonly added: number;
    /** Entries under a signature; those after it only the writer's head vouches for. */
    readonly signedSize: number;
  }[];
  readonly contents: number;
  readonly erased: number;
  /** Bytes written to the target by this run. */
  readonly writtenBytes: number;
  /** Bytes of all files that the manifest names. */
  readonly totalBytes: number;
  /** Whether an interrupted run was gone on from. */
  readonly resumed: boolean;
}

const WAIT_MS = 3_000;
/** How often what is copied is kept for a run that would go on from here: each time writes all that is known of all files. */
const PROGRESS_MS = 2_000;

/** @throws BackupError, DataDirectoryError */
export async function runBackup(options: BackupOptions): Promise<BackupReport> {
  const source = await openSource(options.dataDirectory);
  try {
    const target = await openTarget(options.target, options.token);
    const manifest = await copyAll(options, source, target);
    await target.finish(manifest);
    return reportOf(manifest, target);
  } finally {
    await source.close();
  }
}

async function copyAll(options: BackupOptions, source: Source, target: BackupTarget): Promise<Manifest> {
  const { clock, onProgress, waitMs = WAIT_MS } = options;
  const heads = new Map<string, FixedHead>();
  for (const log of source.logs) heads.set(log.name, await fixHead(log, { clock, waitMs }));
  const logs = new Map<string, LogBackup>((target.start?.logs ?? []).map((log) => [log.name, log]));
  for (const name of logs.keys()) {
    if (heads.has(name)) continue;
    const message = `the target holds a log ${name}, the data directory has none: back it up to another folder`;
    throw new BackupError('backup_of_another_log', message);
  }
  let state: Manifest = {
    createdMs: clock.nowMs(),
    dataFormat: FORMAT_VERSION,
    logs: [...logs.values()],
    packs: target.start?.packs ?? [],
    packsMade: target.start?.packsMade ?? 0,
    owed: target.start?.owed ?? [],
  };
  const keep = (log: LogBackup): void => {
    logs.set(log.name, log);
    state = { ...state, logs: [...logs.values()] };
  };
  let keptMs = clock.nowMs();
  const keepProgress = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    if (nowMs - keptMs >= 0 && nowMs - keptMs < PROGRESS_MS) return;
    await target.keepProgress(state);
    keptMs = nowMs;
  };
  for (const log of source.logs) {
    const head = heads.get(log.name)!;
    const copied = await copyLog({
      log,
      head,
      before: logs.get(log.name),
      target,
      onSegment: async (partly) => {
        keep(partly);
        await keepProgress();
        onProgress?.({ kind: 'entries', log: log.name, copied: partly.size, total: head.size });
      },
    });
    keep(copied);
  }
  const { vault } = source;
  if (vault === undefined) return state;
  const copied = await copyVault({
    vault,
    start: state,
    target,
    onPack: async (packed) => {
      state = { ...state, ...packed };
      await keepProgress();
    },
    onContents: (count) => onProgress?.({ kind: 'contents', copied: count }),
  });
  return { ...state, ...copied, owed: await vault.listOwed() };
}

function reportOf({ createdMs, logs, packs }: Manifest, target: BackupTarget): BackupReport {
  const { before, start, writtenBytes } = target;
  const sizeBefore = (name: string) => before?.logs.find((log) => log.name === name)?.size ?? 0;
  const files = [
    ...logs.flatMap(({ segments }) => segments),
    ...packs.flatMap(({ keys, contents }) => [keys, contents]),
  ];
  const contents = packs.reduce((sum, pack) => sum + pack.contents.count, 0);
  const rows = packs.reduce((sum, { keys }) => sum + keys.rows, 0);
  return {
    createdMs,
    logs: logs.map(({ name, origin, size, checkpoint }) => ({
      name,
      origin,
      size,
      added: size - sizeBefore(name),
      signedSize: checkpoint?.size ?? 0,
    })),
    contents,
    erased: rows - contents,
    writtenBytes,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    resumed: start !== before,
  };
}
