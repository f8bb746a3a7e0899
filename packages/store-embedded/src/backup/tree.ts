/** The compact range of a growing log, one leaf at a time: what copying, checking and restoring compare roots by. */
import { EMPTY_ROOT, type Hash, nodeHash, rootOfRange } from '@fractal/tlog';
import { onesOf } from './manifest.ts';

export class GrowingRange {
  #size: number;
  readonly #range: Hash[];

  /** @param range the compact range at `size`, largest subtree first */
  constructor(size: number = 0, range: readonly Hash[] = []) {
    this.#size = size;
    this.#range = [...range];
  }

  get size(): number {
    return this.#size;
  }

  get range(): readonly Hash[] {
    return this.#range;
  }

  get root(): Hash {
    return this.#size === 0 ? EMPTY_ROOT : rootOfRange(this.#range);
  }

  push(leaf: Hash): void {
    let hash = leaf;
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) hash = nodeHash(this.#range.pop()!, hash);
    this.#range.push(hash);
    this.#size += 1;
  }
}

/** The compact range at `start`, a multiple of a power of two above `size − start`, cut from the one at `size`. */
export function rangeAtStart(range: readonly Hash[], start: number): Hash[] {
  return range.slice(0, onesOf(start));
}
