import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Keyring } from '../ports/keyring.ts';
import type { VaultStore } from '../ports/vault-store.ts';
import { parseKeyRow } from '../seal/key-row.ts';
import { openContent } from '../seal/seal.ts';
import { type Fault, type FaultPlan, faultyKeyring, faultyVaultStore } from '../testing/faults.ts';
import { type TestContent, testClock, testContent, testRng } from '../testing/fixtures.ts';
import { memoryKeyring } from '../testing/memory-keyring.ts';
import { memoryVaultStore } from '../testing/memory-vault-store.ts';
import { openVault } from './open-vault.ts';
import { TOUCH_AFTER_MS } from './sweep.ts';

const SURVIVORS = 450; // three pages
const clock = testClock();

/** What someone who copied the rows before the erasure holds. */
interface OldPage {
  readonly content: TestContent;
  readonly keyRow: Uint8Array;
  readonly ciphertext: Uint8Array;
}

async function pageOf(store: VaultStore, content: TestContent): Promise<OldPage> {
  const row = await store.read(content);
  if (row?.content === undefined) throw new Error('not stored');
  return { content, keyRow: row.keyRow, ciphertext: row.content };
}

/** Whether any key the keyring holds now opens an old page. */
function opens(keyring: Keyring, { content, keyRow, ciphertext }: OldPage): boolean {
  const row = parseKeyRow(content, keyRow);
  if (row?.state !== 'sealed') throw new Error('no page');
  const { wrappedKey } = row;
  const name = `kek/${content.tenant}`;
  return keyring.generations(name).some((generation) => {
    const secret = keyring.get(name, generation)?.secret ?? new Uint8Array();
    return openContent(content, { wrappedKey, content: ciphertext }, { generation, secret }) !== undefined;
  });
}

async function stored(survivors: number) {
  const store = memoryVaultStore();
  const keyring = memoryKeyring();
  const vault = openVault({ store, keyring, rng: testRng(), clock });
  await vault.ensureTenantKey('acme');
  await vault.ensureTenantKey('zoo');
  const contents = Array.from({ length: survivors }, (_, number) => testContent('acme', number));
  const erased = testContent('acme', 100_000);
  const neighbour = testContent('zoo', 1);
  for (const content of [...contents, erased, neighbour]) await vault.put(content);
  return { store, keyring, vault, contents, erased, neighbour };
}

describe('rotation of a tenant key', () => {
  it('leaves survivors readable and old pages worthless', async () => {
    const { store, keyring, vault, contents, erased, neighbour } = await stored(SURVIVORS);
    const oldPage = await pageOf(store, erased);
    const survivorPage = await pageOf(store, contents[0]!);
    await vault.erase(erased);
    expect(opens(keyring, oldPage)).toBe(true); // what rotation is for
    expect(await vault.rotationsOwed()).toHaveLength(1);
    expect(await vault.rotateTenantKey('acme')).toEqual({ generation: 2, rewrapped: SURVIVORS });
    expect(keyring.generations('kek/acme')).toEqual([2]);
    expect(opens(keyring, oldPage)).toBe(false);
    expect(opens(keyring, survivorPage)).toBe(false);
    expect(await vault.rotationsOwed()).toEqual([]);
    for (const content of contents) expect(await vault.get(content)).toEqual(content.items);
    expect(keyring.generations('kek/zoo')).toEqual([1]);
    expect(await vault.get(neighbour)).toEqual(neighbour.items);
  });

  it('owes what was erased while it ran', async () => {
    const { store, keyring, contents, vault } = await stored(3);
    await vault.erase(contents[0]!);
    const racing: VaultStore = {
      ...store,
      replaceKeys: async (changes) => {
        await vault.erase(contents[1]!);
        return store.replaceKeys(changes);
      },
    };
    await openVault({ store: racing, keyring, rng: testRng(), clock }).rotateTenantKey('acme');
    expect(await vault.rotationsOwed()).toEqual([{ tenant: 'acme', sinceMs: clock.nowMs(), count: 1 }]);
    expect(await vault.get(contents[1]!)).toBe('erased');
    expect(await vault.get(contents[2]!)).toEqual(contents[2]!.items);
  });

  it('comes back for a row that was refreshed under it', async () => {
    const { store, keyring, vault, contents } = await stored(3);
    clock.advance(TOUCH_AFTER_MS);
    let touched = 0;
    const racing: VaultStore = {
      ...store,
      replaceKeys: async (changes) => {
        if (touched++ === 0) expect(await vault.put(contents[1]!)).toBe('held'); // refreshes the row, under the old key
        return store.replaceKeys(changes);
      },
    };
    const keyed = openVault({ store: racing, keyring, rng: testRng(), clock });
    expect(await keyed.rotateTenantKey('acme')).toEqual({ generation: 2, rewrapped: 4 });
    for (const content of contents) expect(await vault.get(content)).toEqual(content.items);
  });

  it('takes turns with another rotation and with the first key', async () => {
    const { vault, contents } = await stored(5);
    const reports = await Promise.all([
      vault.rotateTenantKey('acme'),
      vault.ensureTenantKey('acme'),
      vault.rotateTenantKey('acme'),
    ]);
    expect(reports[0].generation).toBe(2);
    expect(reports[2].generation).toBe(3);
    for (const content of contents) expect(await vault.get(content)).toEqual(content.items);
  });

  it('waits for a put that began under the old key', async () => {
    const { store, keyring } = await stored(1);
    let release: (() => void) | undefined;
    const slow: VaultStore = {
      ...store,
      insert: async (row) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return store.insert(row);
      },
    };
    const vault = openVault({ store: slow, keyring, rng: testRng(), clock });
    const late = testContent('acme', 7777);
    const put = vault.put(late);
    const rotation = vault.rotateTenantKey('acme');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(keyring.generations('kek/acme')).toEqual([1, 2]); // it has begun, and forgets nothing yet
    release?.();
    expect(await put).toBe('stored');
    await rotation;
    expect(keyring.generations('kek/acme')).toEqual([2]);
    expect(await vault.get(late)).toEqual(late.items);
  });
});

