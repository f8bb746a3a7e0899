/** Adding, rotating and revoking keys: checked, secrets held durably, then appended. */
import { failure, type Result, success, toBase64, toHex } from '@fractal/tlog';
import type { AdminTokenFacts, ApiKeyFacts, RecordKeyFacts } from '../entry/types.ts';
import { makeBearer } from '../secret/api-key.ts';
import { holdSecret, recordKeyName } from '../secret/material.ts';
import type { SecretContext } from '../secret/pseudonym.ts';
import type { ControlState, Held } from '../state/state.ts';
import type { AddedKey, AddKeyCode, AddKeyInput, RotateKeyCode, RotateKeyInput } from './control.ts';
import { checkHmacSecret, checkPublicKey, checkScopes, checkWindow, isDuration, isKid } from './key-input.ts';

const KID_BYTES = 6;
const HMAC_SECRET_BYTES = 32;

/** A key ready to be appended, and what its asker is to be given. */
export interface PreparedKey<Facts> {
  readonly facts: Facts;
  readonly added: AddedKey;
}

export async function prepareKey(
  context: SecretContext,
  state: ControlState,
  input: AddKeyInput,
): Promise<Result<PreparedKey<ApiKeyFacts | RecordKeyFacts>, AddKeyCode>> {
  const tenant = state.tenants.get(input.tenant);
  if (tenant === undefined) return failure('tenant_unknown');
  const window = checkWindow(input);
  if (!window.ok) return window;
  if (input.use === 'api') {
    const scopes = checkScopes(input.scopes ?? ['tenant']);
    if (!scopes.ok) return scopes;
    const { id, text, secretSha256 } = makeBearer('api', context.rng);
    const facts = { use: 'api', id, ...window.value, tenant: tenant.name, scopes: scopes.value, secretSha256 } as const;
    return success({ facts, added: { use: 'api', id, secret: text } });
  }
  const id = input.kid ?? `k-${toHex(context.rng.bytes(KID_BYTES))}`;
  if (!isKid(id)) return failure('key_malformed', 'a kid is 1 to 128 visible ASCII characters');
  if (tenant.recordKeys.has(id)) return failure('key_taken');
  const base = { use: 'record', id, ...window.value, tenant: tenant.name } as const;
  if (input.alg === 'ed25519') {
    const publicKey = checkPublicKey(input.publicKey);
    if (!publicKey.ok) return publicKey;
    const material = { alg: 'ed25519', publicKey: toBase64(publicKey.value) } as const;
    return success({ facts: { ...base, material }, added: { use: 'record', id } });
  }
  return prepareHmacKey(context, base, input.secret);
}

async function prepareHmacKey(
  context: SecretContext,
  base: Omit<RecordKeyFacts, 'material'>,
  given: Uint8Array | undefined,
): Promise<Result<PreparedKey<RecordKeyFacts>, AddKeyCode>> {
  const secret = checkHmacSecret(given ?? context.rng.bytes(HMAC_SECRET_BYTES));
  if (!secret.ok) return secret;
  const generation = await holdSecret(context, recordKeyName(base.tenant, base.id), secret.value);
  const added = { use: 'record', id: base.id, ...(given === undefined ? { secret: secret.value } : {}) } as const;
  return success({ facts: { ...base, material: { alg: 'hmac-sha256', generation } }, added });
}

export function prepareAdminToken(
  context: SecretContext,
  window: { readonly notBeforeMs?: number; readonly notAfterMs?: number },
): Result<PreparedKey<AdminTokenFacts>, 'key_window_malformed'> {
  const checked = checkWindow(window);
  if (!checked.ok) return checked;
  const { id, text, secretSha256 } = makeBearer('admin', context.rng);
  return success({
    facts: { use: 'admin', id, ...checked.value, secretSha256 },
    added: { use: 'admin', id, secret: text },
  });
}

export interface PreparedRotation extends PreparedKey<ApiKeyFacts | RecordKeyFacts> {
  readonly replacedNotAfterMs: number;
}

/** The key that takes over from one that is neither revoked nor replaced; its window is open. */
export async function prepareRotation(
  context: SecretContext,
  state: ControlState,
  input: RotateKeyInput,
): Promise<Result<PreparedRotation, RotateKeyCode>> {
  const found = findKey(state, input.tenant, input.id);
  if (!found.ok) return found;
  const old = found.value;
  if (old.revokedMs !== undefined) return failure('key_revoked');
  if (old.replacedBy !== undefined) return failure('key_replaced');
  if (input.overlapMs !== 0 && !isDuration(input.overlapMs)) return failure('key_window_malformed', 'overlap');
  const next = successorOf(old, input);
  if (!next.ok) return next;
  const prepared = await prepareKey(context, state, next.value);
  if (!prepared.ok)
    return prepared.code === 'scope_unknown' ? failure('key_malformed') : failure(prepared.code, prepared.detail);
  const endMs = context.clock.nowMs() + input.overlapMs;
  return success({ ...prepared.value, replacedNotAfterMs: Math.min(endMs, old.notAfterMs ?? endMs) });
}

function successorOf(
  old: Held<ApiKeyFacts> | Held<RecordKeyFacts>,
  { tenant, actor, kid, secret, publicKey }: RotateKeyInput,
): Result<AddKeyInput, 'key_malformed'> {
  if (old.use === 'api') return success({ tenant, actor, use: 'api', scopes: old.scopes });
  const named = kid === undefined ? {} : { kid };
  if (old.material.alg === 'hmac-sha256') {
    const given = secret === undefined ? {} : { secret };
    return success({ tenant, actor, use: 'record', alg: 'hmac-sha256', ...named, ...given });
  }
  if (publicKey === undefined) return failure('key_malformed', 'the new Ed25519 public key is missing');
  return success({ tenant, actor, use: 'record', alg: 'ed25519', ...named, publicKey });
}

/** A tenant's API or record key, and never another's (I13). Where both kinds have the id, the API key is meant. */
export function findKey(
  state: ControlState,
  tenantName: string,
  id: string,
): Result<Held<ApiKeyFacts> | Held<RecordKeyFacts>, 'tenant_unknown' | 'key_unknown'> {
  const tenant = state.tenants.get(tenantName);
  if (tenant === undefined) return failure('tenant_unknown');
  const apiKey = state.apiKeys.get(id);
  const held = apiKey?.tenant === tenantName ? apiKey : tenant.recordKeys.get(id);
  return held === undefined ? failure('key_unknown') : success(held);
}
