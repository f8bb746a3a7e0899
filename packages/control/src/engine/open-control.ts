/**
 * Control: tenants, keys, policies and access, decided in the control log (DESIGN sections 1 and 4). Opening folds the log;
 * every change is an entry, decided on the state of the whole log and folded from it, so that a restart gives the same.
 * Secrets are durable in the keyring before the entry that relies on them: a crash in between leaves a secret that no
 * entry refers to, and so no key.
 *
 * Does not: limit rates, know HTTP, hold tenant keys of the vault, watch the log for other writers' entries between changes.
 */
import { failure, nobleEd25519, type Result, sha256, success, toBase64, toHex } from '@fractal/tlog';
import type { TaskPolicy } from '@fractal/trust';
import { parseEntry } from '../entry/entry-body.ts';
import { ACTION, NAME, TARGET } from '../entry/names.ts';
import type { AccessFacts, ActorId } from '../entry/types.ts';
import { ControlError } from '../errors.ts';
import { parsePolicyDocument } from '../policy/policy-document.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { ControlLog } from '../ports/control-log.ts';
import type { Keyring } from '../ports/keyring.ts';
import {
  edgeKeyName,
  holdAnySecret,
  holdSecret,
  REFERENCED_PREFIXES,
  recordKeyName,
  tagKeyName,
} from '../secret/material.ts';
import { forgetPerson, pseudonymOf } from '../secret/pseudonym.ts';
import type { TenantState } from '../state/state.ts';
import type { Actor, Control, EdgeKey } from './control.ts';
import { isDuration } from './key-input.ts';
import { findKey, prepareAdminToken, prepareKey, prepareRotation } from './keys.ts';
import * as lookups from './lookups.ts';
import { openWriter } from './writer.ts';

export interface ControlOptions {
  readonly log: ControlLog;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Policy of a task nobody put one for; given out as version 0. */
  readonly defaultPolicy: TaskPolicy;
}

const SECRET_BYTES = 32;
const KID_BYTES = 6;
const PERSON_LENGTH_MAX = 256;

