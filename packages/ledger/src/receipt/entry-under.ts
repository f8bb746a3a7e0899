/** The entry under a key, and that it is the one the key row speaks of. */
import { equalBytes } from '@fractal/tlog';
import { CorruptRow, type LogStore, type StoredEntry } from '../ports/log-store.ts';

/** Undefined where no entry has the key. @throws CorruptRow where key row and entry row do not belong together */
export async function entryUnder(
  store: Pick<LogStore, 'readKey' | 'readEntry'>,
  key: Uint8Array,
): Promise<StoredEntry | undefined> {
  const row = await store.readKey(key);
  if (row === undefined) return undefined;
  const entry = await store.readEntry(row.index);
  if (entry === undefined) throw new CorruptRow(`rows/entries/${row.index} is missing: a key row points at it`);
  if (!equalBytes(entry.key, key)) throw new CorruptRow(`rows/entries/${row.index} has another key than its key row`);
  return entry;
}
