/** What every VaultStore must do. `open` makes an empty one; `reopen` closes it and opens what it left. */
import { describe, expect, it } from 'vitest';
import type { ContentAddress, VaultStore } from '../ports/vault-store.ts';

export interface VaultStoreSubject {
  readonly store: VaultStore;
  reopen(): Promise<VaultStore>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const at = (tenant: string, digit: string): ContentAddress => ({ tenant, pcsId: digit.repeat(64) });
const plain = (value: Uint8Array | undefined): number[] | undefined => value && [...value];

export function vaultStoreContract(name: string, open: () => Promise<VaultStoreSubject>): void {
  describe(`vault store contract: ${name}`, () => {
    it('inserts once, reads both parts, and holds them after a restart', async () => {
      const { store, reopen } = await open();
      const address = at('acme', 'a');
      expect(await store.read(address)).toBeUndefined();
      expect(await store.readKey(address)).toBeUndefined();
      expect(await store.insert({ address, keyRow: bytes(1, 2), content: bytes(3), storedMs: 1 })).toBe(true);
      expect(await store.insert({ address, keyRow: bytes(9), content: bytes(9), storedMs: 1 })).toBe(false);
      for (const next of [async () => store, reopen]) {
        const held = await next();
        const row = await held.read(address);
        expect(plain(row?.keyRow)).toEqual([1, 2]);
        expect(plain(row?.content)).toEqual([3]);
        expect(plain(await held.readKey(address))).toEqual([1, 2]);
      }
    });

    it('keeps tenants and ids apart', async () => {
      const { store } = await open();
      await store.insert({ address: at('acme', 'a'), keyRow: bytes(1), content: bytes(1), storedMs: 1 });
      expect(await store.read(at('acm', 'a'))).toBeUndefined();
      expect(await store.read(at('acme.', 'a'))).toBeUndefined();
      expect(await store.read(at('acme', 'b'))).toBeUndefined();
      expect(await store.insert({ address: at('acme', 'b'), keyRow: bytes(2), content: bytes(2), storedMs: 1 })).toBe(
        true,
      );
    });

    it('lets one of many racing inserts win', async () => {
      const { store } = await open();
      const address = at('acme', 'a');
      const racers = Array.from({ length: 40 }, (_, index) => index);
      const won = await Promise.all(
        racers.map((index) => store.insert({ address, keyRow: bytes(index), content: bytes(index), storedMs: 1 })),
      );
      expect(won.filter((one) => one).length).toBe(1);
      const row = await store.read(address);
      expect(plain(row?.keyRow)).toEqual([won.indexOf(true)]);
      expect(plain(row?.content)).toEqual([won.indexOf(true)]);
    });

    it('replaces key rows only where what was expected still holds', async () => {
      const { store } = await open();
      for (const digit of ['a', 'b']) {
        await store.insert({ address: at('acme', digit), keyRow: bytes(1), content: bytes(7), storedMs: 1 });
      }
      const held = await store.replaceKeys([
        { address: at('acme', 'a'), expected: bytes(1), next: bytes(2) },
        { address: at('acme', 'b'), expected: bytes(9), next: bytes(2) },
        { address: at('acme', 'c'), expected: bytes(1), next: bytes(2) },
      ]);
      expect(held).toEqual([true, false, false]);
      expect(plain(await store.readKey(at('acme', 'a')))).toEqual([2]);
      expect(plain((await store.read(at('acme', 'a')))?.content)).toEqual([7]);
      expect(plain(await store.readKey(at('acme', 'b')))).toEqual([1]);
      expect(await store.readKey(at('acme', 'c'))).toBeUndefined();
    });

    it('erases: tombstone in place of the key, content gone, insert refused', async () => {
      const { store, reopen } = await open();
      const address = at('acme', 'a');
      await store.insert({ address, keyRow: bytes(1), content: bytes(7), storedMs: 1, retainUntilMs: 5 });
      expect(await store.erase([{ address, expected: bytes(2), tombstone: bytes(0), retainUntilMs: 5 }], 3)).toEqual([
        false,
      ]);
      expect(await store.listOwed()).toEqual([]);
      expect(await store.erase([{ address, expected: bytes(1), tombstone: bytes(0), retainUntilMs: 5 }], 3)).toEqual([
        true,
      ]);
      expect(await store.insert({ address, keyRow: bytes(1), content: bytes(7), storedMs: 1 })).toBe(false);
      for (const next of [async () => store, reopen]) {
        const held = await next();
        const row = await held.read(address);
        expect(plain(row?.keyRow)).toEqual([0]);
        expect(row?.content).toBeUndefined();
        expect(await held.listDue({ nowMs: 1_000, limit: 10 })).toEqual([]);
        expect(await held.listOwed()).toEqual([{ tenant: 'acme', sinceMs: 3, count: 1 }]);
      }
    });

    it('removes without a tombstone as if the content had never been', async () => {
      const { store } = await open();
      const address = at('acme', 'a');
      await store.insert({ address, keyRow: bytes(1), content: bytes(7), storedMs: 1, retainUntilMs: 5 });
      expect(await store.erase([{ address, expected: bytes(1), retainUntilMs: 5 }], 3)).toEqual([true]);
      expect(await store.read(address)).toBeUndefined();
      expect(await store.listDue({ nowMs: 1_000, limit: 10 })).toEqual([]);
      expect(await store.insert({ address, keyRow: bytes(4), content: bytes(4), storedMs: 1 })).toBe(true);
    });

    it('counts what is owed by tenant and settles no more than was seen', async () => {
      const { store } = await open();
      for (const digit of ['a', 'b', 'c']) {
        await store.insert({ address: at('acme', digit), keyRow: bytes(1), content: bytes(1), storedMs: 1 });
      }
      await store.insert({ address: at('zoo', 'a'), keyRow: bytes(1), content: bytes(1), storedMs: 1 });
      const gone = (tenant: string, digit: string) => ({
        address: at(tenant, digit),
        expected: bytes(1),
        tombstone: bytes(0),
      });
      await store.erase([gone('acme', 'a'), gone('acme', 'b'), gone('zoo', 'a')], 10);
      await store.erase([gone('acme', 'c')], 20);
      expect(await store.listOwed()).toEqual([
        { tenant: 'acme', sinceMs: 10, count: 3 },
        { tenant: 'zoo', sinceMs: 10, count: 1 },
      ]);
      await store.settleOwed('acme', 2);
      await store.settleOwed('zoo', 1);
      await store.settleOwed('nobody', 1);
      expect(await store.listOwed()).toEqual([{ tenant: 'acme', sinceMs: 10, count: 1 }]);
    });

    it('lists key rows in order of bytes, by page and by tenant', async () => {
      const { store } = await open();
      const addresses = ['B', 'a', 'a-b', 'ab', 'a.b'].flatMap((tenant) =>
        ['0', '9', 'f'].map((digit) => at(tenant, digit)),
      );
      for (const address of addresses)
        await store.insert({ address, keyRow: bytes(1), content: bytes(1), storedMs: 1 });
      const listed: ContentAddress[] = [];
      for (let after: ContentAddress | undefined; ; ) {
        const page = await store.listKeys({ limit: 4, ...(after === undefined ? {} : { after }) });
        listed.push(...page.map((row) => row.address));
        after = page.at(-1)?.address;
        if (page.length < 4) break;
      }
      expect(listed).toEqual(
        ['B', 'a', 'a-b', 'a.b', 'ab'].flatMap((tenant) => ['0', '9', 'f'].map((digit) => at(tenant, digit))),
      );
      const ofOne = await store.listKeys({ tenant: 'a', limit: 10 });
      expect(ofOne.map((row) => row.address)).toEqual(['0', '9', 'f'].map((digit) => at('a', digit)));
      const rest = await store.listKeys({ tenant: 'a', after: at('a', '0'), limit: 10 });
      expect(rest.map((row) => row.address)).toEqual(['9', 'f'].map((digit) => at('a', digit)));
      expect(await store.listKeys({ tenant: 'nobody', limit: 10 })).toEqual([]);
    });

    it('lists what is due, the longest due first', async () => {
      const { store } = await open();
      const insert = (digit: string, retainUntilMs?: number) =>
        store.insert({
          address: at('acme', digit),
          keyRow: bytes(1),
          content: bytes(1),
          storedMs: 1,
          ...(retainUntilMs === undefined ? {} : { retainUntilMs }),
        });
      await Promise.all([insert('a', 300), insert('b', 20), insert('c'), insert('d', 2 ** 40), insert('e', 21)]);
      expect(await store.listDue({ nowMs: 19, limit: 10 })).toEqual([]);
      expect(await store.listDue({ nowMs: 20, limit: 10 })).toEqual([{ address: at('acme', 'b'), retainUntilMs: 20 }]);
      expect((await store.listDue({ nowMs: 400, limit: 2 })).map((due) => due.address)).toEqual([
        at('acme', 'b'),
        at('acme', 'e'),
      ]);
      expect((await store.listDue({ nowMs: 2 ** 41, limit: 10 })).length).toBe(4);
    });

    it('lists what is unsettled, the oldest first, until it is settled', async () => {
      const { store, reopen } = await open();
      const stored = async (digit: string, storedMs: number) => {
        await store.insert({ address: at('acme', digit), keyRow: bytes(1), content: bytes(1), storedMs });
        return { address: at('acme', digit), storedMs };
      };
      const [late, early, middle] = [await stored('a', 2 ** 41), await stored('b', 10), await stored('c', 20)];
      const all = { beforeMs: 2 ** 42, limit: 10 };
      expect(await store.listUnsettled(all)).toEqual([early, middle, late]);
      expect(await store.listUnsettled({ beforeMs: 20, limit: 10 })).toEqual([early]);
      expect(await store.listUnsettled({ ...all, limit: 2 })).toEqual([early, middle]);
      expect(await store.listUnsettled({ ...all, after: early })).toEqual([middle, late]);
      expect(await store.insert({ address: at('acme', 'b'), keyRow: bytes(1), content: bytes(1), storedMs: 5 })).toBe(
        false,
      );
      await store.replaceKeys([
        { address: at('acme', 'b'), expected: bytes(1), next: bytes(2), storedMs: 30 },
        { address: at('acme', 'c'), expected: bytes(9), next: bytes(2), storedMs: 40 },
      ]);
      const refreshed = { ...early, storedMs: 30 };
      expect(await store.listUnsettled(all)).toEqual([early, middle, refreshed, late]);
      await store.settle([early, late, { address: at('zoo', 'a'), storedMs: 1 }]);
      await store.settle([]);
      for (const next of [async () => store, reopen]) {
        expect(await (await next()).listUnsettled(all)).toEqual([middle, refreshed]);
      }
    });

    it('holds large content whole', async () => {
      const { store } = await open();
      const content = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) & 0xff);
      await store.insert({ address: at('acme', 'a'), keyRow: bytes(1), content, storedMs: 1 });
      const held = (await store.read(at('acme', 'a')))?.content ?? bytes();
      expect(held.length).toBe(content.length);
      expect(held.every((value, index) => value === content[index])).toBe(true);
    });

    it('answers reads with bytes the reader may keep and change', async () => {
      const { store } = await open();
      await store.insert({ address: at('acme', 'a'), keyRow: bytes(1, 2, 3), content: bytes(4, 5), storedMs: 1 });
      const first = await store.read(at('acme', 'a'));
      first?.keyRow.fill(0);
      await store.insert({ address: at('acme', 'b'), keyRow: bytes(8), content: bytes(9), storedMs: 1 });
      await store.read(at('acme', 'b'));
      expect(plain(first?.content)).toEqual([4, 5]);
      expect(plain(await store.readKey(at('acme', 'a')))).toEqual([1, 2, 3]);
    });
  });
}
