/** The port KeyValue in memory, its rows open to whoever wants to damage them: for tests. Never imported by what ships. */
import type { KeyValue, RowRange, Table } from '../disk/key-value.ts';

export interface RawRow {
  readonly table: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export class MemoryKeyValue implements KeyValue {
  readonly #tables = new Map<string, Map<string, Uint8Array>>();
  /** Keys of a table in order, until one comes or goes. */
  readonly #sorted = new Map<string, readonly string[]>();

  table(name: string): Table {
    const rows = this.#tables.get(name) ?? new Map<string, Uint8Array>();
    this.#tables.set(name, rows);
    const sorted = (): readonly string[] => {
      const known = this.#sorted.get(name);
      if (known !== undefined) return known;
      const keys = [...rows.keys()].sort((a, b) => (a < b ? -1 : 1));
      this.#sorted.set(name, keys);
      return keys;
    };
    const changed = (): void => void this.#sorted.delete(name);
    const put = (key: Uint8Array, value: Uint8Array): void => {
      if (!rows.has(nameOf(key))) changed();
      rows.set(nameOf(key), new Uint8Array(value));
    };
    return {
      get(key) {
        const value = rows.get(nameOf(key));
        return value === undefined ? undefined : new Uint8Array(value);
      },
      *range({ start, end, limit = Number.POSITIVE_INFINITY }: RowRange) {
        const keys = sorted();
        const last = end === undefined ? undefined : nameOf(end);
        let at = start === undefined ? 0 : firstFrom(keys, nameOf(start));
        for (let count = 0; at < keys.length && count < limit; count += 1, at += 1) {
          const key = keys[at]!;
          if (last !== undefined && key >= last) return;
          yield { key: bytesOf(key), value: new Uint8Array(rows.get(key)!) };
        }
      },
      put,
      putNew(key, value) {
        if (rows.has(nameOf(key))) return false;
        put(key, value);
        return true;
      },
      putLast(key, value) {
        const last = sorted().at(-1);
        if (last !== undefined && last >= nameOf(key)) return false;
        put(key, value);
        return true;
      },
      remove(key) {
        changed();
        rows.delete(nameOf(key));
      },
    };
  }

  /** Where `work` throws, all tables are as they were. */
  async transaction<T>(work: () => T): Promise<T> {
    const before = new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)]));
    try {
      return work();
    } catch (error) {
      this.#sorted.clear();
      for (const [name, rows] of this.#tables) {
        rows.clear();
        for (const [key, value] of before.get(name) ?? []) rows.set(key, value);
      }
      throw error;
    }
  }

  async close(): Promise<void> {}

  /** All rows as they lie there. */
  rows(): RawRow[] {
    return [...this.#tables].flatMap(([table, rows]) =>
      [...rows].map(([key, value]) => ({ table, key: bytesOf(key), value })),
    );
  }

  /** Puts other bytes in the place of a row, or takes it away. */
  damage({ table, key }: Pick<RawRow, 'table' | 'key'>, to?: { key: Uint8Array; value: Uint8Array }): void {
    const rows = this.#tables.get(table)!;
    this.#sorted.delete(table);
    rows.delete(nameOf(key));
    if (to !== undefined) rows.set(nameOf(to.key), to.value);
  }
}

/** Where the first key lies that is not before `name`. */
function firstFrom(keys: readonly string[], name: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(name, 'latin1'));
}
