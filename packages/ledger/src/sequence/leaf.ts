/** The leaf of an entry, from its row. */
import { leafEntry } from '@fractal/tlog';
import type { StoredEntry } from '../ports/log-store.ts';

/** The 49 public bytes of an entry (DESIGN section 4). */
export function leafOf({ tag, salt, body }: StoredEntry): Uint8Array {
  return leafEntry({ tag, salt, body });
}
