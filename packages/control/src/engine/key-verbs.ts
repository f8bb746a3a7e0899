/** API keys and record keys of tenants: added, rotated, revoked, listed, and who a caller is. */
import { success } from '@fractal/tlog';
import { recordKeyName } from '../secret/material.ts';
import { actorIdOf, type ControlContext } from './context.ts';
import type { Control } from './control.ts';
import { findKey, prepareKey, prepareRotation } from './keys.ts';
import { authenticate, keyInfo, listKeys, verificationKeys } from './lookups.ts';

type KeyVerbs = Pick<Control, 'addKey' | 'rotateKey' | 'revokeKey' | 'listKeys' | 'authenticate' | 'verificationKeys'>;

export function keyVerbs(context: ControlContext): KeyVerbs {
  const { state, inTurn, append } = context.writer;
  return {
    addKey: (input) =>
      inTurn(async () => {
        const prepared = await prepareKey(context, state, input);
        if (!prepared.ok) return prepared;
        await append(await actorIdOf(context, input.actor), { kind: 'key', op: 'add', key: prepared.value.facts });
        return success(prepared.value.added);
      }),
    rotateKey: (input) =>
      inTurn(async () => {
        const prepared = await prepareRotation(context, state, input);
        if (!prepared.ok) return prepared;
        const { facts: key, replacedNotAfterMs, added } = prepared.value;
        const decision = { kind: 'key', op: 'rotate', replaces: input.id, replacedNotAfterMs, key } as const;
        await append(await actorIdOf(context, input.actor), decision);
        return success(added);
      }),
    revokeKey: ({ tenant, id, actor }) =>
      inTurn(async () => {
        const found = findKey(state, tenant, id);
        if (!found.ok) return found;
        const { use, revokedMs } = found.value;
        if (revokedMs === undefined) {
          await append(await actorIdOf(context, actor), { kind: 'key', op: 'revoke', use, tenant, id });
        }
        if (use === 'record') await forgetSecrets(context, recordKeyName(tenant, id));
        const revoked = findKey(state, tenant, id);
        return revoked.ok ? success(keyInfo(revoked.value)) : revoked;
      }),
    listKeys: (tenant) => listKeys(state, tenant),
    authenticate: (apiKey) => authenticate(state, apiKey, context.clock.nowMs()),
    verificationKeys: (tenant) => verificationKeys(state, context.keyring, tenant),
  };
}

/** After the entry that revokes it: a revoked secret verifies nothing, and proves nothing to anybody. */
async function forgetSecrets({ keyring }: ControlContext, name: string): Promise<void> {
  for (const generation of keyring.generations(name)) await keyring.remove(name, generation);
}
