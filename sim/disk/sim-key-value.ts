/**
 * The port KeyValue of one process over rows of a simulated disk. A transaction takes the lock, runs its work, and becomes
 * durable and visible some time later, or fails in one of the ways of `faults.ts`; then it is answered.
 */
import type { KeyValue, KeyValueRow, RowRange, Table } from '@fractal/store-embedded';
import type { Process } from '../kernel/process.ts';
import { commitEnd } from './faults.ts';
import { Files } from './files.ts';
import { type RowChange, type Rows, textOf } from './rows.ts';
import type { RowsLock } from './rows-lock.ts';
import { delayUs, type SimDisk } from './sim-disk.ts';

export interface SimKeyValueOptions {
  readonly disk: SimDisk;
  readonly process: Process;
  /** What its calls are called in the trace. */
  readonly kind: 'rows' | 'follower';
  readonly rows: Rows;
  readonly lock: RowsLock;
}

export class SimKeyValue implements KeyValue {
  readonly #disk: SimDisk;
  readonly #process: Process;
  readonly #kind: SimKeyValueOptions['kind'];
  readonly #rows: Rows;
  readonly #lock: RowsLock;
  /** Changes of the transaction whose work runs now. */
  #writes: RowChange[] | undefined;
  /** A commit ended unknown: this process reads and writes no more. */
  #panicked = false;
  #underWay = 0;
  #closed: (() => void) | undefined;

  constructor({ disk, process, kind, rows, lock }: SimKeyValueOptions) {
    this.#disk = disk;
    this.#process = process;
    this.#kind = kind;
    this.#rows = rows;
    this.#lock = lock;
    lock.settle();
  }

  table(name: string): Table {
    const rows = this.#rows;
    if (name === 'session' && this.#disk.sabotage.everybodyOwns !== undefined) return this.#ownSession();
    const write = (key: string, value: Uint8Array | undefined): void => {
      if (this.#writes === undefined) throw new Error(`a write to ${name} outside a transaction`);
      this.#writes.push(rows.set(name, key, value?.slice()));
    };
    return {
      get: (key) => {
        this.#mustBeWhole();
        return rows.get(name, key);
      },
      range: (bounds: RowRange): Iterable<KeyValueRow> => {
        this.#mustBeWhole();
        return rows.range(name, bounds);
      },
      put: (key, value) => write(textOf(key), value),
      putNew: (key, value) => {
        if (rows.get(name, key) !== undefined) return false;
        write(textOf(key), value);
        return true;
      },
      putLast: (key, value) => {
        const last = rows.lastKey(name);
        if (last !== undefined && last >= textOf(key)) return false;
        write(textOf(key), value);
        return true;
      },
      remove: (key) => write(textOf(key), undefined),
    };
  }

  /** Sabotage: what this process put there is all it ever sees. */
  #ownSession(): Table {
    const own = new Map<string, Uint8Array>();
    return {
      get: (key) => {
        const asks = this.#writes !== undefined && this.#disk.sabotage.everybodyOwns === 'outside transactions';
        return asks ? this.#rows.get('session', key) : own.get(textOf(key));
      },
      range: () => [],
      put: (key, value) => {
        own.set(textOf(key), value);
        this.#writes?.push(this.#rows.set('session', textOf(key), value));
      },
      putNew: () => false,
      putLast: () => false,
      remove: () => undefined,
    };
  }

  async transaction<T>(work: () => T): Promise<T> {
    this.#underWay += 1;
    try {
      return await this.#transaction(work);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#closed?.();
    }
  }

  async close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
  }

  async #transaction<T>(work: () => T): Promise<T> {
    await this.#locked();
    if (!this.#process.alive) {
      this.#lock.release();
      return new Promise(() => undefined);
    }
    // From here on a kill lets go of the lock; what was not durable then is decided by the call under way.
    let holding = true;
    const release = (): void => {
      if (holding) this.#lock.release();
      holding = false;
    };
    this.#process.onEnd(release);
    try {
      return await this.#commit(work);
    } finally {
      release();
    }
  }

  /** Resolves once the lock is ours. A process that dies in the queue lets the next one go ahead. */
  #locked(): Promise<void> {
    return new Promise((resolve) => {
      this.#lock.take(() => {
        if (!this.#process.alive) return this.#lock.release();
        resolve();
      });
    });
  }

  async #commit<T>(work: () => T): Promise<T> {
    const { random } = this.#process;
    this.#mustBeWhole();
    await this.#process.call({
      kind: this.#kind,
      label: 'begin',
      delayUs: delayUs(random, 30),
      effect: () => undefined,
    });
    this.#lock.settle();
    const { result, changes } = this.#run(work);
    const early = this.#disk.sabotage.answersBeforeDurable === true;
    if (early) {
      this.#rows.apply(changes, false);
      this.#told(changes, false);
      const effect = (): void => {
        if (this.#process.alive) this.#rows.apply([], true);
      };
      this.#process
        .call({ kind: this.#kind, label: 'sync', delayUs: delayUs(random, 500), effect })
        .catch(() => undefined);
      return result;
    }
    await this.#process.call({
      kind: this.#kind,
      label: `commit ${changes.length}`,
      delayUs: delayUs(random, 500),
      effect: () => this.#end(changes),
    });
    return result;
  }

  /** Runs the work on the rows as they are and takes its changes back: nobody sees them before they are durable. */
  #run<T>(work: () => T): { readonly result: T; readonly changes: readonly RowChange[] } {
    const changes: RowChange[] = [];
    this.#writes = changes;
    try {
      return { result: work(), changes };
    } finally {
      this.#writes = undefined;
      this.#rows.undo(changes);
    }
  }

  #end(changes: readonly RowChange[]): void {
    const { random } = this.#process;
    const { end, code } = commitEnd(this.#disk.faults, random, this.#disk.isFull);
    const apply = (durable: boolean): void => {
      this.#rows.apply(changes, durable);
      this.#told(changes, durable);
    };
    if (end === 'ok') {
      apply(true);
      return;
    }
    if (end === 'visible') apply(false);
    if (end === 'unknown') {
      this.#panicked = true;
      this.#disk.lost.add(this.#process);
      if (random.chance(0.5)) this.#lock.limbo = () => apply(true);
    }
    throw Files.error(code, `rows (${end})`);
  }

  #mustBeWhole(): void {
    if (this.#panicked) throw Files.error('EIO', 'rows: they have to be opened again');
  }

  #told(changes: readonly RowChange[], durable: boolean): void {
    this.#disk.watch.onCommit?.(this.#process, new Set(changes.map(({ table }) => table)), durable);
  }
}
