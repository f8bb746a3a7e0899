/**
 * Copies a log's entries into segments of fixed ranges: full ones are written once and never again, the tail is replaced.
 *
 * The tree is grown from the start of the last tail, so that two things are known before a new tail counts: that the log
 * still has the root that the backup has (at its size), and that it has the root of the checkpoint.
 */

import type { StoredEntry } from '@fractal/ledger';
import { equalBytes, leafEntry, leafHash, toBase64 } from '@fractal/tlog';
import { encodeEntryFrame } from './entry-frame.ts';
import { BackupError } from './errors.ts';
import type { FrameWriter } from './framed-file.ts';
import { type LogBackup, rangeOf, rangeText, type Segment } from './manifest.ts';
import { type FixedHead, reading, type SourceLog } from './source.ts';
import type { BackupTarget } from './target.ts';
import { GrowingRange, rangeAtStart } from './tree.ts';

export const SEGMENT_ENTRIES = 4_096;
/** Entries read in one transaction. */
const CHUNK_ENTRIES = 256;

export interface CopyLog {
  readonly log: SourceLog;
  readonly head: FixedHead;
  /** What the target holds of this log. */
  readonly before: LogBackup | undefined;
  readonly target: BackupTarget;
  /** Told after each full segment, with the log as it could be resumed from. */
  readonly onSegment: (copied: LogBackup) => Promise<void>;
}

/** @throws BackupError backup_of_another_log, backup_ahead, backup_source_damaged, backup_target_full */
export async function copyLog({ log, head, before, target, onSegment }: CopyLog): Promise<LogBackup> {
  refuseOther(log, head, before);
  const oldSize = before?.size ?? 0;
  const start = oldSize - (oldSize % SEGMENT_ENTRIES);
  const tree = new GrowingRange(start, rangeAtStart(rangeOf(before?.range ?? []), start));
  const { checkpoint } = head;
  if (checkpoint !== undefined && checkpoint.size < start) await checkOldCheckpoint(log, checkpoint);
  const stops = [oldSize, checkpoint?.size ?? 0, head.size];
  const done = (before?.segments ?? []).filter(({ to }) => to <= start);
  const kept = before?.segments.find(({ from }) => from === start);
  const copied = (size: number, segments: readonly Segment[]): LogBackup => ({
    name: log.name,
    origin: log.origin,
    verifierKeys: log.verifierKeys,
    closed: log.closed,
    size,
    range: rangeText(tree.range),
    headMs: head.headMs,
    checkpoint:
      checkpoint === undefined || checkpoint.size > size ? null : { size: checkpoint.size, note: checkpoint.note },
    segments,
  });

  const segments = [...done];
  for (let from = start; from < head.size; from += SEGMENT_ENTRIES) {
    const to = Math.min(from + SEGMENT_ENTRIES, head.size);
    const isSame = kept?.from === from && kept.to === to;
    const file = `logs/${log.name}/${number(from)}-${number(to)}.entries`;
    const writer = isSame ? undefined : await target.create(file);
    try {
      await growTo(log, tree, to, stops, writer, (size) => compare(size, { log, head, before, tree }));
      segments.push(writer === undefined ? kept! : { from, to, ...(await writer.finish()) });
    } catch (error) {
      await writer?.abandon();
      throw error;
    }
    if (to < head.size) await onSegment(copied(to, [...segments]));
  }
  if (start === head.size) await compare(head.size, { log, head, before, tree });
  return copied(head.size, segments);
}

function refuseOther(log: SourceLog, head: FixedHead, before: LogBackup | undefined): void {
  if (before === undefined) return;
  if (before.origin !== log.origin) {
    const message = `log ${log.name} is ${log.origin}, the target holds ${before.origin}: back it up to another folder`;
    throw new BackupError('backup_of_another_log', message);
  }
  if (head.size < before.size) {
    const message = `log ${log.name} has ${head.size} entries, the backup ${before.size}: these rows are from the past; keep this backup and find the newer rows`;
    throw new BackupError('backup_ahead', message);
  }
}

