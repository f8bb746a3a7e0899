/** The entries of the benches of the ledger. */
import type { Ledger } from '@fractal/ledger';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';

/** Entry number n: unique by n and the seed, not compressible, and cheap to make; the bytes of tessera/main.go. */
export function entryBytes(n: number, { seed, size }: { readonly seed: number; readonly size: number }): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = Math.imul(n + 1, 0x9e3779b1) ^ (seed + 1);
  words[0] = n;
  words[1] = seed;
  for (let i = 2; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** The key is the hash of the bytes, as Tessera's identity of an entry. */
export function benchEntry(
  n: number,
  of: { readonly seed: number; readonly size: number },
): Parameters<Ledger['append']>[0] {
  const body = entryBytes(n, of);
  const key = nodeSha256(body);
  return { tenant: 'bench', key, digest: key, body };
}
