/**
 * The tenant keys (key encryption keys) in the keyring, under `kek/<tenant>`. More than one generation is held only
 * while a rotation is under way or was cut short.
 */
import { VaultError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { TenantKey } from '../seal/seal.ts';

const PREFIX = 'kek/';
const SECRET_BYTES = 32;

export interface TenantKeyContext {
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** The key new content is sealed by. Throws `vault_key_missing`. */
export function currentTenantKey(keyring: Keyring, tenant: string): TenantKey {
  const key = keyring.latest(PREFIX + tenant);
  if (key === undefined) throw new VaultError('vault_key_missing', `no key held for tenant ${tenant}`);
  return { generation: key.generation, secret: key.secret };
}

export function tenantKeyOf(keyring: Keyring, tenant: string, generation: number): TenantKey | undefined {
  const key = keyring.get(PREFIX + tenant, generation);
  return key === undefined ? undefined : { generation: key.generation, secret: key.secret };
}

export function hasTenantKey(keyring: Keyring, tenant: string): boolean {
  return keyring.latest(PREFIX + tenant) !== undefined;
}

/** Makes and holds the next generation; durable when it resolves. */
export async function addTenantKey(context: TenantKeyContext, tenant: string): Promise<TenantKey> {
  const generation = (context.keyring.latest(PREFIX + tenant)?.generation ?? 0) + 1;
  const secret = context.rng.bytes(SECRET_BYTES);
  await context.keyring.add({ name: PREFIX + tenant, generation, createdMs: context.clock.nowMs(), secret });
  return { generation, secret };
}

export function olderGenerations(keyring: Keyring, tenant: string, than: number): readonly number[] {
  return keyring.generations(PREFIX + tenant).filter((generation) => generation < than);
}

export async function forgetTenantKey(keyring: Keyring, tenant: string, generation: number): Promise<void> {
  await keyring.remove(PREFIX + tenant, generation);
}

/** Tenants with more than one generation held: a rotation of theirs was cut short. */
export function unfinishedRotations(keyring: Keyring): readonly string[] {
  return keyring
    .names(PREFIX)
    .filter((name) => keyring.generations(name).length > 1)
    .map((name) => name.slice(PREFIX.length));
}
