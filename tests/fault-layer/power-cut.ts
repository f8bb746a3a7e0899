/**
 * The power cut: takes back from a directory tree what the killed processes had not made durable.
 *
 * Call it only when every process of the tree is gone. It models a disk behind a page cache:
 *   - for each sector of a file (512 bytes) the disk holds some version no older than the last durable one;
 *   - for each file some size no older than the last durable one;
 *   - for each directory some prefix of its changes of names, no shorter than the durable one.
 * Which version is chosen is the mode's and the seed's. It does not model a disk that lies about its cache, or bit rot.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Random, seededRandom } from '../harness/random.ts';
import {
  type DataChange,
  type FileHistory,
  type Journal,
  type NameChange,
  type RangeSync,
  readJournal,
} from './journal-reader.ts';

const SECTOR_BYTES = 512;

/**
 * all: everything not durable is lost. reorder: each 4 KiB page of each change is lost or not, by itself.
 * torn: the same by 512-byte sector. In both the share that is lost comes from the seed too.
 */
export type CutMode = 'all' | 'reorder' | 'torn';

export type CutReport = {
  seed: number;
  mode: CutMode;
  records: number;
  /** Changes of data or size that were not durable at the cut, and those of them taken back at least in part. */
  unsyncedChanges: number;
  lostChanges: number;
  unsyncedNames: number;
  lostNames: number;
};

/** Prepares an empty side directory (next to the root, same file system) for the shim. */
export function prepareSide(side: string): void {
  rmSync(side, { recursive: true, force: true });
  mkdirSync(join(side, 'i'), { recursive: true });
  writeFileSync(join(side, 'boot'), `${crypto.randomUUID()}\n`);
}

/** Applies the cut to `root` and starts a new boot: an empty journal and another boot id. */
export function powerCut(options: { root: string; side: string; seed: number; mode: CutMode }): CutReport {
  const { root, side, seed, mode } = options;
  const random = seededRandom(seed);
  const report: CutReport = {
    seed,
    mode,
    records: 0,
    unsyncedChanges: 0,
    lostChanges: 0,
    unsyncedNames: 0,
    lostNames: 0,
  };
  if (existsSync(join(side, 'journal'))) {
    const journal = readJournal(join(side, 'journal'));
    report.records = journal.records;
    for (const [inode, file] of journal.files) cutFile(side, inode, file, journal, { random, mode, report });
    cutNames(root, side, journal, { random, mode, report });
    journal.close();
  }
  prepareSide(side);
  return report;
}

type Chance = { random: Random; mode: CutMode; report: CutReport };

/** The share of not yet durable changes that this cut keeps. */
function keepShare({ random, mode }: Chance): number {
  return mode === 'all' ? 0 : random.pick([0.1, 0.5, 0.9]);
}

function isDurable(change: DataChange, start: number, end: number, syncs: RangeSync[], allSynced: number): boolean {
  if (change.durable || change.at < allSynced) return true;
  return syncs.some(
    (sync) => sync.from <= change.at && change.at < sync.upto && sync.start <= start && end <= sync.end,
  );
}

function cutFile(side: string, inode: bigint, file: FileHistory, journal: Journal, chance: Chance): void {
  const syncs = withoutIdle(file.syncs);
  const first = file.changes.findIndex((c) => !isDurable(c, c.start, c.end, syncs, journal.allSynced));
  if (first === -1) return;
  const fd = openSync(join(side, 'i', String(inode)), 'r+');
  const share = keepShare(chance);
  const size = chosenSize(file.changes, syncs, journal.allSynced, fstatSync(fd).size, share, chance);
  const frozen = new Set<number>();
  for (let i = file.changes.length - 1; i >= 0; i--) {
    const change = file.changes[i]!;
    const durable = (start: number, end: number): boolean => isDurable(change, start, end, syncs, journal.allSynced);
    // Before `first` all is durable, and nothing older than a durable version can come back.
    if (i < first) break;
    if (!durable(change.start, change.end)) chance.report.unsyncedChanges++;
    if (undoChange(fd, change, journal, { durable, share, frozen, chance })) chance.report.lostChanges++;
  }
  ftruncateSync(fd, size);
  closeSync(fd);
}

