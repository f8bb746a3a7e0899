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
import type { ContentAddress, Vault } from '@fractal/vault';
import type { LogPlace } from './commit.ts';
import type { KeyedQueue } from './in-flight.ts';
import { erasureKey, sha256, verdictKey } from './keys.ts';

export interface ErasureInput {
  readonly tenant: string;
  readonly pcsId: string;
  readonly nowMs: number;
}

export interface Erasures {
  /** Logs and erases, as somebody asked; the place is that of the one erasure entry, also when asked again. */
  erase(input: ErasureInput): Promise<LogPlace>;
  /** Content past its retention: logged and erased like any; content without a verdict has nothing to be logged about. */
  expire(input: ErasureInput): Promise<void>;
  /** Does what a crash left logged and undone. Returns how many it had to do. */
  finish(): Promise<number>;
}

export const ERASURE_TABLE = 'erasure';
const PAGE_ROWS = 500;

export function erasures(options: {
  ledger: Pick<Ledger, 'append' | 'lookup'>;
  /** Of all generations of the log. */
  stores: readonly Pick<LogStore, 'listRows'>[];
  vault: Pick<Vault, 'erase'>;
  queue: KeyedQueue;
}): Erasures {
  const { ledger, stores, vault, queue } = options;

  /** In turn with a commit of the same id: what is being stored is erased after its verdict is in the log, never before. */
  function inTurn<T>({ tenant, pcsId }: ErasureInput, work: () => Promise<T>): Promise<T> {
    return queue.run(toHex(verdictKey(tenant, pcsId)), work);
  }

  async function logAndErase({ tenant, pcsId, nowMs }: ErasureInput, reason: 'request' | 'retention') {
    const body = canonicalJson({ type: 'erasure', version: 1, tenant, pcs_id: pcsId, reason, time: nowMs });
    const { entry } = await ledger.append({
      tenant,
      key: erasureKey(tenant, pcsId),
      digest: sha256(`erasure\0${tenant}\0${pcsId}`),
      body,
      rows: [{ table: ERASURE_TABLE, key: verdictKey(tenant, pcsId), value: encodeErasureRow({ tenant, pcsId }) }],
    });
    await vault.erase({ tenant, pcsId });
    return { origin: entry.origin, index: entry.index };
  }

  async function finishIn(store: Pick<LogStore, 'listRows'>): Promise<number> {
    let done = 0;
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await store.listRows(ERASURE_TABLE, PAGE_ROWS, after);
      for (const { value } of rows) {
        const { tenant, pcs_id: pcsId } = JSON.parse(utf8Decode(value) ?? '') as { tenant: string; pcs_id: string };
        if ((await vault.erase({ tenant, pcsId })) === 'erased') done++;
      }
      if (rows.length < PAGE_ROWS) return done;
      after = rows.at(-1)!.key;
    }
  }

  return {
    erase: (input) => inTurn(input, () => logAndErase(input, 'request')),
    expire: (input) =>
      inTurn(input, async () => {
        const { tenant, pcsId } = input;
        const verdict = await ledger.lookup(verdictKey(tenant, pcsId));
        if (verdict === undefined) await vault.erase({ tenant, pcsId });
        else await logAndErase(input, 'retention');
      }),
    async finish() {
      let done = 0;
      for (const store of stores) done += await finishIn(store);
      return done;
    },
  };
}

/** Value of the row that says that the content of a record was erased. */
export function encodeErasureRow({ tenant, pcsId }: ContentAddress): Uint8Array {
  return canonicalJson({ tenant, pcs_id: pcsId });
}
