/** Logs to follow without a ledger: numbered entries, with holes and damage where a test wants them. */
import { sha256, utf8Encode } from '@fractal/tlog';
import type { FollowedLog } from '../ports/followed-log.ts';
import { CorruptRow, type StoredEntry } from '../ports/log-store.ts';

export class MemoryFollowedLog implements FollowedLog {
  readonly name: string;
  readonly bodies: Uint8Array[];
  /** Indices whose row is damaged. */
  readonly corrupt = new Set<number>();
  /** Indices that are not there. */
  readonly missing = new Set<number>();
  /** Thrown by reads while set. */
  failure: Error | undefined;

  constructor(name: string, bodies: readonly (Uint8Array | string)[]) {
    this.name = name;
    this.bodies = bodies.map((body) => (typeof body === 'string' ? utf8Encode(body) : body));
  }

  size(): number {
    return this.bodies.length;
  }

  async entries(from: number, to: number): Promise<readonly StoredEntry[]> {
    if (this.failure !== undefined) throw this.failure;
    const entries: StoredEntry[] = [];
    for (let index = from; index < Math.min(to, this.bodies.length); index++) {
      if (this.missing.has(index)) break;
      if (this.corrupt.has(index)) throw new CorruptRow(`entry ${index}: the checksum of its row is wrong`);
      entries.push(this.#entry(index));
    }
    return entries;
  }

  #entry(index: number): StoredEntry {
    const key = sha256(utf8Encode(`${this.name} ${index}`));
    return { index, tag: key.subarray(0, 16), salt: key.subarray(16), key, digest: key, body: this.bodies[index]! };
  }
}

/** Bodies `{"n":0}`, `{"n":1}` … */
export function numberedBodies(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i }));
}
