/**
 * Erasure: the wrapped key is destroyed, at once and durably, by whoever asks or by the end of a retention.
 * A key row that does not parse can be erased too: what is unreadable must not stand in the way of being forgotten.
 */
import type { ContentAddress, DueContent } from '../ports/vault-store.ts';
import { checkAddress } from '../seal/address.ts';
import { formatKeyRow, parseKeyRow } from '../seal/key-row.ts';
import { corrupt, retained, type VaultContext } from './context.ts';
import type { EraseOutcome } from './vault.ts';

const EXPIRE_PAGE = 500;

export async function eraseContent({ store, clock }: VaultContext, input: ContentAddress): Promise<EraseOutcome> {
  checkAddress(input);
  const address = { tenant: input.tenant, pcsId: input.pcsId };
  for (;;) {
    const keyRow = await store.readKey(address);
    if (keyRow === undefined) return 'unknown';
    const row = parseKeyRow(address, keyRow);
    if (row?.state === 'erased') return 'already_erased';
    const erasedMs = clock.nowMs();
    const tombstone = formatKeyRow(address, { state: 'erased', erasedMs });
    const [done] = await store.erase(
      [{ address, expected: keyRow, tombstone, ...retained(row?.retainUntilMs) }],
      erasedMs,
    );
    if (done === true) return 'erased'; // otherwise rewrapped or touched in between: look again
  }
}

/** All that is past its retention at `nowMs`. Throws `vault_corrupt` where the retention index and the rows disagree. */
export async function expireContent(context: VaultContext, nowMs: number): Promise<readonly ContentAddress[]> {
  const erased: ContentAddress[] = [];
  for (;;) {
    const due = await context.store.listDue({ nowMs, limit: EXPIRE_PAGE });
    if (due.length === 0) return erased;
    // at once, so that the store can commit them together
    const outcomes = await Promise.all(due.map((content) => expireOne(context, content)));
    erased.push(...due.flatMap(({ address }, position) => (outcomes[position] === true ? [address] : [])));
  }
}

/** Whether it was erased now; false for what was erased before, which the index then forgets. */
async function expireOne(context: VaultContext, { address, retainUntilMs }: DueContent): Promise<boolean> {
  for (;;) {
    const keyRow = await context.store.readKey(address);
    const row = keyRow && parseKeyRow(address, keyRow);
    if (keyRow === undefined || row === undefined)
      throw corrupt(address, 'due, but its key row does not parse or is not there');
    if (row.state === 'sealed' && row.retainUntilMs !== retainUntilMs)
      throw corrupt(address, 'due at another time than its key row says');
    const erasedMs = context.clock.nowMs();
    const tombstone = row.state === 'erased' ? keyRow : formatKeyRow(address, { state: 'erased', erasedMs });
    const [done] = await context.store.erase([{ address, expected: keyRow, tombstone, retainUntilMs }], erasedMs);
    if (done === true) return row.state === 'sealed';
  }
}
