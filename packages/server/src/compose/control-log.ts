/**
 * The control log (one a region), backed by a ledger of its own: port ControlLog of @fractal/control. Its generations are
 * one sequence: those of closed ones first, in order, then those of the one that is written.
 */

import type { ControlLog } from '@fractal/control';
import type { ClosedLog, Ledger, StoredEntry } from '@fractal/ledger';

/** Its entries belong to no tenant; their tags come from one key of the region. */
const REGION = 'region';

type ControlLedger = Pick<Ledger, 'append' | 'entries' | 'origin' | 'past' | 'size'>;
type Part = Pick<ClosedLog, 'entries' | 'origin' | 'size'>;

export function controlLog(ledger: ControlLedger): ControlLog {
  const past = [...ledger.past].reverse();
  const pastSize = past.reduce((sum, log) => sum + log.size, 0);
  const parts: readonly Part[] = [...past, ledger];

  /** Entries before those of this origin. */
  function startOf(origin: string): number {
    let start = 0;
    for (const part of parts) {
      if (part.origin === origin) return start;
      start += part.size;
    }
    throw new Error(`${origin} is no generation of the control log`);
  }

  return {
    async append({ key, digest, body }) {
      const { status, entry } = await ledger.append({ tenant: REGION, key, digest, body });
      return { status, index: startOf(entry.origin) + entry.index };
    },
    async entries(from, to) {
      const found: StoredEntry[] = [];
      let start = 0;
      for (const part of parts) {
        const [first, end] = [Math.max(from - start, 0), Math.min(to - start, part.size)];
        const entries = first < end ? await part.entries(first, end) : [];
        for (const entry of entries) found.push({ ...entry, index: start + entry.index });
        if (first < end && entries.length < end - first) return found; // a hole: what comes after it is not next
        start += part.size;
      }
      return found;
    },
    size: () => pastSize + ledger.size,
  };
}
