import { utf8Decode, utf8Encode } from '@fractal/tlog';
import { describe } from 'vitest';
import { cursorStoreContract } from '../testing/cursor-store-contract.ts';
import { MemoryFollowedLog, numberedBodies } from '../testing/followed-logs.ts';
import { followerContract } from '../testing/follower-contract.ts';
import { MemoryCursorStore } from '../testing/memory-cursor-store.ts';
import type { Follower } from './follower.ts';

describe('MemoryCursorStore', () => {
  cursorStoreContract(async () => new MemoryCursorStore());
});

/** Adds up `n` by n mod 3: a wrong or a second effect shows. */
export function summing(order: Follower['order']): Follower {
  return {
    name: 'sums',
    version: 1,
    order,
    needs: 'entries',
    effect: 'rows',
    async handle({ entries }, rows) {
      const sums = new Map<string, number>();
      for (const { body } of entries) {
        const { n } = JSON.parse(utf8Decode(body)!) as { n: number };
        const key = `sum ${n % 3}`;
        const before = sums.get(key) ?? Number(utf8Decode((await rows.read(utf8Encode(key))) ?? utf8Encode('0')));
        sums.set(key, before + n + 1);
      }
      return { rows: [...sums].map(([key, sum]) => ({ key: utf8Encode(key), value: utf8Encode(String(sum)) })) };
    },
  };
}

const logs = () => [
  new MemoryFollowedLog('0', numberedBodies(9)),
  new MemoryFollowedLog('0-2', []),
  new MemoryFollowedLog('0-3', numberedBodies(5, 100)),
];

for (const order of ['any', 'strict'] as const) {
  describe(`a follower with rows, order ${order}`, () => {
    followerContract(async () => ({ follower: () => summing(order), logs: logs() }));
  });

  describe(`an external follower, order ${order}`, () => {
    followerContract(async () => {
      const sink = new Map<string, string>();
      const follower = (): Follower => ({
        name: 'sink',
        version: 1,
        order,
        needs: 'entries',
        effect: 'external',
        async handle({ log, entries }) {
          for (const { index, body } of entries) sink.set(`${log} ${index}`, utf8Decode(body)!);
        },
      });
      return { follower, logs: logs(), outcome: () => [...sink].sort() };
    });
  });
}
