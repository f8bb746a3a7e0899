/** Single entries of a backup, for a repair that lacks them: the segment of an entry is read whole and held against its checksum. */

import type { StoredEntry } from '@fractal/ledger';
import type { LogBackup } from './manifest.ts';
import { segmentEntries } from './read-log.ts';
import { readBackup } from './target.ts';

export interface BackedUpLog {
  readonly name: string;
  readonly origin: string;
  /** Signed note; undefined where none was published when the backup was made. */
  readonly note: string | undefined;
  /** Undefined where the backup does not reach that far. Throws BackupError backup_damaged. */
  entry(index: number): Promise<StoredEntry | undefined>;
}

/** @throws BackupError not_a_backup, backup_format_unknown, backup_damaged */
export async function backedUpLogs(target: string): Promise<readonly BackedUpLog[]> {
  const { logs } = await readBackup(target);
  return logs.map((log) => ({
    name: log.name,
    origin: log.origin,
    note: log.checkpoint?.note,
    entry: entryReader(target, log),
  }));
}

/** Keeps the last segment: a repair asks in order. */
function entryReader(target: string, { segments }: LogBackup): BackedUpLog['entry'] {
  let held: { file: string; from: number; entries: readonly StoredEntry[] } | undefined;
  return async (index) => {
    const segment = segments.find(({ from, to }) => from <= index && index < to);
    if (segment === undefined) return undefined;
    if (held?.file !== segment.file) {
      const entries: StoredEntry[] = [];
      for await (const entry of segmentEntries(target, segment)) entries.push(entry);
      held = { file: segment.file, from: segment.from, entries };
    }
    return held.entries[index - held.from];
  };
}
