/**
 * Damaged rows are told to the operator wherever they are read, by a route, a follower or upkeep: a line in the log, at most
 * one a second, and a count. The reader still gets the error: nothing is served in the row's place.
 */

import { CorruptRow, type Ledger, type LogStore } from '@fractal/ledger';
import type { DataDirectory } from '@fractal/store-embedded';
import { type Vault, VaultError } from '@fractal/vault';
import type { Logger } from '../edge/logger.ts';
import { type SecurityEvent, securityEvents } from '../edge/security-events.ts';

export interface DamageReports {
  /** The same directory, whose stores report. */
  watched(directory: DataDirectory): DataDirectory;
  /** The same ledger for those who answer from it: a receipt that can't be made from damaged tiles is reported too. */
  answering(ledger: Ledger): Pick<Ledger, 'origin' | 'append' | 'lookup' | 'readRow' | 'receiptOf'>;
  /** The same vault: what it finds damaged is reported too. */
  contents(vault: Vault): Vault;
  /** Where to count: stores are read before there are metrics; what was found until then is counted now. */
  countBy(count: (event: SecurityEvent) => void): void;
}

export function damageReports(logger: Logger, nowMs: () => number): DamageReports {
  let uncounted = 0;
  let count = (_: SecurityEvent): void => {
    uncounted += 1;
  };
  const events = securityEvents({ logger, count: (event) => count(event), nowMs });

  const toldOf =
    (log: string) =>
    <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        if (isDamage(error)) events.report('row_corrupt', { log, problem: error.message });
        throw error;
      });

  return {
    watched: (directory) => ({
      ...directory,
      openLog: async (name) => {
        const opened = await directory.openLog(name);
        return { ...opened, store: watchedStore(opened.store, toldOf(name)) };
      },
    }),
    answering: (ledger) => ({
      origin: ledger.origin,
      append: (entry) => ledger.append(entry),
      lookup: (key) => ledger.lookup(key),
      readRow: (table, key) => ledger.readRow(table, key),
      receiptOf: (entry) => toldOf(entry.origin)(ledger.receiptOf(entry)),
    }),
    contents: (vault) => ({
      ...vault,
      get: (address) => toldOf('vault')(vault.get(address)),
      putSealed: (input) => toldOf('vault')(vault.putSealed(input)),
    }),
    countBy(counted) {
      count = counted;
      for (; uncounted > 0; uncounted -= 1) counted('row_corrupt');
    },
  };
}

function isDamage(error: unknown): error is Error {
  return error instanceof CorruptRow || (error instanceof VaultError && error.code === 'vault_corrupt');
}

function watchedStore(store: LogStore, watch: <T>(work: Promise<T>) => Promise<T>): LogStore {
  return {
    readHead: () => watch(store.readHead()),
    readKey: (key) => watch(store.readKey(key)),
    readEntry: (index) => watch(store.readEntry(index)),
    readEntries: (from, to) => watch(store.readEntries(from, to)),
    readRow: (table, key) => watch(store.readRow(table, key)),
    listRows: (table, limit, after) => watch(store.listRows(table, limit, after)),
    commit: (batch) => watch(store.commit(batch)),
    sync: () => watch(store.sync()),
    close: () => store.close(),
  };
}
