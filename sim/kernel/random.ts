/** Repeatable randomness, fast enough to be asked at every step of a simulation (sfc32). Not for keys. */
export interface Random {
  /** An integer, 0 ≤ n < limit. */
  below(limit: number): number;
  /** An integer, from ≤ n ≤ to. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** One element; the list must not be empty. */
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
  /** An independent stream: the same seed and label always give the same one. */
  fork(label: string): Random;
}

export function seededRandom(seed: number, label = ''): Random {
  const next = sfc32(seed, label);
  const below = (limit: number): number => Math.floor((next() / 0x1_0000_0000) * limit);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability * 0x1_0000_0000,
    pick: (list) => list[below(list.length)]!,
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i += 1) bytes[i] = next() & 255;
      return bytes;
    },
    fork: (inner) => seededRandom(seed, `${label}/${inner}`),
  };
}

function sfc32(seed: number, label: string): () => number {
  let a = 0x9e37_79b9 ^ seed;
  let b = 0x243f_6a88 ^ Math.floor(seed / 0x1_0000_0000);
  let c = 0xb7e1_5162;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < label.length; i += 1) {
    c ^= Math.imul(label.charCodeAt(i) + i, 0x85eb_ca6b);
    next();
  }
  for (let i = 0; i < 15; i += 1) next();
  return next;
}
