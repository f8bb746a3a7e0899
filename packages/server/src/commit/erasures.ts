/**
 * Erasing content: logged first, then erased (DESIGN section 8; I6).
 *
 *     erasure entry + its row, one commit (durable) ──► vault.erase (durable) ──► answer
 *
 * In this order a crash in between leaves an erasure that is logged and not done, which `finish` does at the next start
 * from the rows; in the other order it would leave one that was done and never logged. The entry is unique by its id, so
 * asking again, or a retention that runs twice, is the same one entry. Every erasure of this log has its row, and doing
 * one again does no harm.
 */

import type { Ledger, LogStore } from '@fractal/ledger';
import { canonicalJson } from '@fractal/record';
import { toHex, utf8Decode } from '@fractal/tlog';
import type { Vault } from '@fractal/vault';
import type { KeyedQueue } from './in-flight.ts';
import { erasureKey, sha256, verdictKey } from './keys.ts';

export type ErasureReason = 'request' | 'retention';

export interface Erasures {
  /** Logs and erases; the index is that of the one erasure entry, also when asked again. */
  erase(input: { tenant: string; pcsId: string; reason: ErasureReason; nowMs: number }): Promise<{ index: number }>;
  /** Does what a crash left logged and undone. Returns how many it had to do. */
  finish(): Promise<number>;
}

const TABLE = 'erasure';
const PAGE_ROWS = 500;

export function erasures(options: {
  ledger: Pick<Ledger, 'append'>;
  store: Pick<LogStore, 'listRows'>;
  vault: Pick<Vault, 'erase'>;
  queue: KeyedQueue;
}): Erasures {
  const { ledger, store, vault, queue } = options;
  return {
    erase({ tenant, pcsId, reason, nowMs }) {
      const key = verdictKey(tenant, pcsId);
      // In turn with a commit of the same id: what is being stored is erased after it, never before.
      return queue.run(toHex(key), async () => {
        const body = canonicalJson({ type: 'erasure', version: 1, tenant, pcs_id: pcsId, reason, time: nowMs });
        const { entry } = await ledger.append({
          tenant,
          key: erasureKey(tenant, pcsId),
          digest: sha256(`erasure\0${tenant}\0${pcsId}`),
          body,
          rows: [{ table: TABLE, key, value: canonicalJson({ tenant, pcs_id: pcsId }) }],
        });
        await vault.erase({ tenant, pcsId });
        return { index: entry.index };
      });
    },
    async finish() {
      let done = 0;
      let after: Uint8Array | undefined;
      for (;;) {
        const rows = await store.listRows(TABLE, PAGE_ROWS, after);
        for (const { value } of rows) {
          const { tenant, pcs_id: pcsId } = JSON.parse(utf8Decode(value) ?? '') as { tenant: string; pcs_id: string };
          if ((await vault.erase({ tenant, pcsId })) === 'erased') done++;
        }
        if (rows.length < PAGE_ROWS) return done;
        after = rows.at(-1)!.key;
      }
    },
  };
}
