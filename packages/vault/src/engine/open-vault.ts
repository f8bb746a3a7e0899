/**
 * The vault: content by (tenant, pcs_id), encrypted, durable before its body commits, erasable (DESIGN section 8).
 * It keeps no state of its own but what is under way; all else is in the store and the keyring.
 *
 * Not its business: whether a body commits afterwards (`sweep` finds content whose body never came), logging an
 * erasure (the caller appends the `erasure` body), legal hold.
 */
import { VaultError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { VaultStore } from '../ports/vault-store.ts';
import { checkTenant } from '../seal/address.ts';
import { sealContent } from '../seal/seal.ts';
import type { VaultContext } from './context.ts';
import { eraseContent, expireContent } from './erase.ts';
import { putSealed } from './put.ts';
import { readContent } from './read.ts';
import { finishRotations, rotateTenantKey } from './rotation.ts';
import { sweepOrphans } from './sweep.ts';
import { addTenantKey, currentTenantKey, hasTenantKey } from './tenant-keys.ts';
import { openTurns } from './turns.ts';
import type { Vault } from './vault.ts';

export interface VaultOptions {
  readonly store: VaultStore;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Retention of a tenant where a put names none; undefined: kept until erased. */
  readonly retentionMsOf?: (tenant: string) => number | undefined;
}

export function openVault(options: VaultOptions): Vault {
  const { store, keyring, rng } = options;
  const turns = openTurns();
  const context: VaultContext = { retentionMsOf: () => undefined, ...options, turns };
  return {
    ensureTenantKey: (tenant) => turns.inTurn(tenant, () => ensureTenantKey(context, tenant)),
    tenantKey: (tenant) => currentTenantKey(keyring, tenant),
    async put({ items, ...rest }) {
      const tenantKey = currentTenantKey(keyring, rest.tenant);
      return putSealed(context, { ...rest, sealed: sealContent({ ...rest, items, tenantKey, rng }) });
    },
    putSealed: (input) => putSealed(context, input),
    get: (address) => readContent(context, address),
    erase: (address) => eraseContent(context, address),
    async listDue(nowMs, limit) {
      return (await store.listDue({ nowMs, limit })).map(({ address }) => address);
    },
    expire: (nowMs) => expireContent(context, nowMs),
    sweep: (sweepOptions) => sweepOrphans(context, sweepOptions),
    rotateTenantKey: (tenant) => turns.inTurn(tenant, () => rotateTenantKey(context, tenant)),
    finishRotations: () => finishRotations(context),
    rotationsOwed: () => store.listOwed(),
    async close() {
      await turns.allSettled();
      await store.close();
    },
  };
}

async function ensureTenantKey(context: VaultContext, tenant: string): Promise<void> {
  checkTenant(tenant);
  if (hasTenantKey(context.keyring, tenant)) return;
  if ((await context.store.listKeys({ tenant, limit: 1 })).length > 0) {
    throw new VaultError('vault_key_missing', `content of tenant ${tenant} is held, but its key is not`);
  }
  await addTenantKey(context, tenant);
}
