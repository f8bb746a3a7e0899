/**
 * Orphans: content that became durable, and then the process died before its body committed. Nobody will ever ask for
 * it, and nobody consented to its being kept, so it goes.
 *
 * The store lists what is *unsettled*: stored, and not yet found to have a body. A sweep asks once about each content,
 * settles what is known and removes what is not, so its cost follows what was stored since the last one, not what is held.
 * What is being committed right now looks like an orphan, so only content older than `minimumAgeMs` is looked at, and a
 * put that finds content held refreshes its age (compare-and-set: a sweep that read the row before loses).
 */
import type { ContentAddress, UnsettledContent } from '../ports/vault-store.ts';
import { parseKeyRow } from '../seal/key-row.ts';
import { corrupt, retained, type VaultContext } from './context.ts';

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
}

type Verdict = 'settled' | 'removed' | 'corrupt';

/** Returns what it removed. A key row that does not parse is left, and named by `vault_corrupt` when all else is done. */
export async function sweepOrphans(context: VaultContext, options: SweepOptions): Promise<readonly ContentAddress[]> {
  const beforeMs = context.clock.nowMs() - Math.max(options.minimumAgeMs ?? 0, ORPHAN_AGE_MS_MIN) + 1;
  const removed: ContentAddress[] = [];
  const corrupted: ContentAddress[] = [];
  let after: UnsettledContent | undefined;
  for (;;) {
    const position = after === undefined ? {} : { after };
    const page = await context.store.listUnsettled({ beforeMs, limit: PAGE_ROWS, ...position });
    const verdicts: Verdict[] = [];
    for (const content of page) verdicts.push(await verdictOf(context, content, options.isKnown));
    const judged = (verdict: Verdict) => page.filter((_, index) => verdicts[index] === verdict);
    await context.store.settle([...judged('settled'), ...judged('removed')]);
    removed.push(...judged('removed').map(({ address }) => address));
    corrupted.push(...judged('corrupt').map(({ address }) => address));
    after = page.at(-1);
    if (page.length < PAGE_ROWS) break;
  }
  const [first] = corrupted;
  if (first !== undefined) throw corrupt(first, `key row does not parse, nor do ${corrupted.length - 1} others`);
  return removed;
}

async function verdictOf(
  { store, clock }: VaultContext,
  { address, storedMs }: UnsettledContent,
  isKnown: SweepOptions['isKnown'],
): Promise<Verdict> {
  const keyRow = await store.readKey(address);
  if (keyRow === undefined) return 'settled';
  const row = parseKeyRow(address, keyRow);
  if (row === undefined) return 'corrupt';
  // refreshed since: listed again as of that time
  if (row.state === 'erased' || row.storedMs !== storedMs || (await isKnown(address))) return 'settled';
  const [removed] = await store.erase([{ address, expected: keyRow, ...retained(row.retainUntilMs) }], clock.nowMs());
  return removed === true ? 'removed' : 'settled'; // refreshed, rewrapped or erased while it asked
}
