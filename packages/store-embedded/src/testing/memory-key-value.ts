/** The port KeyValue in memory, its rows open to whoever wants to damage them: for tests. Never imported by what ships. */
import type { KeyValue, RowRange, Table } from '../disk/key-value.ts';

export interface RawRow {
  readonly table: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export class MemoryKeyValue implements KeyValue {
  readonly #tables = new Map<string, Map<string, Uint8Array>>();

  table(name: string): Table {
    const rows = this.#tables.get(name) ?? new Map<string, Uint8Array>();
    this.#tables.set(name, rows);
    const sorted = (): string[] => [...rows.keys()].sort((a, b) => (a < b ? -1 : 1));
    const put = (key: Uint8Array, value: Uint8Array): void => void rows.set(nameOf(key), value.slice());
    return {
      get: (key) => rows.get(nameOf(key))?.slice(),
      range: ({ start, end, limit }: RowRange) =>
        sorted()
          .filter((key) => (start === undefined || key >= nameOf(start)) && (end === undefined || key < nameOf(end)))
          .slice(0, limit)
          .map((key) => ({ key: bytesOf(key), value: rows.get(key)!.slice() })),
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
      remove: (key) => void rows.delete(nameOf(key)),
    };
  }

  /** Where `work` throws, all tables are as they were. */
  async transaction<T>(work: () => T): Promise<T> {
    const before = new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)]));
    try {
      return work();
    } catch (error) {
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
    rows.delete(nameOf(key));
    if (to !== undefined) rows.set(nameOf(to.key), to.value);
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(name, 'latin1'));
}
