import { describe, expect, it } from 'vitest';
import { TileState } from '../integrate/tile-state.ts';
import { MemoryPublicFiles } from '../testing/memory-parts.ts';
import { Publisher } from './publisher.ts';

describe('Publisher', () => {
  it('tries what keeps failing less and less often, and goes back to its interval once it succeeds', async () => {
    const files = new MemoryPublicFiles();
    let working = false;
    const pauses: number[] = [];
    const ended = Promise.withResolvers<void>();
    const publisher = new Publisher({
      files: Object.assign(files, {
        replaceCheckpoint: () => (working ? Promise.resolve() : Promise.reject(new Error('disk full'))),
      }),
      clock: {
        nowMs: () => 0,
        sleep: async (durationMs) => {
          await new Promise<void>((resolve) => setImmediate(resolve));
          pauses.push(durationMs);
          working = pauses.length === 8;
          if (pauses.length === 9) ended.resolve();
        },
      },
      tiles: new TileState(0, [], []),
      intervalMs: 100,
      published: undefined,
      latest: () => ({ size: 0, note: '' }),
    });
    await publisher.start();
    await ended.promise;
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 100]);
    working = true;
    await publisher.close();
  });

  it('writes the tiles before the checkpoint that covers them, and removes what they replace last', async () => {
    const steps: string[] = [];
    const note = (step: string) => async () => {
      steps.push(`${step} begins`);
      await new Promise<void>((resolve) => setImmediate(resolve));
      steps.push(`${step} ends`);
    };
    const tiles = new TileState(0, [], []);
    tiles.add([Uint8Array.of(1)], [new Uint8Array(32)]);
    const publisher = new Publisher({
      files: {
        read: async () => undefined,
        writeAll: note('tiles'),
        replaceCheckpoint: note('checkpoint'),
        removePartials: note('partials'),
      },
      clock: { nowMs: () => 0, sleep: () => new Promise(() => {}) },
      tiles,
      intervalMs: 100,
      published: undefined,
      latest: () => ({ size: 1, note: 'note' }),
    });
    await publisher.start();
    expect(steps).toEqual(['tiles', 'checkpoint', 'partials'].flatMap((step) => [`${step} begins`, `${step} ends`]));
  });
});