/** Syncs of the whole file make up nearly all: only the newest of those between two failed ones matters. */
function withoutIdle(syncs: readonly RangeSync[]): RangeSync[] {
  const isWhole = (sync: RangeSync): boolean => sync.start === 0 && sync.end > Number.MAX_SAFE_INTEGER;
  const newest = new Map<number, RangeSync>();
  for (const sync of syncs.filter(isWhole)) {
    const upto = Math.max(sync.upto, newest.get(sync.from)?.upto ?? 0);
    newest.set(sync.from, { start: 0, end: Number.POSITIVE_INFINITY, from: sync.from, upto });
  }
  return [...syncs.filter((sync) => !isWhole(sync)), ...newest.values()];
}

/** Walks back through the changes of size until one is durable or kept. */
function chosenSize(
  changes: DataChange[],
  syncs: RangeSync[],
  allSynced: number,
  sizeNow: number,
  share: number,
  { random }: Chance,
): number {
  let size = sizeNow;
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]!;
    if (change.kind === 'write' && change.end <= change.sizeBefore) continue;
    if (isDurable(change, change.start, change.end, syncs, allSynced) || random.chance(share)) break;
    size = change.sizeBefore;
  }
  return size;
}

type Undo = {
  durable: (start: number, end: number) => boolean;
  share: number;
  /** Sectors whose version is settled: an older change of them does not matter any more. */
  frozen: Set<number>;
  chance: Chance;
};

/** Puts the pre-image back, sector by sector, where the disk has not got this change. True when any was put back. */
function undoChange(fd: number, change: DataChange, journal: Journal, undo: Undo): boolean {
  const { frozen, share, chance } = undo;
  const before = journal.readPreImage(change);
  // Growth changes no byte, and a file is cut as a whole or not at all.
  if (change.kind === 'resize' && before.length === 0) return false;
  const unitSectors = change.kind === 'resize' ? Number.POSITIVE_INFINITY : chance.mode === 'torn' ? 1 : 8;
  let keepUnit = false;
  let lost = false;
  // Beyond the pre-image there was nothing; only the sectors up to the present end need a decision.
  const last = Math.min(change.end, Math.max(fstatSync(fd).size, change.start + before.length));
  for (let sector = Math.floor(change.start / SECTOR_BYTES); sector * SECTOR_BYTES < last; sector++) {
    const start = Math.max(sector * SECTOR_BYTES, change.start);
    const end = Math.min((sector + 1) * SECTOR_BYTES, change.end);
    if (sector % unitSectors === 0 || start === change.start) keepUnit = chance.random.chance(share);
    if (frozen.has(sector)) continue;
    if (keepUnit || undo.durable(start, end)) {
      frozen.add(sector);
      continue;
    }
    const bytes = new Uint8Array(end - start);
    bytes.set(before.subarray(start - change.start, end - change.start));
    if (!holds(fd, start, bytes)) writeSync(fd, bytes, 0, bytes.length, start);
    lost = true;
  }
  return lost;
}

/** Spares holes and untouched sectors a write. */
function holds(fd: number, offset: number, bytes: Uint8Array): boolean {
  const present = new Uint8Array(bytes.length);
  const got = readSync(fd, present, 0, present.length, offset);
  return got === bytes.length && Buffer.compare(present, bytes) === 0;
}

/* ---- names ---- */

function isNameDurable(change: NameChange, journal: Journal): boolean {
  // A rename between directories is one step of the journal of any file system: syncing the directory it went to settles it.
  const directory = change.kind === 'rename' ? change.toDirectory : change.directory;
  return change.at < Math.max(journal.directorySyncs.get(directory) ?? 0, journal.allSynced);
}

