/** Answers from the state: who a caller is, which keys verify, what is listed. Pure but for the secrets in the keyring. */
import type { VerificationKey } from '@fractal/record';
import { fromBase64 } from '@fractal/tlog';
import type { AdminTokenFacts, ApiKeyFacts, EdgeKeyFacts, RecordKeyFacts } from '../entry/types.ts';
import { ControlError } from '../errors.ts';
import type { Keyring } from '../ports/keyring.ts';
import { parseBearer, secretMatches } from '../secret/api-key.ts';
import { edgeKeyName, recordKeyName, tagKeyName } from '../secret/material.ts';
import type { ControlState, Held, TenantState } from '../state/state.ts';
import type { Authenticated, EdgeKey, KeyInfo, TenantInfo } from './control.ts';

type AnyHeld = Held<ApiKeyFacts> | Held<RecordKeyFacts> | Held<AdminTokenFacts>;

export function authenticate(state: ControlState, text: string, nowMs: number): Authenticated | undefined {
  const bearer = parseBearer('api', text);
  if (bearer === undefined) return undefined;
  const key = state.apiKeys.get(bearer.id);
  if (!secretMatches(bearer.secret, key?.secretSha256) || key === undefined || !isGood(key, nowMs)) return undefined;
  return { tenant: key.tenant, keyId: key.id, scopes: key.scopes };
}

export function authenticateAdmin(state: ControlState, text: string, nowMs: number): { keyId: string } | undefined {
  const bearer = parseBearer('admin', text);
  if (bearer === undefined) return undefined;
  const token = state.adminTokens.get(bearer.id);
  if (!secretMatches(bearer.secret, token?.secretSha256) || token === undefined || !isGood(token, nowMs))
    return undefined;
  return { keyId: token.id };
}

function isGood(key: AnyHeld, nowMs: number): boolean {
  return key.revokedMs === undefined && nowMs >= (key.notBeforeMs ?? 0) && nowMs < (key.notAfterMs ?? Infinity);
}

/** A key whose secret the keyring does not hold is left out: what it signed is refused (I10). */
export function verificationKeys(state: ControlState, keyring: Keyring, tenant: string): readonly VerificationKey[] {
  const keys = [...(state.tenants.get(tenant)?.recordKeys.values() ?? [])];
  return keys.flatMap((key) => {
    const value = key.revokedMs === undefined ? verifyingBytes(keyring, key) : undefined;
    if (value === undefined) return [];
    return [{ alg: key.material.alg, kid: key.id, value, ...windowOf(key) }];
  });
}

function verifyingBytes(keyring: Keyring, { tenant, id, material }: RecordKeyFacts): Uint8Array | undefined {
  if (material.alg === 'ed25519') return fromBase64(material.publicKey);
  return keyring.get(recordKeyName(tenant, id), material.generation)?.secret;
}

export function edgeKey(state: ControlState, keyring: Keyring): EdgeKey {
  const key = state.edgeKeys.at(-1);
  const secret = key && keyring.get(edgeKeyName(key.id), key.generation)?.secret;
  if (key === undefined || secret === undefined)
    throw new ControlError('control_secret_missing', 'the edge has no key to sign by');
  return { kid: key.id, secret, publicKey: publicKeyOf(key) };
}

export function edgeVerificationKeys(state: ControlState): readonly VerificationKey[] {
  return state.edgeKeys.map((key) => ({ alg: 'ed25519', kid: key.id, value: publicKeyOf(key) }));
}

function publicKeyOf(key: EdgeKeyFacts): Uint8Array {
  return fromBase64(key.publicKey) ?? new Uint8Array(0); // its form was checked when the entry was read
}

export function tagKey(state: ControlState, keyring: Keyring, tenant: string): Uint8Array {
  const key = state.tenants.has(tenant) ? keyring.latest(tagKeyName(tenant)) : undefined;
  if (key === undefined) throw new ControlError('control_secret_missing', `no tag key for tenant ${tenant}`);
  return key.secret;
}

export function tenantInfo({ name, createdMs, retentionMs, revision }: TenantState): TenantInfo {
  return { name, createdMs, retentionMs, revision };
}

export function listKeys(state: ControlState, tenant: string): readonly KeyInfo[] {
  const ofTenant = [...state.apiKeys.values()].filter((key) => key.tenant === tenant);
  const recordKeys = state.tenants.get(tenant)?.recordKeys.values() ?? [];
  return [...ofTenant, ...recordKeys].sort((a, b) => a.createdMs - b.createdMs).map(keyInfo);
}

export function keyInfo(key: AnyHeld): KeyInfo {
  const { use, id, createdMs, revokedMs, replacedBy } = key;
  return {
    use,
    id,
    createdMs,
    ...windowOf(key),
    ...(revokedMs === undefined ? {} : { revokedMs }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
    ...(key.use === 'api' ? { scopes: key.scopes } : {}),
    ...(key.use === 'record' ? recordInfo(key) : {}),
  };
}

function recordInfo({ material }: RecordKeyFacts): Pick<KeyInfo, 'alg' | 'publicKey'> {
  const publicKey = material.alg === 'ed25519' ? fromBase64(material.publicKey) : undefined;
  return { alg: material.alg, ...(publicKey === undefined ? {} : { publicKey }) };
}

function windowOf({ notBeforeMs, notAfterMs }: { readonly notBeforeMs?: number; readonly notAfterMs?: number }) {
  return {
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  };
}

/** Names (with generation) of the secrets that the state relies on. */
export function referencedSecrets(
  state: ControlState,
): readonly { readonly name: string; readonly generation: number }[] {
  const tenants = [...state.tenants.values()];
  const recordKeys = tenants.flatMap(({ recordKeys }) => [...recordKeys.values()]);
  return [
    ...tenants.map(({ name }) => ({ name: tagKeyName(name), generation: 1 })),
    ...recordKeys.flatMap(({ tenant, id, material, revokedMs }) =>
      material.alg === 'hmac-sha256' && revokedMs === undefined
        ? [{ name: recordKeyName(tenant, id), generation: material.generation }]
        : [],
    ),
    ...state.edgeKeys.map(({ id, generation }) => ({ name: edgeKeyName(id), generation })),
  ];
}
