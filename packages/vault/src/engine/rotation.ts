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
 * A crash between or in any of these leaves content readable and the older generations held; `rewrapAll` from the
 * highest generation finishes it, and doing any step twice does no harm.
 */
import { VaultError } from '../errors.ts';
import type { Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { ContentAddress, KeyReplacement, StoredKeyRow, VaultStore } from '../ports/vault-store.ts';
import { formatKeyRow, parseKeyRow } from '../seal/key-row.ts';
import { generationOf, rewrapKey, type TenantKey } from '../seal/seal.ts';
import { forgetTenantKey, olderGenerations, tenantKeyOf } from './tenant-keys.ts';

const PAGE_ROWS = 500;

export interface RotationContext {
  readonly store: VaultStore;
  readonly keyring: Keyring;
  readonly rng: Rng;
}

export interface RotationReport {
  readonly generation: number;
  /** Key rows rewrapped by this call. */
  readonly rewrapped: number;
}

/** Steps 3 to 5. `to` must be the highest generation held, and nothing may insert under an older one any more. */
export async function rewrapAll(context: RotationContext, tenant: string, to: TenantKey): Promise<RotationReport> {
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
  context: RotationContext,
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
  context: RotationContext,
  tenant: string,
  { address, keyRow }: StoredKeyRow,
  to: TenantKey,
): KeyReplacement | undefined {
  const row = parseKeyRow(address, keyRow);
  if (row === undefined) throw corrupt(address, 'key row does not parse');
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

function corrupt(address: ContentAddress, what: string): VaultError {
  return new VaultError('vault_corrupt', `${address.tenant}/${address.pcsId}: ${what}`);
}
