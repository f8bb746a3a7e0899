/**
 * Orphans: content that became durable, and then the process died before its body committed. Nobody will ever ask for
 * it, and nobody consented to its being kept, so it goes.
 *
 * What is being committed right now looks the same, so only content older than `minimumAgeMs` is looked at, and a put
 * that finds content held refreshes its age (compare-and-set: a sweep that read the row before loses).
 */
import type { Clock } from '../ports/clock.ts';
import type { ContentAddress, StoredKeyRow, VaultStore } from '../ports/vault-store.ts';
import { parsedRow, retained } from './context.ts';

/** A put that finds its content held refreshes a row older than this. */
export const TOUCH_AFTER_MS = 10 * 60_000;
const PAGE_ROWS = 500;
/** Twice the age at which a put refreshes a row: a put just below that age leaves the other half for its commit. */
export const ORPHAN_AGE_MS_MIN = 2 * TOUCH_AFTER_MS;

export interface SweepOptions {
  /** Whether a body for this address is committed. Asked after the row was read. */
  readonly isKnown: (address: ContentAddress) => boolean | Promise<boolean>;
  /** At least (and by default) 20 minutes. */
  readonly minimumAgeMs?: number;
  /** Only one tenant; all where absent. */
  readonly tenant?: string;
}

export async function sweepOrphans(
  context: { readonly store: VaultStore; readonly clock: Clock },
  options: SweepOptions,
): Promise<readonly ContentAddress[]> {
  const minimumAgeMs = Math.max(options.minimumAgeMs ?? 0, ORPHAN_AGE_MS_MIN);
  const removed: ContentAddress[] = [];
  let after: ContentAddress | undefined;
  for (;;) {
    const page = await context.store.listKeys({
      limit: PAGE_ROWS,
      ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
      ...(after === undefined ? {} : { after }),
    });
    for (const row of page) {
      if (await removeOrphan(context, row, minimumAgeMs, options.isKnown)) removed.push(row.address);
    }
    after = page.at(-1)?.address;
    if (page.length < PAGE_ROWS) return removed;
  }
}

async function removeOrphan(
  { store, clock }: { readonly store: VaultStore; readonly clock: Clock },
  { address, keyRow }: StoredKeyRow,
  minimumAgeMs: number,
  isKnown: SweepOptions['isKnown'],
): Promise<boolean> {
  const row = parsedRow(address, keyRow);
  if (row.state === 'erased') return false;
  const nowMs = clock.nowMs();
  if (nowMs - row.storedMs < minimumAgeMs || (await isKnown(address))) return false;
  const [removed] = await store.erase([{ address, expected: keyRow, ...retained(row.retainUntilMs) }], nowMs);
  return removed === true;
}
