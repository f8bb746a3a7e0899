/**
 * Derived rows whose group is being committed, recorded or signed: visible in the store, but not yet to be answered from
 * (I2, I5). Whoever reads such a row waits for its group, or hears why it can't be signed.
 */
import { toHex } from '@fractal/tlog';
import type { Row } from '../ports/log-store.ts';

/** What becomes of the rows of one group. */
export interface RowsOfGroup {
  /** They may be answered from; also called where they were not kept. */
  settled(): void;
  /** Who waits, and who comes until `settled`, gets this error. */
  refused(error: unknown): void;
}

export class RowsInFlight {
  readonly #groups = new Map<string, Promise<void>>();

  add(rows: readonly Row[]): RowsOfGroup {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // nobody may be waiting
    for (const row of rows) this.#groups.set(idOf(row.table, row.key), promise);
    return {
      settled: () => {
        for (const row of rows) {
          const id = idOf(row.table, row.key);
          if (this.#groups.get(id) === promise) this.#groups.delete(id); // a later group may have written it again
        }
        resolve();
      },
      refused: reject,
    };
  }

  /** Resolves when the row may be read. */
  async readable(table: string, key: Uint8Array): Promise<void> {
    if (this.#groups.size > 0) await this.#groups.get(idOf(table, key));
  }
}

function idOf(table: string, key: Uint8Array): string {
  return `${table}/${toHex(key)}`;
}