function cutNames(root: string, side: string, journal: Journal, chance: Chance): void {
  const pending = journal.names.filter((change) => !isNameDurable(change, journal));
  chance.report.unsyncedNames = pending.length;
  const share = keepShare(chance);
  const wholesale = chance.random.chance(0.5);
  /** Directory → place from which on its changes are lost: a directory keeps a prefix of its changes. */
  const lostFrom = new Map<bigint, number>();
  const lose = (directory: bigint, at: number): void => {
    lostFrom.set(directory, Math.min(lostFrom.get(directory) ?? Number.POSITIVE_INFINITY, at));
  };
  let kept = true;
  for (const change of pending) {
    kept = wholesale ? kept && chance.random.chance(share) : chance.random.chance(share);
    if (!kept) lose(change.directory, change.at);
    if (!kept && change.kind === 'rename') lose(change.toDirectory, change.at);
  }
  const isLost = (change: NameChange): boolean =>
    change.at >= (lostFrom.get(change.directory) ?? Number.POSITIVE_INFINITY) ||
    (change.kind === 'rename' && change.at >= (lostFrom.get(change.toDirectory) ?? Number.POSITIVE_INFINITY));
  // A rename ties two directories together: what it drags along may end another directory's prefix earlier.
  for (let settled = -1; settled !== pending.filter(isLost).length; ) {
    settled = pending.filter(isLost).length;
    for (const change of pending.filter(isLost)) {
      lose(change.directory, change.at);
      if (change.kind === 'rename') lose(change.toDirectory, change.at);
    }
  }
  const lost = pending.filter(isLost);
  chance.report.lostNames = lost.length;
  const names = new NameUndo(root, side);
  for (const change of lost.reverse()) names.undo(change);
}

/** Takes changes of names back, newest first. Directories are found by inode, since their own names may have changed. */
class NameUndo {
  private readonly root: string;
  private readonly side: string;
  /** Stands in for a directory that was removed and has been made again under another inode. */
  private readonly remade = new Map<bigint, string>();
  private paths: Map<bigint, string> | undefined;

  constructor(root: string, side: string) {
    this.root = root;
    this.side = side;
  }

  undo(change: NameChange): void {
    const directory = this.directoryPath(change.directory);
    if (directory === undefined) return;
    const path = join(directory, change.name);
    switch (change.kind) {
      case 'create':
      case 'mkdir':
        // What a lost directory holds is lost with it, durable or not.
        rmSync(path, { recursive: true, force: true });
        this.paths = undefined;
        return;
      case 'unlink':
        this.restore(change.inode, path);
        return;
      case 'rmdir':
        if (!exists(path)) mkdirSync(path);
        this.remade.set(change.inode, path);
        return;
      case 'rename':
        this.undoRename(change, path);
        return;
    }
  }

  private undoRename(change: NameChange & { kind: 'rename' }, from: string): void {
    const directory = this.directoryPath(change.toDirectory);
    if (directory === undefined) return;
    const to = join(directory, change.toName);
    // The record precedes the call: when the source is still there, the call never ran.
    if (exists(from) || !exists(to)) return;
    renameSync(to, from);
    if (change.replaced !== 0n) this.restore(change.replaced, to);
    this.paths = undefined;
  }

  private restore(inode: bigint, path: string): void {
    if (!exists(path)) linkSync(join(this.side, 'i', String(inode)), path);
  }

  private directoryPath(inode: bigint): string | undefined {
    this.paths ??= directoriesBelow(this.root);
    return this.paths.get(inode) ?? this.remade.get(inode);
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function directoriesBelow(root: string): Map<bigint, string> {
  const paths = new Map<bigint, string>();
  const visit = (path: string): void => {
    paths.set(lstatSync(path, { bigint: true }).ino, path);
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) visit(join(path, entry.name));
  };
  visit(root);
  return paths;
}
