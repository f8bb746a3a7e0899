/** A ledger in memory with the ledger's promises: unique by key, one commit at a time, in steps that a scheduler may order. */

import type { Appended, Ledger, LoggedEntry, NewEntry } from '@fractal/ledger';
import { equalBytes, toHex } from '@fractal/tlog';

export type LedgerPart = Pick<Ledger, 'append' | 'lookup' | 'origin' | 'readRow' | 'receiptOf'>;

export interface MemoryLedger extends LedgerPart {
  readonly entries: LoggedEntry[];
  readonly rows: Map<string, Uint8Array>;
}

/** `step` stands between each request and its effect. */
export function memoryLedger(step: () => Promise<void>): MemoryLedger {
  const entries: LoggedEntry[] = [];
  const rows = new Map<string, Uint8Array>();
  const find = (key: Uint8Array) => entries.find((entry) => equalBytes(entry.key, key));
  const receiptOf = async (entry: LoggedEntry) => `receipt ${entry.index}`;
  const answer = (entry: LoggedEntry, status: Appended['status']): Appended => ({
    status,
    entry,
    size: entries.length,
    receipt: () => receiptOf(entry),
  });
  return {
    origin: 'memory',
    entries,
    rows,
    receiptOf,
    async append({ key, digest, body, rows: given = [] }: NewEntry) {
      await step();
      const held = find(key);
      if (held !== undefined) return answer(held, equalBytes(held.digest, digest) ? 'replayed' : 'conflict');
      const entry = {
        origin: 'memory',
        index: entries.length,
        tag: new Uint8Array(16),
        salt: new Uint8Array(16),
        key,
        digest,
        body,
      };
      entries.push(entry);
      for (const row of given) rows.set(`${row.table} ${toHex(row.key)}`, row.value);
      await step();
      return answer(entry, 'committed');
    },
    async lookup(key) {
      await step();
      return find(key);
    },
    async readRow(table, key) {
      await step();
      return rows.get(`${table} ${toHex(key)}`);
    },
  };
}
