/** Putting sealed content: stored once, durable when it resolves, the same again no change. */
import { equalBytes } from '@fractal/tlog';
import { VaultError } from '../errors.ts';
import type { ContentAddress } from '../ports/vault-store.ts';
import { checkAddress } from '../seal/address.ts';
import { formatKeyRow } from '../seal/key-row.ts';
import { generationOf, rewrapKey, rootOf, splitSealed } from '../seal/seal.ts';
import { parsedRow, retained, type VaultContext } from './context.ts';
import { TOUCH_AFTER_MS } from './sweep.ts';
import { currentTenantKey, tenantKeyOf } from './tenant-keys.ts';
import type { PutOutcome, PutSealedInput } from './vault.ts';

export async function putSealed(context: VaultContext, input: PutSealedInput): Promise<PutOutcome> {
  checkAddress(input);
  const address = { tenant: input.tenant, pcsId: input.pcsId };
  const parts = splitSealed(input.sealed);
  if (parts === undefined) throw new VaultError('content_malformed', 'sealed bytes are not from sealContent');
  const retentionMs = input.retentionMs ?? context.retentionMsOf(address.tenant);
  for (;;) {
    const storedMs = context.clock.nowMs();
    const retainUntilMs = retentionMs === undefined ? undefined : storedMs + retentionMs;
    // no await between reading the current key and starting the insert: a rotation sees it or is seen by it
    const wrappedKey = underCurrentKey(context, address, parts.wrappedKey);
    const keyRow = formatKeyRow(address, { state: 'sealed', storedMs, retainUntilMs, wrappedKey });
    const insert = context.store.insert({
      address,
      keyRow,
      content: parts.content,
      storedMs,
      ...retained(retainUntilMs),
    });
    if (await context.turns.tracked(address.tenant, insert)) return 'stored';
    const outcome = await outcomeOfHeld(context, address, rootOf(wrappedKey));
    if (outcome !== undefined) return outcome; // otherwise a sweep took it in between: insert again
  }
}

function underCurrentKey(context: VaultContext, address: ContentAddress, wrappedKey: Uint8Array): Uint8Array {
  const current = currentTenantKey(context.keyring, address.tenant);
  const generation = generationOf(wrappedKey);
  if (generation === current.generation) return wrappedKey;
  const from = tenantKeyOf(context.keyring, address.tenant, generation);
  const rewrapped = from && rewrapKey({ address, wrappedKey, from, to: current, rng: context.rng });
  if (rewrapped === undefined) {
    throw new VaultError('vault_key_retired', `sealed by generation ${generation}, ${current.generation} is current`);
  }
  return rewrapped;
}

/** Refreshes the age of what is held, so that no sweep takes it from under the body that is about to commit. */
async function outcomeOfHeld(
  { store, clock }: VaultContext,
  address: ContentAddress,
  root: Uint8Array,
): Promise<PutOutcome | undefined> {
  for (;;) {
    const keyRow = await store.readKey(address);
    if (keyRow === undefined) return undefined;
    const row = parsedRow(address, keyRow);
    if (row.state === 'erased') return 'erased';
    if (!equalBytes(rootOf(row.wrappedKey), root)) {
      throw new VaultError('vault_conflict', `${address.pcsId}: held with another merkle root`);
    }
    const nowMs = clock.nowMs();
    if (nowMs - row.storedMs < TOUCH_AFTER_MS) return 'held';
    const next = formatKeyRow(address, { ...row, storedMs: nowMs });
    const [touched] = await store.replaceKeys([{ address, expected: keyRow, next, storedMs: nowMs }]);
    if (touched === true) return 'held';
  }
}
