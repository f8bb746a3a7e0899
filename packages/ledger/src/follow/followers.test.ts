import { utf8Decode } from '@fractal/tlog';
import { describe } from 'vitest';
import { cursorStoreContract } from '../testing/cursor-store-contract.ts';
import { MemoryFollowedLog, numberedBodies } from '../testing/followed-logs.ts';
import { followerContract } from '../testing/follower-contract.ts';
import { MemoryCursorStore } from '../testing/memory-cursor-store.ts';
import { summing } from '../testing/summing-follower.ts';
import type { Follower } from './follower.ts';

describe('MemoryCursorStore', () => {
  cursorStoreContract(async () => new MemoryCursorStore());
});

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
