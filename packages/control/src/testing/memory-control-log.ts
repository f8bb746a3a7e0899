/** A ControlLog in memory: durable for as long as the object lives. For tests and simulations. */
import { equalBytes, toHex } from '@fractal/tlog';
import type { ControlAppend, ControlLog } from '../ports/control-log.ts';

export interface MemoryControlLog extends ControlLog {
  /** What was appended, in order. */
  readonly held: readonly ControlAppend[];
}

export function memoryControlLog(): MemoryControlLog {
  const held: ControlAppend[] = [];
  const byKey = new Map<string, number>();
  return {
    held,
    async append(entry) {
      const index = byKey.get(toHex(entry.key));
      const first = index === undefined ? undefined : held[index];
      if (index !== undefined && first !== undefined) {
        return { status: equalBytes(first.digest, entry.digest) ? 'replayed' : 'conflict', index };
      }
      byKey.set(toHex(entry.key), held.length);
      held.push(entry);
      return { status: 'committed', index: held.length - 1 };
    },
    entries: async (from, to) => held.slice(from, to).map(({ body }, offset) => ({ index: from + offset, body })),
    size: () => held.length,
  };
}
