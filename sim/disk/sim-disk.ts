/**
 * One simulated disk and its bindings: each process gets the ports `FileSystem` and `KeyValue` of store-embedded over it.
 * Every call is an event: it takes time, then has its effect (or fails, or both), then is answered.
 */
import { join } from 'node:path';
import type { Disk, FileState, FileSystem, OpenFile } from '@fractal/store-embedded';
import type { Process } from '../kernel/process.ts';
import type { Random } from '../kernel/random.ts';
import { type DiskFaults, noFaults } from './faults.ts';
import { type FileNode, Files } from './files.ts';
import type { Rows } from './rows.ts';
import { RowsLock } from './rows-lock.ts';
import { SimKeyValue } from './sim-key-value.ts';

/** What a world may watch. Each is called at the instant of the effect. */
export interface DiskWatch {
  onRename?(process: Process, to: string): void;
  onRemove?(process: Process, path: string): void;
  /** A transaction became visible. */
  onCommit?(process: Process, tables: ReadonlySet<string>, durable: boolean): void;
}

/** Breaks the rules of a disk on purpose: the simulation must find out. */
export interface DiskSabotage {
  /** Transactions are answered before they are durable. */
  readonly answersBeforeDurable?: boolean;
  /** Syncs of folders say that they are done, and are not. */
  readonly skipsFolderSync?: (folder: string) => boolean;
  /** Syncs of files do nothing. */
  readonly skipsFileSync?: boolean;
  /** Whoever asks whose session it is hears that it is its own. */
  readonly everybodyOwns?: 'always' | 'outside transactions';
}

export class SimDisk {
  readonly files = new Files();
  faults: DiskFaults = noFaults();
  watch: DiskWatch = {};
  sabotage: DiskSabotage = {};
  /** Processes that have to open their rows again. */
  readonly lost = new Set<Process>();
  readonly #random: Random;
  #locks = new Map<Rows, RowsLock>();

  /** What its calls are called in the trace: `file`, or `guard` for the disk of a guard. */
  readonly kind: 'file' | 'guard';

  constructor(random: Random, kind: SimDisk['kind'] = 'file') {
    this.#random = random;
    this.kind = kind;
  }

  /** The ports of one process. */
  bind(process: Process): Disk {
    return {
      fileSystem: fileSystem(this, process),
      openKeyValue: ({ folder, readOnly }) => {
        const path = join(folder, 'data.mdb');
        const file = this.files.file(path) ?? (readOnly ? undefined : this.files.createRows(path));
        if (file?.rows === undefined) throw Files.error('ENOENT', path);
        const kind = folder.endsWith('/followers') ? 'follower' : 'rows';
        return new SimKeyValue({ disk: this, process, kind, rows: file.rows, lock: this.lockOf(file.rows) });
      },
    };
  }

  lockOf(rows: Rows): RowsLock {
    let lock = this.#locks.get(rows);
    if (lock === undefined) {
      lock = new RowsLock();
      this.#locks.set(rows, lock);
    }
    return lock;
  }

  get isFull(): boolean {
    return this.faults.capacityBytes !== undefined && this.files.bytes > this.faults.capacityBytes;
  }

