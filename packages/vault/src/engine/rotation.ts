/**
 * Rotation of a tenant key (DESIGN section 8): after it, no wrapped key that was erased before it began can be
 * unwrapped, whatever old pages, files or backups of the rows still hold, because the key that wrapped it is gone.
 *
 *   1  hold the next generation in the keyring                          (durable)
 *   2  wait for inserts under way that were sealed by an older one
 *   3  rewrap the key rows of all survivors, page by page               (each page durable)
 *   4  scan again: no key row of an older generation is left
 *   5  forget the older generations                                     (durable)
 *   6  settle what was owed when it began
 *
 * A crash between or in any of these leaves content readable and the older generations held; `finishRotations`
 * finishes it from the highest generation, and doing any step twice does no harm.
 *
 * A key row that does not parse or authenticate stops a rotation (`vault_corrupt`, which names it): forgetting its key would
 * destroy what a backup of the row might bring back. Erasing that address lets the rotation go on.
 */
import { VaultError } from '../errors.ts';
import type { ContentAddress, KeyReplacement, StoredKeyRow } from '../ports/vault-store.ts';
import { formatKeyRow } from '../seal/key-row.ts';
import { generationOf, rewrapKey, type TenantKey } from '../seal/seal.ts';
import { corrupt, parsedRow, type VaultContext } from './context.ts';
import {
  addTenantKey,
  currentTenantKey,
  forgetTenantKey,
  olderGenerations,
  tenantKeyOf,
  unfinishedRotations,
} from './tenant-keys.ts';

/** Small enough that a page (about 20 µs a row) does not hold up whoever waits for an answer. */
const PAGE_ROWS = 200;

export interface RotationReport {
  readonly generation: number;
  /** Key rows rewrapped by this call. */
  readonly rewrapped: number;
}

/** Steps 1 to 6; in the tenant's turn. Throws `vault_key_missing` for a tenant without a key. */
export async function rotateTenantKey(context: VaultContext, tenant: string): Promise<RotationReport> {
  currentTenantKey(context.keyring, tenant);
  const owed = (await context.store.listOwed()).find((entry) => entry.tenant === tenant);
  const report = await rewrapAll(context, tenant, await addTenantKey(context, tenant));
  if (owed !== undefined) await context.store.settleOwed(tenant, owed.count);
  return report;
}

/** Steps 2 to 5 for each tenant that a crash left with more than one generation. What it owes stays owed. */
export async function finishRotations(context: VaultContext): Promise<readonly string[]> {
  const tenants = unfinishedRotations(context.keyring);
  for (const tenant of tenants) {
    await context.turns.inTurn(tenant, () => rewrapAll(context, tenant, currentTenantKey(context.keyring, tenant)));
  }
  return tenants;
}

/** Steps 2 to 5. `to` is the highest generation held, so that whatever is inserted from now on is under it. */
async function rewrapAll(context: VaultContext, tenant: string, to: TenantKey): Promise<RotationReport> {
  await context.turns.insertsSettled(tenant);
  let rewrapped = 0;
  for (;;) {
    const pass = await rewrapPass(context, tenant, to);
    rewrapped += pass.rewrapped;
    // a row changed under us (touched) keeps its old wrapping: only a pass that found nothing to do ends the scan
    if (pass.found === 0) break;
  }
  for (const generation of olderGenerations(context.keyring, tenant, to.generation)) {
    await forgetTenantKey(context.keyring, tenant, generation);
  }
  return { generation: to.generation, rewrapped };
}

async function rewrapPass(
  context: VaultContext,
  tenant: string,
  to: TenantKey,
): Promise<{ readonly found: number; readonly rewrapped: number }> {
  let found = 0;
  let rewrapped = 0;
  let after: ContentAddress | undefined;
  for (;;) {
    const page = await context.store.listKeys({ tenant, limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) });
    const changes = page.flatMap((row) => rewrapRow(context, tenant, row, to) ?? []);
    found += changes.length;
    if (changes.length > 0) rewrapped += (await context.store.replaceKeys(changes)).filter((held) => held).length;
    after = page.at(-1)?.address;
    if (page.length < PAGE_ROWS) return { found, rewrapped };
  }
}

/** The change a row needs; undefined for one that is erased or under the new generation already. */
function rewrapRow(
  context: VaultContext,
  tenant: string,
  { address, keyRow }: StoredKeyRow,
  to: TenantKey,
): KeyReplacement | undefined {
  const row = parsedRow(address, keyRow);
  if (row.state === 'erased') return undefined;
  const generation = generationOf(row.wrappedKey);
  if (generation === to.generation) return undefined;
  const from = tenantKeyOf(context.keyring, tenant, generation);
  if (from === undefined)
    throw new VaultError('vault_key_missing', `${address.pcsId}: generation ${generation} is not held`);
  const wrappedKey = rewrapKey({ address, wrappedKey: row.wrappedKey, from, to, rng: context.rng });
  if (wrappedKey === undefined) throw corrupt(address, 'wrapped key does not authenticate');
  return { address, expected: keyRow, next: formatKeyRow(address, { ...row, wrappedKey }) };
}
