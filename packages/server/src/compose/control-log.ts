/** The control log (one a region), backed by a ledger of its own: port ControlLog of @fractal/control. */

import type { ControlLog } from '@fractal/control';
import type { Ledger } from '@fractal/ledger';

/** Its entries belong to no tenant; their tags come from one key of the region. */
const REGION = 'region';

export function controlLog(ledger: Ledger): ControlLog {
  return {
    async append({ key, digest, body }) {
      const { status, entry } = await ledger.append({ tenant: REGION, key, digest, body });
      return { status, index: entry.index };
    },
    entries: (from, to) => ledger.entries(from, to),
    size: () => ledger.size,
  };
}