/** Throws ControlError `control_log_corrupt`, `control_version_unknown`. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { keyring, clock, rng } = options;
  const secrets = { keyring, clock, rng };
  const writer = openWriter(options);
  const { state, inTurn, append } = writer;
  await inTurn(async () => {
    if (state.edgeKeys.length === 0) await makeEdgeKey('system');
  });

  async function actorId(actor: Actor): Promise<ActorId> {
    return actor === 'system' ? 'system' : pseudonymOf(secrets, actor.person);
  }

  async function makeEdgeKey(actor: Actor): Promise<void> {
    const secret = rng.bytes(SECRET_BYTES);
    const publicKey = nobleEd25519.publicKey(secret);
    const id = `edge-${toHex(sha256(publicKey).subarray(0, KID_BYTES))}`;
    const generation = await holdSecret(secrets, edgeKeyName(id), secret);
    const key = { use: 'edge', id, generation, publicKey: toBase64(publicKey) } as const;
    await append(await actorId(actor), { kind: 'key', op: 'add', key });
  }

  function tenantNow(name: string): TenantState {
    const tenant = state.tenants.get(name);
    if (tenant === undefined) throw new ControlError('control_log_corrupt', 'an entry just appended is not folded');
    return tenant;
  }

  return {
    createTenant: ({ tenant, actor, retentionMs }) =>
      inTurn(async () => {
        if (!NAME.test(tenant)) return failure('tenant_name_malformed');
        if (retentionMs !== undefined && !isDuration(retentionMs)) return failure('retention_malformed');
        if (!state.tenants.has(tenant)) {
          await holdAnySecret(secrets, tagKeyName(tenant), SECRET_BYTES);
          const retention = retentionMs === undefined ? {} : { retentionMs };
          await append(await actorId(actor), { kind: 'tenant', op: 'create', tenant, ...retention });
        }
        return success(lookups.tenantInfo(tenantNow(tenant)));
      }),
    tenant: (name) => {
      const tenant = state.tenants.get(name);
      return tenant && lookups.tenantInfo(tenant);
    },
    tenants: () => [...state.tenants.values()].map(lookups.tenantInfo),
    setRetention: ({ tenant, actor, retentionMs }) =>
      inTurn(async () => {
        const held = state.tenants.get(tenant);
        if (held === undefined) return failure('tenant_unknown');
        if (retentionMs !== undefined && !isDuration(retentionMs)) return failure('retention_malformed');
        if (held.retentionMs !== retentionMs) {
          const retention = retentionMs === undefined ? {} : { retentionMs };
          await append(await actorId(actor), { kind: 'tenant', op: 'retain', tenant, ...retention });
        }
        return success(lookups.tenantInfo(tenantNow(tenant)));
      }),
    tagKey: (tenant) => lookups.tagKey(state, keyring, tenant),

    addKey: (input) =>
      inTurn(async () => {
        const prepared = await prepareKey(secrets, state, input);
        if (!prepared.ok) return prepared;
        await append(await actorId(input.actor), { kind: 'key', op: 'add', key: prepared.value.facts });
        return success(prepared.value.added);
      }),
    rotateKey: (input) =>
      inTurn(async () => {
        const prepared = await prepareRotation(secrets, state, input);
        if (!prepared.ok) return prepared;
        const { facts: key, replacedNotAfterMs, added } = prepared.value;
        const decision = { kind: 'key', op: 'rotate', replaces: input.id, replacedNotAfterMs, key } as const;
        await append(await actorId(input.actor), decision);
        return success(added);
      }),
    revokeKey: ({ tenant, id, actor }) =>
      inTurn(async () => {
        const found = findKey(state, tenant, id);
        if (!found.ok) return found;
        const { use, revokedMs } = found.value;
        if (revokedMs === undefined) await append(await actorId(actor), { kind: 'key', op: 'revoke', use, tenant, id });
        if (use === 'record') await forgetAll(recordKeyName(tenant, id));
        const revoked = findKey(state, tenant, id);
        return revoked.ok ? success(lookups.keyInfo(revoked.value)) : revoked;
      }),
    listKeys: (tenant) => lookups.listKeys(state, tenant),
    addAdminToken: ({ actor, ...window }) =>
      inTurn(async () => {
        const prepared = prepareAdminToken(secrets, window);
        if (!prepared.ok) return prepared;
        await append(await actorId(actor), { kind: 'key', op: 'add', key: prepared.value.facts });
        return success(prepared.value.added);
      }),
    revokeAdminToken: ({ id, actor }) =>
      inTurn(async () => {
        const token = state.adminTokens.get(id);
        if (token === undefined) return failure('key_unknown');
        if (token.revokedMs === undefined)
          await append(await actorId(actor), { kind: 'key', op: 'revoke', use: 'admin', id });
        return success(lookups.keyInfo(state.adminTokens.get(id) ?? token));
      }),
    listAdminTokens: () => [...state.adminTokens.values()].map(lookups.keyInfo),

    authenticate: (apiKey) => lookups.authenticate(state, apiKey, clock.nowMs()),
    authenticateAdmin: (token) => lookups.authenticateAdmin(state, token, clock.nowMs()),
    verificationKeys: (tenant) => lookups.verificationKeys(state, keyring, tenant),
    edgeKey: () => lookups.edgeKey(state, keyring),
    edgeVerificationKeys: () => lookups.edgeVerificationKeys(state),
    rotateEdgeKey: (actor): Promise<EdgeKey> =>
      inTurn(async () => {
        await makeEdgeKey(actor);
        return lookups.edgeKey(state, keyring);
      }),

    putPolicy: ({ tenant, task, policy: document, actor, expectedVersion }) =>
      inTurn(async () => {
        const held = state.tenants.get(tenant);
        if (held === undefined) return failure('tenant_unknown');
        if (!NAME.test(task)) return failure('task_name_malformed');
        const terms = parsePolicyDocument(document);
        if (!terms.ok) return terms;
        const version = held.policies.get(task)?.version ?? 0;
        if (expectedVersion !== undefined && expectedVersion !== version) {
          return failure('version_conflict', `version ${version} is in force`);
        }
        const policy = { version: version + 1, ...terms.value };
        await append(await actorId(actor), { kind: 'policy', op: 'put', tenant, task, policy });
        return success(held.policies.get(task) ?? policy);
      }),
    policyOf: (tenant, task) => {
      const held = state.tenants.get(tenant);
      return held && (held.policies.get(task) ?? { ...options.defaultPolicy, version: 0 });
    },
    policies: (tenant) => new Map(state.tenants.get(tenant)?.policies),

    recordAccess: ({ actor, ...access }) =>
      inTurn(async () => {
        if (!isAccess(actor, access)) return failure('access_malformed');
        await append(await actorId(actor), { kind: 'access', ...access });
        return success(undefined);
      }),
    forgetPerson: (person) => inTurn(() => forgetPerson(secrets, person)),
    async entries(from, to) {
      const page = await options.log.entries(from, to);
      return page.flatMap(({ index, body }) => {
        const parsed = parseEntry(body);
        return parsed.status === 'read' ? [{ index, ...parsed.entry }] : [];
      });
    },
    size: () => state.applied,

    missingSecrets: () =>
      lookups
        .referencedSecrets(state)
        .filter(({ name, generation }) => keyring.get(name, generation) === undefined)
        .map(({ name }) => name),
    removeOrphanedSecrets: () =>
      inTurn(async () => {
        const referenced = new Set(
          lookups.referencedSecrets(state).map(({ name, generation }) => `${generation} ${name}`),
        );
        const held = REFERENCED_PREFIXES.flatMap((prefix) => keyring.names(prefix));
        const removed: string[] = [];
        for (const name of held) {
          for (const generation of keyring.generations(name)) {
            if (referenced.has(`${generation} ${name}`)) continue;
            await keyring.remove(name, generation);
            removed.push(name);
          }
        }
        return removed;
      }),
    close: () => writer.settled(),
  };

  async function forgetAll(name: string): Promise<void> {
    for (const generation of keyring.generations(name)) await keyring.remove(name, generation);
  }
}

function isAccess(actor: Actor, { action, target, tenant, outcome }: AccessFacts): boolean {
  return (
    (actor === 'system' || (actor.person.length <= PERSON_LENGTH_MAX && actor.person.isWellFormed())) &&
    ACTION.test(action) &&
    (outcome === 'done' || outcome === 'refused') &&
    (target === undefined || TARGET.test(target)) &&
    (tenant === undefined || NAME.test(tenant))
  );
}
