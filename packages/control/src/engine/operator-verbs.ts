/** Admin tokens, the edge's key, and the secrets as a whole: what concerns no tenant. */
import { failure, nobleEd25519, sha256, success, toBase64, toHex } from '@fractal/tlog';
import { edgeKeyName, holdSecret, REFERENCED_PREFIXES } from '../secret/material.ts';
import { actorIdOf, type ControlContext } from './context.ts';
import type { Actor, Control } from './control.ts';
import { prepareAdminToken } from './keys.ts';
import { authenticateAdmin, edgeKey, edgeVerificationKeys, keyInfo, referencedSecrets } from './lookups.ts';

const SEED_BYTES = 32;
const KID_BYTES = 6;

type OperatorVerbs = Pick<
  Control,
  | 'addAdminToken'
  | 'revokeAdminToken'
  | 'listAdminTokens'
  | 'authenticateAdmin'
  | 'edgeKey'
  | 'edgeVerificationKeys'
  | 'rotateEdgeKey'
  | 'recordLogKeyRotation'
  | 'missingSecrets'
  | 'removeOrphanedSecrets'
>;

export function operatorVerbs(context: ControlContext): OperatorVerbs {
  const { state, inTurn, append } = context.writer;
  return {
    addAdminToken: ({ actor, ...window }) =>
      inTurn(async () => {
        const prepared = prepareAdminToken(context, window);
        if (!prepared.ok) return prepared;
        await append(await actorIdOf(context, actor), { kind: 'key', op: 'add', key: prepared.value.facts });
        return success(prepared.value.added);
      }),
    revokeAdminToken: ({ id, actor }) =>
      inTurn(async () => {
        const token = state.adminTokens.get(id);
        if (token === undefined) return failure('key_unknown');
        if (token.revokedMs === undefined) {
          await append(await actorIdOf(context, actor), { kind: 'key', op: 'revoke', use: 'admin', id });
        }
        return success(keyInfo(state.adminTokens.get(id) ?? token));
      }),
    listAdminTokens: () => [...state.adminTokens.values()].map(keyInfo),
    authenticateAdmin: (token) => authenticateAdmin(state, token, context.clock.nowMs()),
    edgeKey: () => edgeKey(state, context.keyring),
    edgeVerificationKeys: () => edgeVerificationKeys(state),
    rotateEdgeKey: (actor) =>
      inTurn(async () => {
        await makeEdgeKey(context, actor);
        return edgeKey(state, context.keyring);
      }),
    recordLogKeyRotation: ({ actor, ...rotation }) =>
      inTurn(async () => {
        await append(await actorIdOf(context, actor), { kind: 'key', op: 'rotate_log', ...rotation });
      }),
    missingSecrets: () =>
      referencedSecrets(state)
        .filter(({ name, generation }) => context.keyring.get(name, generation) === undefined)
        .map(({ name }) => name),
    removeOrphanedSecrets: () => inTurn(() => removeOrphanedSecrets(context)),
  };
}

/** Only inside a turn. */
export async function makeEdgeKey(context: ControlContext, actor: Actor): Promise<void> {
  const secret = context.rng.bytes(SEED_BYTES);
  const publicKey = nobleEd25519.publicKey(secret);
  const id = `edge-${toHex(sha256(publicKey).subarray(0, KID_BYTES))}`;
  const generation = await holdSecret(context, edgeKeyName(id), secret);
  const key = { use: 'edge', id, generation, publicKey: toBase64(publicKey) } as const;
  await context.writer.append(await actorIdOf(context, actor), { kind: 'key', op: 'add', key });
}

async function removeOrphanedSecrets({ keyring, writer }: ControlContext): Promise<readonly string[]> {
  const idOf = (name: string, generation: number): string => `${generation} ${name}`;
  const referenced = new Set(referencedSecrets(writer.state).map(({ name, generation }) => idOf(name, generation)));
  const removed: string[] = [];
  for (const name of REFERENCED_PREFIXES.flatMap((prefix) => keyring.names(prefix))) {
    for (const generation of keyring.generations(name)) {
      if (referenced.has(idOf(name, generation))) continue;
      await keyring.remove(name, generation);
      removed.push(name);
    }
  }
  return removed;
}
