/** What every Keyring must do. `open` makes an empty one; `reopen` opens what the last one left, as after a restart. */
import { describe, expect, it } from 'vitest';
import type { Keyring } from '../ports/keyring.ts';

export interface KeyringSubject {
  readonly keyring: Keyring;
  reopen(): Promise<Keyring>;
}

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index + 7);
const OTHER = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);

export function keyringContract(name: string, open: () => Promise<KeyringSubject>): void {
  describe(`keyring contract: ${name}`, () => {
    it('holds generations under a name, and holds them after a restart', async () => {
      const { keyring, reopen } = await open();
      await keyring.add({ name: 'kek/acme', generation: 1, createdMs: 11, secret: SECRET });
      await keyring.add({ name: 'kek/acme', generation: 2, createdMs: 12, secret: OTHER });
      for (const held of [keyring, await reopen()]) {
        expect(held.generations('kek/acme')).toEqual([1, 2]);
        expect(held.latest('kek/acme')?.generation).toBe(2);
        expect([...(held.latest('kek/acme')?.secret ?? [])]).toEqual([...OTHER]);
        expect([...(held.get('kek/acme', 1)?.secret ?? [])]).toEqual([...SECRET]);
        expect(held.get('kek/acme', 1)?.createdMs).toBe(11);
        expect(held.get('kek/acme', 3)).toBeUndefined();
        expect(held.latest('kek/other')).toBeUndefined();
        expect(held.generations('kek/other')).toEqual([]);
      }
    });

    it('takes the same key again and refuses another secret in its place', async () => {
      const { keyring } = await open();
      await keyring.add({ name: 'a', generation: 1, createdMs: 1, secret: SECRET });
      await keyring.add({ name: 'a', generation: 1, createdMs: 2, secret: SECRET.slice() });
      await expect(keyring.add({ name: 'a', generation: 1, createdMs: 1, secret: OTHER })).rejects.toThrow();
      expect([...(keyring.latest('a')?.secret ?? [])]).toEqual([...SECRET]);
      expect(keyring.latest('a')?.createdMs).toBe(1);
    });

    it('forgets a key for good, and forgetting nothing is no error', async () => {
      const { keyring, reopen } = await open();
      await keyring.add({ name: 'a', generation: 1, createdMs: 1, secret: SECRET });
      await keyring.add({ name: 'a', generation: 2, createdMs: 1, secret: OTHER });
      await keyring.remove('a', 1);
      await keyring.remove('a', 1);
      await keyring.remove('b', 9);
      for (const held of [keyring, await reopen()]) {
        expect(held.generations('a')).toEqual([2]);
        expect(held.get('a', 1)).toBeUndefined();
      }
      await keyring.remove('a', 2);
      expect(keyring.names('')).toEqual([]);
    });

    it('lists names by prefix in order', async () => {
      const { keyring } = await open();
      for (const named of ['tag/b', 'kek/b', 'kek/a', 'kek']) {
        await keyring.add({ name: named, generation: 1, createdMs: 1, secret: SECRET });
      }
      expect(keyring.names('kek/')).toEqual(['kek/a', 'kek/b']);
      expect(keyring.names('')).toEqual(['kek', 'kek/a', 'kek/b', 'tag/b']);
    });

    it('takes many changes at once, each kept', async () => {
      const { keyring, reopen } = await open();
      const names = Array.from({ length: 50 }, (_, index) => `k/${index}`);
      await Promise.all(
        names.map((named) => keyring.add({ name: named, generation: 1, createdMs: 1, secret: SECRET })),
      );
      await Promise.all(names.slice(0, 25).map((named) => keyring.remove(named, 1)));
      expect((await reopen()).names('k/').length).toBe(25);
    });

    it('keeps its own copy of a secret', async () => {
      const { keyring } = await open();
      const secret = SECRET.slice();
      await keyring.add({ name: 'a', generation: 1, createdMs: 1, secret });
      secret.fill(0);
      expect([...(keyring.latest('a')?.secret ?? [])]).toEqual([...SECRET]);
    });
  });
}
