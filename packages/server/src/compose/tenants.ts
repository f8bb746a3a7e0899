/**
 * A tenant across the rooms: control decides that it exists, the vault has a key for it, the keyring a secret for its
 * salts. `prepare` brings the others after control, so it runs when a tenant is made and for all of them at start-up.
 */

import { createHmac } from 'node:crypto';
import type { Control } from '@fractal/control';
import type { TaskPolicy } from '@fractal/trust';
import type { Rng, Vault } from '@fractal/vault';
import type { TenantSnapshot } from '../judge/task.ts';
import { type SecretTools, saltsName, secretOf } from './secrets.ts';

export interface Tenants {
  /** Makes what a tenant needs besides control's own. Durable when it resolves; again is no change. */
  prepare(tenant: string): Promise<void>;
  /** The tenant as judges see it now. */
  snapshotOf(tenant: string): TenantSnapshot;
  saltSeed(tenant: string, callersKey: string | undefined): Uint8Array;
}

export function tenants(options: {
  control: Control;
  vault: Vault;
  secrets: SecretTools;
  rng: Rng;
  defaultPolicy: TaskPolicy;
}): Tenants {
  const { control, vault, secrets, rng, defaultPolicy } = options;
  const snapshots = new Map<string, TenantSnapshot>();
  return {
    async prepare(tenant) {
      await vault.ensureTenantKey(tenant);
      await secretOf(secrets, saltsName(tenant));
    },
    snapshotOf(tenant) {
      const tenantKey = vault.tenantKey(tenant);
      const revision = `${control.tenant(tenant)?.revision}.${tenantKey.generation}`;
      const kept = snapshots.get(tenant);
      if (kept?.revision === revision) return kept;
      const policies = Object.fromEntries(control.policies(tenant));
      const keys = control.verificationKeys(tenant);
      const snapshot = { tenant, revision, keys, policies, defaultPolicy, tenantKey };
      snapshots.set(tenant, snapshot);
      return snapshot;
    },
    saltSeed(tenant, callersKey) {
      if (callersKey === undefined) return rng.bytes(32);
      const held = secrets.keyring.latest(saltsName(tenant));
      if (held === undefined) throw new Error(`no secret for the salts of tenant ${tenant}`);
      return new Uint8Array(createHmac('sha256', held.secret).update(callersKey).digest());
    },
  };
}