describe('a rotation cut short', () => {
  /** Changes of a whole rotation: add, three pages, forget, settle. */
  const CHANGES = 6;

  const cases = (['failed', 'persisted'] as const).flatMap((fault) =>
    Array.from({ length: CHANGES }, (_, step) => ({ fault, at: step + 1 })),
  );

  it('has as many changes as are failed below', async () => {
    const { store, keyring, vault, erased } = await stored(SURVIVORS);
    await vault.erase(erased);
    const plan: FaultPlan = { seen: 0, fault: 'failed' };
    const counted = openVault({
      store: faultyVaultStore(store, plan),
      keyring: faultyKeyring(keyring, plan),
      rng: testRng(),
      clock,
    });
    await counted.rotateTenantKey('acme');
    expect(plan.seen).toBe(CHANGES);
  });

  it.each(cases)('at change $at ($fault): readable at once, finished after a restart', async ({ at, fault }) => {
    const { store, keyring, vault, contents, erased } = await stored(SURVIVORS);
    const oldPage = await pageOf(store, erased);
    await vault.erase(erased);
    await rotateWithFault(store, keyring, at, fault);

    const restarted = openVault({ store, keyring, rng: testRng(), clock });
    expect(await restarted.get(erased)).toBe('erased');
    const some = contents.filter((_, number) => number % 7 === 0);
    for (const content of some) expect(await restarted.get(content)).toEqual(content.items);
    expect(await restarted.put(testContent('acme', 5000 + at))).toBe('stored');

    await restarted.finishRotations();
    expect(keyring.generations('kek/acme')).toHaveLength(1);
    for (const content of some) expect(await restarted.get(content)).toEqual(content.items);

    await restarted.rotateTenantKey('acme');
    expect(opens(keyring, oldPage)).toBe(false);
    expect(await restarted.rotationsOwed()).toEqual([]);
    for (const content of contents) expect(await restarted.get(content)).toEqual(content.items);
    expect(await restarted.get(testContent('acme', 5000 + at))).toEqual(testContent('acme', 5000 + at).items);
  });

  it('owes its rotation until one is whole', async () => {
    for (const { at, fault } of cases) {
      const { store, keyring, vault, erased } = await stored(SURVIVORS);
      const oldPage = await pageOf(store, erased);
      await vault.erase(erased);
      await rotateWithFault(store, keyring, at, fault);
      const owed = await openVault({ store, keyring, rng: testRng(), clock }).rotationsOwed();
      expect({ at, fault, paid: owed.length === 0 && opens(keyring, oldPage) }).toEqual({ at, fault, paid: false });
    }
  });

  async function rotateWithFault(store: VaultStore, keyring: Keyring, at: number, fault: Fault): Promise<void> {
    const plan: FaultPlan = { seen: 0, at, fault };
    const faulty = openVault({
      store: faultyVaultStore(store, plan),
      keyring: faultyKeyring(keyring, plan),
      rng: testRng(),
      clock,
    });
    await expect(faulty.rotateTenantKey('acme')).rejects.toThrow('injected');
  }
});

describe('puts, gets, erasures, sweeps and rotations at once', () => {
  it('never lose what was stored, never bring back what was erased', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat(9), { minLength: 5, maxLength: 40 }),
        async (scheduler, steps) => {
          const store = memoryVaultStore();
          const keyring = memoryKeyring();
          const slowStore = scheduled(scheduler, store, [
            'insert',
            'readKey',
            'read',
            'replaceKeys',
            'erase',
            'listKeys',
          ]);
          const slowKeyring = scheduled(scheduler, keyring, ['add', 'remove']);
          await openVault({ store, keyring, rng: testRng(), clock }).ensureTenantKey('acme');
          const vault = openVault({ store: slowStore, keyring: slowKeyring, rng: testRng(), clock });
          const erased = new Set<number>();
          const put = new Set<number>();
          const work = steps.map(async (step) => {
            const content = testContent('acme', step % 5);
            if (step < 5) {
              await vault.put(content);
              put.add(step);
            } else if (step === 9) {
              await vault.rotateTenantKey('acme');
            } else {
              if ((await vault.erase(content)) !== 'unknown') erased.add(step % 5);
            }
            const seen = await vault.get(content);
            if (Array.isArray(seen)) expect(seen).toEqual(content.items);
          });
          await scheduler.waitFor(Promise.all(work));
          for (const number of put) {
            const content = testContent('acme', number);
            expect(await scheduler.waitFor(vault.get(content))).toEqual(erased.has(number) ? 'erased' : content.items);
          }
          expect(keyring.generations('kek/acme')).toHaveLength(1);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The port with the named calls held up until the scheduler lets them go, before and after they take effect. */
function scheduled<P extends object>(scheduler: fc.Scheduler, port: P, names: readonly (keyof P & string)[]): P {
  const slow = { ...port };
  for (const name of names) {
    const call = port[name] as (...input: readonly unknown[]) => Promise<unknown>;
    slow[name] = (async (...input: readonly unknown[]) => {
      await scheduler.schedule(Promise.resolve(), name);
      const answer = await call(...input);
      await scheduler.schedule(Promise.resolve(), `${name} done`);
      return answer;
    }) as P[typeof name];
  }
  return slow;
}
