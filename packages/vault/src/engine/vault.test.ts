import { beforeEach, describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { ContentAddress, VaultStore } from '../ports/vault-store.ts';
import { formatKeyRow } from '../seal/key-row.ts';
import { sealContent } from '../seal/seal.ts';
import { faultyVaultStore } from '../testing/faults.ts';
import { type TestClock, testClock, testContent, testRng } from '../testing/fixtures.ts';
import { memoryKeyring } from '../testing/memory-keyring.ts';
import { memoryVaultStore } from '../testing/memory-vault-store.ts';
import { openVault } from './open-vault.ts';
import { ORPHAN_AGE_MS_MIN, TOUCH_AFTER_MS } from './sweep.ts';
import type { Vault } from './vault.ts';

let store: VaultStore;
let keyring: Keyring;
let clock: TestClock;
let vault: Vault;
const content = testContent('acme', 1);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof VaultError ? error.code : String(error)),
  );

beforeEach(async () => {
  store = memoryVaultStore();
  keyring = memoryKeyring();
  clock = testClock();
  vault = openVault({ store, keyring, rng: testRng(), clock });
  await vault.ensureTenantKey('acme');
});

describe('put and get', () => {
  it('gives back what was put, once', async () => {
    expect(await vault.get(content)).toBeUndefined();
    expect(await vault.put(content)).toBe('stored');
    expect(await vault.put(content)).toBe('held');
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('races: one of many puts of the same content stores it', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => vault.put(content)));
    expect(outcomes.filter((outcome) => outcome === 'stored').length).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'held').length).toBe(19);
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('refuses other content under a held id', async () => {
    await vault.put(content);
    const other = { ...content, items: testContent('acme', 2).items };
    expect(await codeOf(vault.put(other))).toBe('vault_conflict');
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('keeps tenants apart (I13)', async () => {
    await vault.ensureTenantKey('zoo');
    await vault.put(content);
    expect(await vault.get({ ...content, tenant: 'zoo' })).toBeUndefined();
    expect(await vault.erase({ ...content, tenant: 'zoo' })).toBe('unknown');
    expect(await vault.put({ ...content, tenant: 'zoo' })).toBe('stored');
    expect(await vault.erase(content)).toBe('erased');
    expect(await vault.get({ ...content, tenant: 'zoo' })).toEqual(content.items);
  });

  it('refuses addresses that are none, and tenants without a key', async () => {
    expect(await codeOf(vault.put({ ...content, tenant: 'a/b' }))).toBe('vault_key_missing');
    expect(await codeOf(vault.get({ tenant: 'a/b', pcsId: content.pcsId }))).toBe('vault_address_malformed');
    expect(await codeOf(vault.erase({ tenant: 'acme', pcsId: '00' }))).toBe('vault_address_malformed');
    expect(await codeOf(vault.ensureTenantKey('a b'))).toBe('vault_address_malformed');
    expect(await codeOf(vault.put({ ...content, tenant: 'unknown' }))).toBe('vault_key_missing');
  });

  it('stores what was sealed elsewhere, and refuses bytes that were not', async () => {
    const sealed = sealContent({ ...content, tenantKey: vault.tenantKey('acme'), rng: testRng() });
    expect(await codeOf(vault.putSealed({ ...content, sealed: sealed.subarray(0, 80) }))).toBe('content_malformed');
    expect(await vault.putSealed({ ...content, sealed })).toBe('stored');
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('rewraps what was sealed by the key before, and says so when that key is gone', async () => {
    const old = vault.tenantKey('acme');
    const sealed = sealContent({ ...content, tenantKey: old, rng: testRng() });
    await keyring.add({ name: 'kek/acme', generation: 2, createdMs: 0, secret: new Uint8Array(32).fill(2) });
    expect(await vault.putSealed({ ...content, sealed })).toBe('stored');
    await keyring.remove('kek/acme', 1);
    expect(await vault.get(content)).toEqual(content.items);
    const second = testContent('acme', 2);
    const stale = sealContent({ ...second, tenantKey: old, rng: testRng() });
    expect(await codeOf(vault.putSealed({ ...second, sealed: stale }))).toBe('vault_key_retired');
    expect(await vault.get(second)).toBeUndefined();
  });
});

describe('corruption is named and never served', () => {
  async function withRow(
    change: (row: { keyRow: Uint8Array; content: Uint8Array }) => void,
    address: ContentAddress = content,
  ) {
    await vault.put(content);
    const row = await store.read(content);
    if (row?.content === undefined) throw new Error('not stored');
    const changed = { keyRow: row.keyRow.slice(), content: row.content.slice() };
    change(changed);
    const other = memoryVaultStore();
    await other.insert({ address, ...changed, storedMs: clock.nowMs() });
    return openVault({ store: other, keyring, rng: testRng(), clock });
  }

  it('in the content', async () => {
    const broken = await withRow((row) => {
      row.content[row.content.length >> 1]! ^= 1;
    });
    expect(await codeOf(broken.get(content))).toBe('vault_corrupt');
  });

  it('in the key row, which can still be erased', async () => {
    const broken = await withRow((row) => {
      row.keyRow[30]! ^= 1;
    });
    expect(await codeOf(broken.get(content))).toBe('vault_corrupt');
    expect(await codeOf(broken.put(content))).toBe('vault_corrupt');
    expect(await codeOf(broken.rotateTenantKey('acme'))).toBe('vault_corrupt');
    expect(await broken.erase(content)).toBe('erased');
    expect(await broken.get(content)).toBe('erased');
    expect((await broken.rotateTenantKey('acme')).rewrapped).toBe(0);
  });

  it('in a row moved to another address', async () => {
    const elsewhere = testContent('acme', 2);
    const broken = await withRow(() => undefined, elsewhere);
    expect(await codeOf(broken.get(elsewhere))).toBe('vault_corrupt');
  });

  it('where the content is gone and the key is not', async () => {
    await vault.put(content);
    const halved: VaultStore = {
      ...store,
      read: async () => ({ keyRow: (await store.readKey(content)) ?? new Uint8Array() }),
    };
    expect(await codeOf(openVault({ store: halved, keyring, rng: testRng(), clock }).get(content))).toBe(
      'vault_corrupt',
    );
  });

  it('where the tenant key is gone', async () => {
    await vault.put(content);
    await keyring.remove('kek/acme', 1);
    expect(await codeOf(vault.get(content))).toBe('vault_key_missing');
    expect(await codeOf(vault.ensureTenantKey('acme'))).toBe('vault_key_missing');
  });
});

describe('erasure and retention', () => {
  it('erases for good: no get, no put brings it back', async () => {
    await vault.put(content);
    expect(await vault.erase(content)).toBe('erased');
    expect(await vault.erase(content)).toBe('already_erased');
    expect(await vault.get(content)).toBe('erased');
    expect(await vault.put(content)).toBe('erased');
    expect(await vault.get(content)).toBe('erased');
    expect((await store.read(content))?.content).toBeUndefined();
    expect(await vault.erase(testContent('acme', 9))).toBe('unknown');
    expect(await vault.rotationsOwed()).toEqual([{ tenant: 'acme', sinceMs: clock.nowMs(), count: 1 }]);
  });

  it('expires what is due and nothing else', async () => {
    const kept = testContent('acme', 2);
    await vault.put({ ...content, retentionMs: 1000 });
    await vault.put(kept);
    clock.advance(999);
    expect(await vault.expire(clock.nowMs())).toEqual([]);
    clock.advance(1);
    const address = { tenant: content.tenant, pcsId: content.pcsId };
    expect(await vault.listDue(clock.nowMs(), 10)).toEqual([address]);
    expect(await vault.expire(clock.nowMs())).toEqual([address]);
    expect(await vault.expire(clock.nowMs())).toEqual([]);
    expect(await vault.get(content)).toBe('erased');
    expect(await vault.get(kept)).toEqual(kept.items);
  });

  it('takes the retention of the tenant where a put names none', async () => {
    const retaining = openVault({ store, keyring, rng: testRng(), clock, retentionMsOf: () => 50 });
    await retaining.put(content);
    await retaining.put({ ...testContent('acme', 2), retentionMs: 5000 });
    clock.advance(60);
    expect((await retaining.expire(clock.nowMs())).length).toBe(1);
    clock.advance(5000);
    expect((await retaining.expire(clock.nowMs())).length).toBe(1);
  });

  it('expires thousands in pages', async () => {
    for (let number = 0; number < 1200; number++) await vault.put({ ...testContent('acme', number), retentionMs: 1 });
    clock.advance(1);
    expect((await vault.expire(clock.nowMs())).length).toBe(1200);
  });

  it('does not expire by an index that contradicts the row, and clears one that outlived its row', async () => {
    await vault.put({ ...content, retentionMs: 1000 });
    const address = { tenant: content.tenant, pcsId: content.pcsId };
    const early: VaultStore = { ...store, listDue: async () => [{ address, retainUntilMs: 1 }] };
    expect(await codeOf(openVault({ store: early, keyring, rng: testRng(), clock }).expire(5))).toBe('vault_corrupt');
    expect(await vault.get(content)).toEqual(content.items);

    let left = [{ address, retainUntilMs: 1 }];
    const stale: VaultStore = {
      ...store,
      listDue: async () => left,
      erase: async (changes, erasedMs) => {
        left = [];
        return store.erase(changes, erasedMs);
      },
    };
    await vault.erase(content);
    expect(await openVault({ store: stale, keyring, rng: testRng(), clock }).expire(5)).toEqual([]);
    expect(left).toEqual([]);
  });
});

describe('sweep', () => {
  it('takes old content without a body, and nothing that is new, known or erased', async () => {
    const [orphan, known, erased, fresh] = [1, 2, 3, 4].map((number) => testContent('acme', number)) as [
      typeof content,
      typeof content,
      typeof content,
      typeof content,
    ];
    for (const one of [orphan, known, erased]) await vault.put(one);
    await vault.erase(erased);
    clock.advance(ORPHAN_AGE_MS_MIN);
    await vault.put(fresh);
    const isKnown = (address: ContentAddress): boolean => address.pcsId === known.pcsId;
    expect(await vault.sweep({ isKnown, minimumAgeMs: 1 })).toEqual([{ tenant: 'acme', pcsId: orphan.pcsId }]);
    expect(await vault.get(orphan)).toBeUndefined();
    expect(await vault.get(known)).toEqual(known.items);
    expect(await vault.get(erased)).toBe('erased');
    expect(await vault.get(fresh)).toEqual(fresh.items);
    expect(await vault.put(orphan)).toBe('stored');
  });

  it('does not take what a put found held while it asked', async () => {
    await vault.put(content);
    clock.advance(ORPHAN_AGE_MS_MIN);
    const removed = await vault.sweep({
      isKnown: async () => {
        expect(await vault.put(content)).toBe('held');
        return false;
      },
    });
    expect(removed).toEqual([]);
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('leaves a put that found its content held at least the time to commit', async () => {
    await vault.put(content);
    clock.advance(TOUCH_AFTER_MS - 1);
    await vault.put(content);
    clock.advance(TOUCH_AFTER_MS);
    expect(await vault.sweep({ isKnown: () => false })).toEqual([]);
  });

  it('makes a put that lost its row to it insert again', async () => {
    await vault.put(content);
    clock.advance(ORPHAN_AGE_MS_MIN);
    const racing: VaultStore = {
      ...store,
      readKey: async (address) => {
        racing.readKey = store.readKey;
        await vault.sweep({ isKnown: () => false });
        return store.readKey(address);
      },
    };
    expect(await openVault({ store: racing, keyring, rng: testRng(), clock }).put(content)).toBe('stored');
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('asks once about each content, whatever else is held', async () => {
    for (let number = 0; number < 1100; number++) await vault.put(testContent('acme', number));
    clock.advance(ORPHAN_AGE_MS_MIN);
    let asked = 0;
    const isKnown = (): boolean => {
      asked++;
      return true;
    };
    expect(await vault.sweep({ isKnown })).toEqual([]);
    expect(asked).toBe(1100);
    await vault.put(testContent('acme', 2000));
    clock.advance(ORPHAN_AGE_MS_MIN);
    await vault.sweep({ isKnown });
    expect(asked).toBe(1101);
  });

  it('asks again about what a put refreshed after it was settled', async () => {
    await vault.put(content);
    clock.advance(ORPHAN_AGE_MS_MIN);
    await vault.sweep({ isKnown: () => true });
    await vault.put(content);
    clock.advance(ORPHAN_AGE_MS_MIN);
    expect(await vault.sweep({ isKnown: () => false })).toHaveLength(1);
  });

  it('names a key row that does not parse, and goes on with the others', async () => {
    await vault.put(content);
    const orphan = testContent('acme', 2);
    await vault.put(orphan);
    clock.advance(ORPHAN_AGE_MS_MIN);
    const rotten: VaultStore = {
      ...store,
      readKey: async (address) => (address.pcsId === content.pcsId ? new Uint8Array(126) : store.readKey(address)),
    };
    const swept = openVault({ store: rotten, keyring, rng: testRng(), clock }).sweep({ isKnown: () => false });
    expect(await codeOf(swept)).toBe('vault_corrupt');
    expect(await vault.get(orphan)).toBeUndefined();
    expect(await vault.get(content)).toEqual(content.items);
  });

  it('is finished by the next one where a change failed', async () => {
    for (const fault of ['failed', 'persisted'] as const) {
      for (const at of [1, 2, 3]) {
        const [orphan, known] = [testContent('acme', 10 * at), testContent('acme', 10 * at + 1)];
        for (const one of [orphan, known]) await vault.put(one);
        clock.advance(ORPHAN_AGE_MS_MIN);
        const isKnown = (address: ContentAddress): boolean => address.pcsId !== orphan.pcsId;
        const faulty = openVault({
          store: faultyVaultStore(store, { seen: 0, at, fault }),
          keyring,
          rng: testRng(),
          clock,
        });
        if (at < 3) await expect(faulty.sweep({ isKnown })).rejects.toThrow('injected');
        await vault.sweep({ isKnown });
        expect(await vault.get(orphan)).toBeUndefined();
        expect(await vault.get(known)).toEqual(known.items);
        expect(await store.listUnsettled({ beforeMs: clock.nowMs(), limit: 10 })).toEqual([]);
      }
    }
  });
});

describe('key rows', () => {
  it('of a newer format are named corrupt, not read', async () => {
    await vault.put(content);
    const keyRow = formatKeyRow(content, { state: 'erased', erasedMs: 1 });
    keyRow[0] = 2;
    const newer: VaultStore = { ...store, read: async () => ({ keyRow }) };
    expect(await codeOf(openVault({ store: newer, keyring, rng: testRng(), clock }).get(content))).toBe(
      'vault_corrupt',
    );
  });
});
