/**
 * Ordered rows as they lie in one file of a simulated disk: what readers see, and which of the last transactions a crash
 * of the machine may still take back. Transactions are taken back from the last to the first, each whole.
 */
import type { KeyValueRow, RowRange } from '@fractal/store-embedded';
import type { Random } from '../kernel/random.ts';

/** One row before and after a transaction; undefined: none. */
export interface RowChange {
  readonly table: string;
  readonly key: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

class OrderedRows {
  readonly #values = new Map<string, Uint8Array>();
  /** Keys in order; rebuilt where one came in the middle or went. */
  #keys: string[] = [];
  #sorted = true;

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) {
      if (this.#values.delete(key)) this.#keys.splice(this.#at(key), 1);
      return;
    }
    if (!this.#values.has(key)) {
      if (this.#keys.length > 0 && key < this.#keys.at(-1)!) this.#sorted = false;
      this.#keys.push(key);
    }
    this.#values.set(key, value);
  }

  get keys(): readonly string[] {
    if (!this.#sorted) this.#keys.sort(compare);
    this.#sorted = true;
    return this.#keys;
  }

  get last(): string | undefined {
    return this.keys.at(-1);
  }

  /** Index of the first key that is not before `key`. */
  #at(key: string): number {
    const { keys } = this;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  *range(start: string | undefined, end: string | undefined, limit: number): Iterable<[string, Uint8Array]> {
    const { keys } = this;
    let left = limit;
    for (let i = start === undefined ? 0 : this.#at(start); i < keys.length && left > 0; i += 1, left -= 1) {
      const key = keys[i]!;
      if (end !== undefined && key >= end) return;
      yield [key, this.#values.get(key)!];
    }
  }
}

export class Rows {
  readonly #tables = new Map<string, OrderedRows>();
  /** Visible, not durable: the oldest first. */
  #undurable: (readonly RowChange[])[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isDurable(): boolean {
    return this.#undurable.length === 0;
  }

  get tables(): readonly string[] {
    return [...this.#tables.keys()];
  }

  get(table: string, key: Uint8Array): Uint8Array | undefined {
    return this.#tables.get(table)?.get(textOf(key))?.slice();
  }

  lastKey(table: string): string | undefined {
    return this.#tables.get(table)?.last;
  }

  *range(table: string, { start, end, limit }: RowRange): Iterable<KeyValueRow> {
    const rows = this.#tables.get(table);
    if (rows === undefined) return;
    const from = start === undefined ? undefined : textOf(start);
    const to = end === undefined ? undefined : textOf(end);
    for (const [key, value] of rows.range(from, to, limit ?? Number.POSITIVE_INFINITY)) {
      yield { key: Buffer.from(key, 'latin1'), value: value.slice() };
    }
  }

  /** Makes one change visible; gives back what it changes, so that it can be undone. */
  set(table: string, key: string, after: Uint8Array | undefined): RowChange {
    let rows = this.#tables.get(table);
    if (rows === undefined) {
      rows = new OrderedRows();
      this.#tables.set(table, rows);
    }
    const before = rows.get(key);
    rows.set(key, after);
    this.#bytes += (after?.length ?? 0) - (before?.length ?? 0) + ROW_BYTES;
    return { table, key, before, after };
  }

  undo(changes: readonly RowChange[]): void {
    for (const { table, key, before, after } of changes.toReversed()) {
      this.#tables.get(table)!.set(key, before);
      this.#bytes -= (after?.length ?? 0) - (before?.length ?? 0) + ROW_BYTES;
    }
  }

  /** A transaction becomes visible; a durable one makes all before it durable. */
  apply(changes: readonly RowChange[], durable: boolean): void {
    for (const { table, key, after } of changes) this.set(table, key, after);
    if (durable) this.#undurable = [];
    else this.#undurable.push(changes);
  }

  /** What the machine finds after it lost power. */
  crash(random: Random): void {
    const kept = random.below(this.#undurable.length + 1);
    for (const changes of this.#undurable.slice(kept).reverse()) this.undo(changes);
    this.#undurable = [];
  }

  /** These rows as a crash now would leave them at worst. */
  atWorst(): Rows {
    const rows = this.clone();
    rows.crash(NOTHING_KEPT);
    return rows;
  }

  clone(): Rows {
    const copy = new Rows();
    for (const [name, rows] of this.#tables)
      for (const [key, value] of rows.range(undefined, undefined, Infinity)) copy.set(name, key, value);
    copy.#undurable = [...this.#undurable];
    return copy;
  }

  /** Changes one bit of one value. Undefined where there is no row. */
  flipBit(random: Random, tables: readonly string[]): FlippedRow | undefined {
    const table = random.pick(tables.length > 0 ? tables : ['']);
    const rows = this.#tables.get(table);
    if (rows === undefined || rows.keys.length === 0) return undefined;
    const key = random.pick(rows.keys);
    const value = rows.get(key)!.slice();
    if (value.length === 0) return undefined;
    const bit = random.below(value.length * 8);
    value[bit >> 3] = value[bit >> 3]! ^ (1 << (bit & 7));
    rows.set(key, value);
    return { table, key, value };
  }
}

export interface FlippedRow {
  readonly table: string;
  readonly key: string;
  /** With the wrong bit. */
  readonly value: Uint8Array;
}

const ROW_BYTES = 16;
const NOTHING_KEPT = { below: () => 0 } as unknown as Random;

/** One character a byte: such texts sort as the bytes do. */
export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
