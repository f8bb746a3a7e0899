/**
 * Rows that follow from entries: the key rows and the derived rows of all of them, made again where they are damaged, gone or
 * say something else. Entries themselves were put back before; those that could not be are `unknown` here.
 *
 * An unknown entry has a key, and may have had the last word on a derived row. So where its key is in no whole key row, no
 * damaged key row is replaced: "damaged" refuses a record, "not there" would log it twice (I3). And no derived row is put
 * while an entry is unknown: an older decision must not come back in force.
 */
import { equalBytes, toHex } from '@fractal/tlog';
import { SIGNED_TABLE } from '../open/compare-guard.ts';
import type { DerivedRow, LogStore, StoredEntry } from '../ports/log-store.ts';
import type { KeyPair, KeyScan, RepairableRows } from '../ports/repairable-rows.ts';
import { readOf } from '../scrub/scrub-rows.ts';
import { type Findings, FROM_COPY, FROM_COPY_OR_RECEIPT } from './report.ts';

/** The rows that an entry determines, or why none can be told from it. */
export type DeriveRows = (
  entry: StoredEntry,
) => { readonly ok: true; readonly rows: readonly DerivedRow[] } | { readonly ok: false; readonly problem: string };

export interface RowRepairOptions {
  readonly store: LogStore;
  readonly rows: RepairableRows;
  readonly derive: DeriveRows;
  readonly dryRun: boolean;
  readonly found: Findings;
}

export class RowRepair {
  readonly #options: RowRepairOptions;
  readonly #scan: KeyScan;
  readonly #lost: KeyPair[] = [];
  readonly #missing: KeyPair[] = [];
  readonly #unknown: number[] = [];
  /** Rows whose last word so far is not what is stored, by table and key. */
  readonly #pending = new Map<string, DerivedRow>();

  constructor(options: RowRepairOptions, scan: KeyScan) {
    this.#options = options;
    this.#scan = scan;
  }

  /** The next entry in order; undefined for one that could not be had. */
  async add(index: number, entry: StoredEntry | undefined): Promise<void> {
    if (entry === undefined) {
      this.#unknown.push(index);
      return;
    }
    await this.#addKey(entry);
    await this.#addDerived(entry);
  }

  async finish(): Promise<void> {
    await this.#finishKeys();
    await this.#finishDerived();
  }

  async #addKey({ key, index }: StoredEntry): Promise<void> {
    const { store, found } = this.#options;
    if (this.#scan.isLost(key)) {
      this.#lost.push({ key, index });
      return;
    }
    const row = await readOf(() => store.readKey(key));
    if (!row.ok) return; // on the path to it lies a damaged inner node, which is mended
    if (row.value === undefined) this.#missing.push({ key, index });
    else if (row.value.index !== index) {
      const problem = `its key row points at entry ${row.value.index}, which is another entry with its key`;
      found.leave(`rows/keys of entry ${index}`, problem, 'keep the directory and ask: a record was logged twice');
    }
  }

  async #addDerived(entry: StoredEntry): Promise<void> {
    const { store, derive, found } = this.#options;
    const derived = derive(entry);
    if (!derived.ok) {
      const help = 'a release that knows this kind of entry';
      found.leave(`rows/entries/${entry.index}`, `no derived rows can be told: ${derived.problem}`, help);
      return;
    }
    for (const row of derived.rows) {
      const name = `rows/${row.table}/${toHex(row.key)}`;
      const stored = await readOf(() => store.readRow(row.table, row.key));
      const isSame = stored.ok && stored.value !== undefined && equalBytes(stored.value, row.value);
      if (isSame) this.#pending.delete(name);
      else this.#pending.set(name, row);
    }
  }

  async #finishKeys(): Promise<void> {
    const { rows, dryRun, found } = this.#options;
    const keyless = this.#unknown.filter((index) => !this.#scan.hasKeyOf(index));
    const damaged = this.#scan.damaged;
    if (keyless.length > 0) {
      const problem = `the key of entry ${keyless.join(', ')} is in no whole row: its record could not be told from a new one`;
      for (const what of damaged.length > 0 ? damaged : keyless.map((index) => `rows/keys of entry ${index}`)) {
        found.leave(what, problem, FROM_COPY_OR_RECEIPT);
      }
      return;
    }
    if (damaged.length === 0 && this.#missing.length === 0) return;
    for (const what of damaged) found.add(what, 'the keys of the entries');
    for (const { index } of this.#missing) found.add(`rows/keys of entry ${index}`, 'the key of the entry');
    if (!dryRun) await rows.mendKeys(this.#lost, this.#missing);
  }

  async #finishDerived(): Promise<void> {
    const { rows, dryRun, found } = this.#options;
    const kept = `rows/${SIGNED_TABLE}/`; // not of any entry, and mended with the checkpoint
    const damaged = (await rows.damagedRows()).filter(({ name }) => !name.startsWith(kept));
    const rowKeys = await rows.scanRowKeys();
    if (this.#unknown.length > 0) {
      const problem = `entry ${this.#unknown.join(', ')} is not there: it may have had the last word on it`;
      const named = new Set([...damaged.map(({ name }) => name), ...this.#pending.keys(), ...rowKeys.damaged]);
      for (const what of named) found.leave(what, problem, FROM_COPY_OR_RECEIPT);
      return;
    }
    for (const [what, row] of this.#pending) {
      found.add(what, 'the entries');
      if (!dryRun) await rows.putRow(row);
    }
    // What no entry tells is a row that no entry made, or one whose own key was damaged: its right place is filled by now.
    for (const row of damaged) {
      if (this.#pending.has(row.name)) continue;
      found.add(row.name, 'nothing (no entry tells it): it is taken away');
      if (!dryRun) await rows.removeRow(row);
    }
    for (const what of rowKeys.damaged) found.add(what, 'the derived rows');
    if (dryRun) return;
    if (rowKeys.damaged.length > 0 || this.#pending.size > 0) await rows.mendRowKeys();
    const { goneRows } = await rows.scanRowKeys();
    if (goneRows > 0)
      found.leave('rows/row-keys', `${goneRows} derived rows are gone, and no entry tells them`, FROM_COPY);
  }
}
