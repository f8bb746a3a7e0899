/** Tenants: made once, with a tag key; their retention may change. */
import { failure, success } from '@fractal/tlog';
import { NAME } from '../entry/names.ts';
import { holdAnySecret, tagKeyName } from '../secret/material.ts';
import { actorIdOf, type ControlContext, tenantNow } from './context.ts';
import type { Control } from './control.ts';
import { isDuration } from './key-input.ts';
import { tagKey, tenantInfo } from './lookups.ts';

const TAG_KEY_BYTES = 32;

type TenantVerbs = Pick<Control, 'createTenant' | 'tenant' | 'tenants' | 'setRetention' | 'tagKey'>;

export function tenantVerbs(context: ControlContext): TenantVerbs {
  const { state, inTurn, append } = context.writer;
  return {
    createTenant: ({ tenant, actor, retentionMs }) =>
      inTurn(async () => {
        if (!NAME.test(tenant)) return failure('tenant_name_malformed');
        if (retentionMs !== undefined && !isDuration(retentionMs)) return failure('retention_malformed');
        if (!state.tenants.has(tenant)) {
          await holdAnySecret(context, tagKeyName(tenant), TAG_KEY_BYTES);
          const decision = { kind: 'tenant', op: 'create', tenant, ...retained(retentionMs) } as const;
          await append(await actorIdOf(context, actor), decision);
        }
        return success(tenantInfo(tenantNow(context, tenant)));
      }),
    setRetention: ({ tenant, actor, retentionMs }) =>
      inTurn(async () => {
        const held = state.tenants.get(tenant);
        if (held === undefined) return failure('tenant_unknown');
        if (retentionMs !== undefined && !isDuration(retentionMs)) return failure('retention_malformed');
        if (held.retentionMs !== retentionMs) {
          const decision = { kind: 'tenant', op: 'retain', tenant, ...retained(retentionMs) } as const;
          await append(await actorIdOf(context, actor), decision);
        }
        return success(tenantInfo(tenantNow(context, tenant)));
      }),
    tenant: (name) => {
      const tenant = state.tenants.get(name);
      return tenant && tenantInfo(tenant);
    },
    tenants: () => [...state.tenants.values()].map(tenantInfo),
    tagKey: (tenant) => tagKey(state, context.keyring, tenant),
  };
}

function retained(retentionMs: number | undefined): { readonly retentionMs?: number } {
  return retentionMs === undefined ? {} : { retentionMs };
}