/** Grows the tree by the entries up to `to`, which are appended to the file, and stops at each size that is compared. */
async function growTo(
  log: SourceLog,
  tree: GrowingRange,
  to: number,
  stops: readonly number[],
  writer: FrameWriter | undefined,
  compareAt: (size: number) => Promise<void>,
): Promise<void> {
  while (tree.size < to) {
    const next = Math.min(tree.size + CHUNK_ENTRIES, to, ...stops.filter((stop) => stop > tree.size));
    for (const entry of await entriesOf(log, tree.size, next)) {
      await writer?.append(encodeEntryFrame(entry));
      tree.push(leafHash(leafEntry(entry)));
    }
    if (stops.includes(next)) await compareAt(next);
  }
}

/** A reader sees what another process committed a moment later. */
const TRIES = 100;

async function entriesOf(log: SourceLog, from: number, to: number): Promise<readonly StoredEntry[]> {
  for (let tries = 0; ; tries += 1) {
    const entries = await reading(log, () => log.store.readEntries(from, to));
    if (entries.length === to - from) return entries;
    if (tries === TRIES) {
      const message = `log ${log.name}: entry ${from + entries.length} is missing: run fractal log fsck`;
      throw new BackupError('backup_source_damaged', message);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Comparison {
  readonly log: SourceLog;
  readonly head: FixedHead;
  readonly before: LogBackup | undefined;
  readonly tree: GrowingRange;
}

/** What is wrong at that size, if anything is: the target has another history, or the log contradicts itself. */
async function compare(size: number, { log, head, before, tree }: Comparison): Promise<void> {
  const { checkpoint, range } = head;
  if (size === before?.size && !sameRange(tree.range, rangeOf(before.range))) throw otherHistory(log, before, tree);
  const unlikeCheckpoint = size === checkpoint?.size && !equalBytes(tree.root, checkpoint.root);
  const unlikeHead = size === head.size && range !== undefined && !sameRange(tree.range, range);
  if (!unlikeCheckpoint && !unlikeHead) return;
  // The tree began at what the backup says of full segments: if that is another log's, so is all that was grown on it.
  const own = before === undefined ? undefined : await treeOf(log, before.size);
  if (own !== undefined && !sameRange(own.range, rangeOf(before!.range))) throw otherHistory(log, before!, own);
  const what = unlikeCheckpoint ? 'checkpoint' : 'head';
  throw new BackupError('backup_source_damaged', `log ${log.name}: its entries are not those of its ${what}`);
}

function otherHistory(log: SourceLog, before: LogBackup, own: GrowingRange): BackupError {
  const theirs = new GrowingRange(before.size, rangeOf(before.range)).root;
  const message =
    `log ${log.name}: at ${before.size} entries its root is ${toBase64(own.root)}, in the target it is ${toBase64(theirs)}: ` +
    'the target holds another history of this log; back it up to another folder and find out why';
  return new BackupError('backup_of_another_log', message);
}

async function treeOf(log: SourceLog, size: number): Promise<GrowingRange> {
  const tree = new GrowingRange();
  await growTo(log, tree, size, [], undefined, async () => undefined);
  return tree;
}

/** Rows far beyond what is published, as a killed server leaves them: all are hashed once more. */
async function checkOldCheckpoint(log: SourceLog, checkpoint: NonNullable<FixedHead['checkpoint']>): Promise<void> {
  if (equalBytes((await treeOf(log, checkpoint.size)).root, checkpoint.root)) return;
  throw new BackupError('backup_source_damaged', `log ${log.name}: its entries are not those of its checkpoint`);
}

function sameRange(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => equalBytes(hash, b[i]!));
}

/** Names of files sort as their ranges do. */
function number(value: number): string {
  return String(value).padStart(12, '0');
}
