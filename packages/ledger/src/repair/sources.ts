/**
 * Where an entry may come from whose row is damaged: another copy of the data, a backup, a receipt that somebody holds.
 * Nothing of a source is believed: what it brings must hash to the leaf that the log committed to.
 */
import type { StoredEntry } from '../ports/log-store.ts';

export interface EntrySource {
  /** As a report names it: `copy /backup/data`, `receipt 17.tlog-proof`. */
  readonly name: string;
  /** The entry at an index as the source has it; undefined where it has none. */
  entry(index: number): Promise<StoredEntry | undefined>;
}

export interface Brought {
  readonly entry: StoredEntry;
  readonly from: string;
}

/** What the sources bring for an index, each in turn. */
export async function broughtFor(sources: readonly EntrySource[], index: number): Promise<readonly Brought[]> {
  const brought: Brought[] = [];
  for (const source of sources) {
    const entry = await source.entry(index);
    if (entry !== undefined) brought.push({ entry, from: source.name });
  }
  return brought;
}
