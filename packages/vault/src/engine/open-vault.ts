/**
 * The vault: content by (tenant, pcs_id), encrypted, durable before its body commits, erasable (DESIGN section 8).
 * It keeps no state of its own but what is under way; all else is in the store and the keyring.
 *
 * Not its business: whether a body commits afterwards (`sweep` finds content whose body never came), logging an
 * erasure (the caller appends the `erasure` body), legal hold.
 */
import type { ContentItem } from '@fractal/record';
import { equalBytes } from '@fractal/tlog';
import { VaultError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { ContentAddress, OwedRotation, VaultStore } from '../ports/vault-store.ts';
import { checkAddress } from '../seal/address.ts';
import { formatKeyRow, type KeyRow, parseKeyRow, type SealedKeyRow } from '../seal/key-row.ts';
import {
  generationOf,
  openContent,
  rewrapKey,
  rootOf,
  sealContent,
  splitSealed,
  type TenantKey,
} from '../seal/seal.ts';
import { type RotationReport, rewrapAll } from './rotation.ts';
import { type SweepOptions, sweepOrphans, TOUCH_AFTER_MS } from './sweep.ts';
import { addTenantKey, currentTenantKey, hasTenantKey, tenantKeyOf, unfinishedRotations } from './tenant-keys.ts';

export interface VaultOptions {
  readonly store: VaultStore;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Retention of a tenant where a put names none; undefined: kept until erased. */
  readonly retentionMsOf?: (tenant: string) => number | undefined;
}

/** `stored`: new. `held`: the same content was there. `erased`: it was erased before; nothing was written, nothing comes back. */
export type PutOutcome = 'stored' | 'held' | 'erased';

export type EraseOutcome = 'erased' | 'already_erased' | 'unknown';

export interface PutInput extends ContentAddress {
  readonly items: readonly ContentItem[];
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

const EXPIRE_PAGE = 500;

export function openVault(options: VaultOptions): Vault {
  const { store, keyring, rng, clock } = options;
  /** Inserts under way, by tenant: a rotation waits for those that began before it. */
  const inserts = new Map<string, Set<Promise<unknown>>>();
  const rotations = new Map<string, Promise<unknown>>();

  function tracked<T>(tenant: string, insert: Promise<T>): Promise<T> {
    const running = inserts.get(tenant) ?? new Set();
    inserts.set(tenant, running);
    running.add(insert);
    const done = (): void => {
      running.delete(insert);
      if (running.size === 0 && inserts.get(tenant) === running) inserts.delete(tenant);
    };
    insert.then(done, done);
    return insert;
  }

  async function putSealed(input: PutSealedInput): Promise<PutOutcome> {
    checkAddress(input);
    const address = { tenant: input.tenant, pcsId: input.pcsId };
    const parts = splitSealed(input.sealed);
    if (parts === undefined) throw new VaultError('content_malformed', 'sealed bytes are not from sealContent');
    const retentionMs = input.retentionMs ?? options.retentionMsOf?.(address.tenant);
    for (;;) {
      const storedMs = clock.nowMs();
      const retainUntilMs = retentionMs === undefined ? undefined : storedMs + retentionMs;
      // no await between reading the current key and starting the insert: a rotation sees it or is seen by it
      const wrappedKey = underCurrentKey(address, parts.wrappedKey);
      const keyRow = formatKeyRow(address, { state: 'sealed', storedMs, retainUntilMs, wrappedKey });
      const insert = store.insert({ address, keyRow, content: parts.content, ...retained(retainUntilMs) });
      if (await tracked(address.tenant, insert)) return 'stored';
      const outcome = await heldOutcome(address, rootOf(wrappedKey));
      if (outcome !== undefined) return outcome; // otherwise a sweep took it in between: insert again
    }
  }

  function underCurrentKey(address: ContentAddress, wrappedKey: Uint8Array): Uint8Array {
    const current = currentTenantKey(keyring, address.tenant);
    const generation = generationOf(wrappedKey);
    if (generation === current.generation) return wrappedKey;
    const from = tenantKeyOf(keyring, address.tenant, generation);
    const rewrapped = from && rewrapKey({ address, wrappedKey, from, to: current, rng });
    if (rewrapped === undefined) {
      throw new VaultError('vault_key_retired', `sealed by generation ${generation}, ${current.generation} is current`);
    }
    return rewrapped;
  }

  async function heldOutcome(address: ContentAddress, root: Uint8Array): Promise<PutOutcome | undefined> {
    for (;;) {
      const keyRow = await store.readKey(address);
      if (keyRow === undefined) return undefined;
      const row = parsed(address, keyRow);
      if (row.state === 'erased') return 'erased';
      if (!equalBytes(rootOf(row.wrappedKey), root)) {
        throw new VaultError('vault_conflict', `${address.pcsId}: held with another merkle root`);
      }
      const nowMs = clock.nowMs();
      if (nowMs - row.storedMs < TOUCH_AFTER_MS) return 'held';
      const next = formatKeyRow(address, { ...row, storedMs: nowMs });
      const [touched] = await store.replaceKeys([{ address, expected: keyRow, next }]);
      if (touched === true) return 'held';
    }
  }

  async function get(address: ContentAddress): Promise<ContentItem[] | 'erased' | undefined> {
    checkAddress(address);
    for (let lastGeneration = -1; ; ) {
      const stored = await store.read(address);
      if (stored === undefined) return undefined;
      const row = parsed(address, stored.keyRow);
      if (row.state === 'erased') return 'erased';
      const generation = generationOf(row.wrappedKey);
      const key = tenantKeyOf(keyring, address.tenant, generation);
      if (key !== undefined) return opened(address, row, stored.content, key);
      // a rotation may have rewrapped the row after it was read: look once more
      if (generation === lastGeneration) {
        throw new VaultError('vault_key_missing', `${address.pcsId}: generation ${generation} is not held`);
      }
      lastGeneration = generation;
    }
  }

  async function erase(address: ContentAddress): Promise<EraseOutcome> {
    checkAddress(address);
    for (;;) {
      const keyRow = await store.readKey(address);
      if (keyRow === undefined) return 'unknown';
      const row = parsed(address, keyRow);
      if (row.state === 'erased') return 'already_erased';
      const erasedMs = clock.nowMs();
      const tombstone = formatKeyRow(address, { state: 'erased', erasedMs });
      const erasure = { address, expected: keyRow, tombstone, ...retained(row.retainUntilMs) };
      const [done] = await store.erase([erasure], erasedMs);
      if (done === true) return 'erased'; // otherwise rewrapped or touched in between: look again
    }
  }

  async function expire(nowMs: number): Promise<readonly ContentAddress[]> {
    const erased: ContentAddress[] = [];
    for (;;) {
      const due = await store.listDue({ nowMs, limit: EXPIRE_PAGE });
      if (due.length === 0) return erased;
      const outcomes = await Promise.all(due.map(erase)); // at once, so that the store can commit them together
      erased.push(...due.filter((_, position) => outcomes[position] === 'erased'));
      if (!outcomes.includes('erased')) {
        throw new VaultError('vault_corrupt', `retention lists ${due.length} addresses that can't be erased`);
      }
    }
  }

  /** Runs after what was asked before for the same tenant, whether that failed or not. */
  function inTurn<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    const turn = (rotations.get(tenant) ?? Promise.resolve()).then(work, work);
    rotations.set(tenant, turn);
    const done = (): void => {
      if (rotations.get(tenant) === turn) rotations.delete(tenant);
    };
    turn.then(done, done);
    return turn;
  }

  async function rewrapTo(tenant: string, key: TenantKey): Promise<RotationReport> {
    await Promise.allSettled(inserts.get(tenant) ?? []);
    return rewrapAll({ store, keyring, rng }, tenant, key);
  }

  async function rotate(tenant: string): Promise<RotationReport> {
    currentTenantKey(keyring, tenant);
    const owed = (await store.listOwed()).find((entry) => entry.tenant === tenant);
    const report = await rewrapTo(tenant, await addTenantKey({ keyring, clock, rng }, tenant));
    if (owed !== undefined) await store.settleOwed(tenant, owed.count);
    return report;
  }

  return {
    async ensureTenantKey(tenant) {
      checkAddress({ tenant, pcsId: '0'.repeat(64) });
      await inTurn(tenant, async () => {
        if (hasTenantKey(keyring, tenant)) return;
        if ((await store.listKeys({ tenant, limit: 1 })).length > 0) {
          throw new VaultError('vault_key_missing', `content of tenant ${tenant} is held, but its key is not`);
        }
        await addTenantKey({ keyring, clock, rng }, tenant);
      });
    },
    tenantKey: (tenant) => currentTenantKey(keyring, tenant),
    async put({ items, ...rest }) {
      const tenantKey = currentTenantKey(keyring, rest.tenant);
      return putSealed({ ...rest, sealed: sealContent({ ...rest, items, tenantKey, rng }) });
    },
    putSealed,
    get,
    erase,
    listDue: (nowMs, limit) => store.listDue({ nowMs, limit }),
    expire,
    sweep: (sweepOptions) => sweepOrphans({ store, clock }, sweepOptions),
    rotateTenantKey: (tenant) => inTurn(tenant, () => rotate(tenant)),
    async finishRotations() {
      const tenants = unfinishedRotations(keyring);
      for (const tenant of tenants) await inTurn(tenant, () => rewrapTo(tenant, currentTenantKey(keyring, tenant)));
      return tenants;
    },
    rotationsOwed: () => store.listOwed(),
    async close() {
      await Promise.allSettled([...rotations.values(), ...[...inserts.values()].flatMap((running) => [...running])]);
      await store.close();
    },
  };
}

function parsed(address: ContentAddress, keyRow: Uint8Array): KeyRow {
  const row = parseKeyRow(address, keyRow);
  if (row === undefined)
    throw new VaultError('vault_corrupt', `${address.tenant}/${address.pcsId}: key row does not parse`);
  return row;
}

function opened(
  address: ContentAddress,
  row: SealedKeyRow,
  content: Uint8Array | undefined,
  key: TenantKey,
): ContentItem[] {
  const items = content && openContent(address, { wrappedKey: row.wrappedKey, content }, key);
  if (items === undefined) {
    throw new VaultError('vault_corrupt', `${address.tenant}/${address.pcsId}: content does not authenticate`);
  }
  return items;
}

function retained(retainUntilMs: number | undefined): { readonly retainUntilMs?: number } {
  return retainUntilMs === undefined ? {} : { retainUntilMs };
}