  /** Power goes; processes on the machine must be killed before. */
  crash(): void {
    for (const lock of this.#locks.values()) if (this.#random.chance(0.5)) lock.settle();
    this.#locks = new Map();
    this.files.crash(this.#random);
  }

  /** Puts a copy where a folder was; processes that had it open must be killed before. */
  putBack(path: string, copy: ReturnType<Files['copyFolder']>): void {
    this.#locks = new Map();
    this.files.replaceFolder(path, copy);
  }

  /** One wrong bit in a file that lies on the disk; its bytes with that bit, undefined where there are none. */
  flipFileBit(path: string): Uint8Array | undefined {
    const file = this.files.file(path);
    if (file === undefined || file.bytes.length === 0) return undefined;
    const bit = this.#random.below(file.bytes.length * 8);
    const flipped = file.bytes.slice();
    flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
    file.bytes = flipped;
    if (!file.dirty) file.durable = flipped;
    return flipped;
  }
}

/** Microseconds of a call, most short, some long. */
export function delayUs(random: Random, typical: number): number {
  return random.chance(0.05) ? random.below(typical * 40) : random.below(typical * 2);
}

function fileSystem(disk: SimDisk, process: Process): FileSystem {
  const { files } = disk;
  const { random } = process;

  /** A call that changes something; the label says what, the effect happens also in some calls that fail. */
  const change = <T>(label: string, effect: () => T, typicalUs: number, options: ChangeOptions = {}): Promise<T> =>
    process.call({
      kind: disk.kind,
      label,
      delayUs: delayUs(random, typicalUs),
      effect: () => {
        const { writesFail, filesFail, writeError, failedButDone } = disk.faults;
        if (filesFail) throw Files.error('EIO', label);
        if (writesFail !== undefined) throw Files.error(writesFail, label);
        if (options.takesSpace === true && disk.isFull) {
          options.partly?.();
          throw Files.error('ENOSPC', label);
        }
        if (!random.chance(writeError)) return effect();
        if (random.chance(failedButDone)) effect();
        else options.failed?.();
        throw Files.error('EIO', label);
      },
      ...(options.partly === undefined ? {} : { partly: options.partly }),
    });

  const look = <T>(label: string, effect: () => T): Promise<T> =>
    process.call({
      kind: disk.kind,
      label,
      delayUs: delayUs(random, 30),
      effect: () => {
        if (random.chance(disk.faults.readError)) throw Files.error('EIO', label);
        return effect();
      },
    });

  const open = (file: FileNode, path: string): OpenFile => {
    let offset = 0;
    const sync = (): Promise<void> => {
      const effect = () => (disk.sabotage.skipsFileSync === true ? undefined : files.sync(file));
      return change(`sync ${path}`, effect, 300, { failed: () => files.loseSync(file, random) });
    };
    return {
      write: (bytes) => {
        const given = bytes.slice();
        const at = offset;
        offset += given.length;
        const put = (length: number) => files.overwrite(file, at, given.subarray(0, length));
        const partly = (): void => put(random.below(given.length + 1));
        return change(`write ${given.length} ${path}`, () => put(given.length), 50, {
          takesSpace: true,
          partly,
          failed: partly,
        });
      },
      sync,
      datasync: sync,
      stat: () => look(`fstat ${path}`, () => stateOf(file)),
      close: () => look(`close ${path}`, () => undefined).catch(() => undefined),
    };
  };

  return {
    read: (path) => look(`read ${path}`, () => files.read(path)),
    create: async (path, { mode, exclusive = false }) =>
      open(
        await change(`create ${path}`, () => files.create(path, { mode, exclusive }), 40, { takesSpace: true }),
        path,
      ),
    openExisting: async (path) => {
      const file = await look(`open ${path}`, () => files.file(path));
      return file === undefined ? undefined : open(file, path);
    },
    stat: (path) =>
      look(`stat ${path}`, () => {
        const file = files.file(path);
        if (file !== undefined) return stateOf(file);
        return files.isFolder(path) ? { sizeBytes: 0, links: 2, mode: 0o755, version: '' } : undefined;
      }),
    rename: (from, to) =>
      change(
        `rename ${to}`,
        () => {
          files.rename(from, to);
          disk.watch.onRename?.(process, to);
        },
        40,
      ),
    unlink: (path) => change(`unlink ${path}`, () => files.unlink(path), 40),
    removeTree: (path) =>
      change(
        `remove ${path}`,
        () => {
          files.removeTree(path);
          disk.watch.onRemove?.(process, path);
        },
        60,
      ),
    makeFolders: (path) => change(`mkdir ${path}`, () => files.makeFolders(path), 50, { takesSpace: true }),
    list: (path) => look(`list ${path}`, () => files.list(path)),
    syncFolder: (path) =>
      change(
        `sync folder ${path}`,
        () => (disk.sabotage.skipsFolderSync?.(path) === true ? undefined : files.syncFolder(path)),
        200,
      ),
  };
}

interface ChangeOptions {
  readonly takesSpace?: boolean;
  /** What a kill in the middle may leave. */
  readonly partly?: () => void;
  /** What a call that failed leaves. */
  readonly failed?: () => void;
}

function stateOf(file: FileNode): FileState {
  return { sizeBytes: file.bytes.length, links: file.links, mode: file.mode, version: String(file.version) };
}
