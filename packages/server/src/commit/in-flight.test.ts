import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyedQueue } from './in-flight.ts';

test('work under one key never overlaps and keeps its order; other keys do not wait', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() }), { maxLength: 30 }),
      async (scheduler, works) => {
        const queue = keyedQueue();
        const running = new Map<string, number>();
        const order = new Map<string, number[]>();
        const outcomes = works.map(({ key, fails }, index) =>
          queue.run(key, async () => {
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBe(1);
            order.set(key, [...(order.get(key) ?? []), index]);
            await scheduler.schedule(Promise.resolve());
            running.set(key, running.get(key)! - 1);
            if (fails) throw new Error(`${index}`);
            return index;
          }),
        );
        const results = await scheduler.waitFor(Promise.allSettled(outcomes));
        await Promise.resolve();
        results.forEach((result, index) => {
          expect(result.status).toBe(works[index]!.fails ? 'rejected' : 'fulfilled');
        });
        for (const indices of order.values()) expect(indices).toEqual([...indices].sort((x, y) => x - y));
        expect(queue.size()).toBe(0);
      },
    ),
  );
});
