/** A Keyring in memory: durable for as long as the object lives. For tests and simulations. */
import { equalBytes } from '@fractal/tlog';
import type { Keyring, KeyringKey } from '../ports/keyring.ts';

export function memoryKeyring(): Keyring {
  const keys = new Map<string, Map<number, KeyringKey>>();
  const generations = (name: string): number[] => [...(keys.get(name)?.keys() ?? [])].sort((a, b) => a - b);
  return {
    latest: (name) => keys.get(name)?.get(generations(name).at(-1) ?? 0),
    get: (name, generation) => keys.get(name)?.get(generation),
    generations,
    names: (prefix) => [...keys.keys()].filter((name) => name.startsWith(prefix)).sort(),
    async add(key) {
      const held = keys.get(key.name)?.get(key.generation);
      if (held !== undefined && !equalBytes(held.secret, key.secret))
        throw new Error(`${key.name}: held with another secret`);
      if (held !== undefined) return;
      const named = keys.get(key.name) ?? new Map<number, KeyringKey>();
      keys.set(key.name, named.set(key.generation, { ...key, secret: key.secret.slice() }));
    },
    async remove(name, generation) {
      keys.get(name)?.delete(generation);
      if (keys.get(name)?.size === 0) keys.delete(name);
    },
  };
}
