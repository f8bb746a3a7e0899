/** What the vault can be asked. */
import type { ContentItem } from '@fractal/record';
import type { ContentAddress, OwedRotation } from '../ports/vault-store.ts';
import type { TenantKey } from '../seal/seal.ts';
import type { RotationReport } from './rotation.ts';
import type { SweepOptions } from './sweep.ts';

/** `stored`: new. `held`: the same content was there. `erased`: it was erased before; nothing was written, nothing comes back. */
export type PutOutcome = 'stored' | 'held' | 'erased';

export type EraseOutcome = 'erased' | 'already_erased' | 'unknown';

export interface PutInput extends ContentAddress {
  readonly items: readonly ContentItem[];
  /** Instead of the tenant's. */
  readonly retentionMs?: number;
}

export interface PutSealedInput extends ContentAddress {
  /** From `sealContent`; not changed by the caller afterwards. */
  readonly sealed: Uint8Array;
  readonly retentionMs?: number;
}

export interface Vault {
  /** Makes the tenant's first key where it has none; refuses (`vault_key_missing`) where content of it says there was one. */
  ensureTenantKey(tenant: string): Promise<void>;
  /** The key to seal by now, for a worker thread. Throws `vault_key_missing`. */
  tenantKey(tenant: string): TenantKey;
  /** Seals and stores; durable when it resolves. Throws VaultError, or the store's error with unknown outcome: put again. */
  put(input: PutInput): Promise<PutOutcome>;
  /** Stores what a worker sealed. Not opened here: `get` authenticates. `vault_key_retired`: seal again and repeat. */
  putSealed(input: PutSealedInput): Promise<PutOutcome>;
  /** Decrypted and checked against the merkle root beside it, or `vault_corrupt`; undefined where nothing is stored. */
  get(address: ContentAddress): Promise<ContentItem[] | 'erased' | undefined>;
  /** Unreadable at once and durably; the tenant then owes a rotation. */
  erase(address: ContentAddress): Promise<EraseOutcome>;
  /** Content past its retention at `nowMs`, not yet erased, the longest due first. */
  listDue(nowMs: number, limit: number): Promise<readonly ContentAddress[]>;
  /** Erases all content past its retention at `nowMs` and returns what it erased. */
  expire(nowMs: number): Promise<readonly ContentAddress[]>;
  /** Removes content whose body never came; see `sweepOrphans`. */
  sweep(options: SweepOptions): Promise<readonly ContentAddress[]>;
  /** New tenant key, survivors rewrapped, older keys forgotten. Calls for one tenant run one after the other. */
  rotateTenantKey(tenant: string): Promise<RotationReport>;
  /** Finishes rotations a crash cut short; call at start-up. Returns the tenants. */
  finishRotations(): Promise<readonly string[]>;
  /** Tenants that erased something since their last rotation, and since when. */
  rotationsOwed(): Promise<readonly OwedRotation[]>;
  /** Waits for puts and rotations under way, then closes the store. */
  close(): Promise<void>;
}
