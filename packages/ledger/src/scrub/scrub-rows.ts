/** The rows of one bundle: read one by one where a range can't be read, each damaged or missing one named. */
import { toHex } from '@fractal/tlog';
import { CorruptRow, type LogStore, type StoredEntry } from '../ports/log-store.ts';
import type { DeriveRows } from '../repair/repair-rows.ts';
import type { Damages } from './damage.ts';

export type ScrubbedStore = Pick<LogStore, 'readHead' | 'readKey' | 'readEntry' | 'readEntries' | 'readRow'>;

/** The rows `from` up to but not including `to`; undefined in the place of one that can't be had. */
export async function scrubRows(
  store: ScrubbedStore,
  from: number,
  to: number,
  found: Damages,
): Promise<readonly (StoredEntry | undefined)[]> {
  const rows = await readRows(store, from, to, found);
  for (const row of rows) if (row !== undefined) await scrubKey(store, row, found);
  return rows;
}

async function readRows(store: ScrubbedStore, from: number, to: number, found: Damages) {
  const whole = await readOf(() => store.readEntries(from, to));
  if (whole.ok && whole.value.length === to - from) return whole.value;
  const rows: (StoredEntry | undefined)[] = [];
  for (let index = from; index < to; index += 1) {
    const row = await readOf(() => store.readEntry(index));
    const what = `rows/entries/${index}`;
    if (!row.ok) found.add(what, row.problem, false);
    else if (row.value === undefined) found.add(what, 'it is missing', false);
    rows.push(row.ok ? row.value : undefined);
  }
  return rows;
}

/** A key row that is gone or points elsewhere would let its record be logged twice (I3). */
async function scrubKey(store: ScrubbedStore, entry: StoredEntry, found: Damages): Promise<void> {
  const what = `rows/keys of entry ${entry.index}`;
  const row = await readOf(() => store.readKey(entry.key));
  if (!row.ok) found.add(what, row.problem, true);
  else if (row.value === undefined) found.add(what, 'the entry has no key row: it could be logged twice', true);
  else if (row.value.index !== entry.index) found.add(what, `its key row points at entry ${row.value.index}`, true);
}

/** A derived row that is gone takes a word back that was in force; what it says now may be a later entry's. */
export async function scrubDerived(
  store: ScrubbedStore,
  entries: readonly (StoredEntry | undefined)[],
  derive: DeriveRows,
  found: Damages,
): Promise<void> {
  for (const entry of entries) {
    const derived = entry === undefined ? undefined : derive(entry);
    if (derived?.ok === false)
      found.add(`rows/entries/${entry!.index}`, `no derived rows can be told: ${derived.problem}`, false);
    for (const { table, key } of derived?.ok === true ? derived.rows : []) {
      const row = await readOf(() => store.readRow(table, key));
      const what = `rows/${table}/${toHex(key)}`;
      if (!row.ok) found.add(what, row.problem, true);
      else if (row.value === undefined) found.add(what, `it is missing, though entry ${entry!.index} tells it`, true);
    }
  }
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** A row that is damaged is a finding; any other error is not about it and is thrown on. */
export async function readOf<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    if (error instanceof CorruptRow) return { ok: false, problem: error.message };
    throw error;
  }
}
