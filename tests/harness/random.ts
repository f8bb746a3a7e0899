/**
 * Repeatable randomness for suites that print their seed: splitmix64. Not for keys.
 */

export type Random = {
  /** An integer, 0 ≤ n < limit. */
  below: (limit: number) => number;
  /** True with the given probability. */
  chance: (probability: number) => boolean;
  /** One element; the list must not be empty. */
  pick: <T>(list: readonly T[]) => T;
  bytes: (length: number) => Uint8Array;
  /** An independent stream: the same seed and label always give the same one. */
  fork: (label: number) => Random;
};

const MASK = (1n << 64n) - 1n;

function mix(state: bigint): bigint {
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

export function seededRandom(seed: number): Random {
  let state = mix((BigInt(seed) + 0x9e3779b97f4a7c15n) & MASK);
  const next = (): number => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    return Number(mix(state) >> 11n);
  };
  const below = (limit: number): number => next() % limit;
  return {
    below,
    chance: (probability) => next() < probability * 2 ** 53,
    pick: (list) => list[below(list.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    fork: (label) => seededRandom(Number(mix((BigInt(seed) * 1_000_003n + BigInt(label)) & MASK) >> 12n)),
  };
}

/** The seed of this run: FRACTAL_SEED, or a fresh one. Suites print it, so that a failure can be run again. */
export function seedOfRun(): number {
  const text = process.env.FRACTAL_SEED;
  return text === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(text);
}
