/** What every CheckpointGuard must do. An adapter's test calls this with a way to open one more guard over one new place. */
import { expect, it } from 'vitest';
import {
  type CheckpointGuard,
  GUARD_TEXT_BYTES_MAX,
  GuardConflict,
  type GuardEntry,
} from '../ports/checkpoint-guard.ts';

/** Makes a place; each call of the function it gives opens that place once more, as another process would. */
export type MakeGuardPlace = () => Promise<() => CheckpointGuard>;

const ORIGIN = 'example.com/log/0';

export function checkpointGuardContract(makePlace: MakeGuardPlace): void {
  const open = async (): Promise<CheckpointGuard> => (await makePlace())();

  it('holds nothing at first', async () => {
    expect(await (await open()).read(ORIGIN)).toBeUndefined();
  });

  it('gives back what was recorded last, to the same and to a new opening', async () => {
    const place = await makePlace();
    const guard = place();
    let held: GuardEntry | undefined;
    for (const text of ['one\n', 'two\n\n— signed é\n', 'three']) {
      const before = held;
      held = await guard.record(ORIGIN, text, held);
      expect(held.text).toBe(text);
      expect(held.version).not.toBe(before?.version);
      expect(await guard.read(ORIGIN)).toEqual(held);
      expect(await place().read(ORIGIN)).toEqual(held);
    }
  });

  it.each(['example.com/log/0-2', 'example.com/log', '..', '/etc', 'a b', `example.com/${'x'.repeat(300)}`, 'ü%2F?#'])(
    'keeps origins apart: %s',
    async (origin) => {
      const guard = await open();
      const mine = await guard.record(origin, 'mine', undefined);
      expect(await guard.read(ORIGIN)).toBeUndefined();
      await guard.record(ORIGIN, 'other', undefined);
      expect(await guard.read(origin)).toEqual(mine);
    },
  );

  it('refuses to replace what it does not hold, and keeps what it holds', async () => {
    const place = await makePlace();
    const guard = place();
    const first = await guard.record(ORIGIN, 'first', undefined);
    await expect(guard.record(ORIGIN, 'x', undefined)).rejects.toThrow(GuardConflict);
    const second = await place().record(ORIGIN, 'second', first);
    await expect(guard.record(ORIGIN, 'x', first)).rejects.toThrow(GuardConflict);
    await expect(guard.record(ORIGIN, 'x', undefined)).rejects.toThrow(GuardConflict);
    expect(await guard.read(ORIGIN)).toEqual(second);
    await expect(guard.record('elsewhere', 'x', first)).rejects.toThrow(GuardConflict);
    expect(await guard.read('elsewhere')).toBeUndefined();
  });

  it('tells the same text recorded twice apart', async () => {
    const guard = await open();
    const first = await guard.record(ORIGIN, 'a', undefined);
    const second = await guard.record(ORIGIN, 'b', first);
    await guard.record(ORIGIN, 'a', second);
    await expect(guard.record(ORIGIN, 'x', first)).rejects.toThrow(GuardConflict);
  });

  it('lets at most one of many writers replace one entry, and holds what that one wrote', async () => {
    const place = await makePlace();
    let held: GuardEntry | undefined;
    for (let round = 0; round < 10; round += 1) {
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) => place().record(ORIGIN, `round ${round} writer ${i}`, held)),
      );
      const won = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(won.length).toBeLessThanOrEqual(1);
      const now = await place().read(ORIGIN);
      if (won.length === 1) expect(now).toEqual(won[0]);
      held = now;
    }
    expect(held).toBeDefined();
  });

  it('has no entry replaced twice, by writers that take over from one another and go on', async () => {
    const place = await makePlace();
    const replaced: string[] = [];
    const writer = async (name: number): Promise<void> => {
      const guard = place();
      let held = await guard.read(ORIGIN);
      for (let n = 0; n < 25; n += 1) {
        const before: GuardEntry | undefined = held;
        try {
          held = await guard.record(ORIGIN, `writer ${name}, ${n}`, before);
          replaced.push(before?.version ?? 'nothing');
        } catch {
          held = await guard.read(ORIGIN); // refused, or of unknown outcome: from what is there now
        }
      }
    };
    await Promise.all([0, 1, 2].map(writer));
    expect(replaced.length).toBeGreaterThan(0);
    expect(new Set(replaced).size).toBe(replaced.length);
  });

  it('takes the largest text, and none larger', async () => {
    const guard = await open();
    const largest = 'x'.repeat(GUARD_TEXT_BYTES_MAX);
    const held = await guard.record(ORIGIN, largest, undefined);
    expect(await guard.read(ORIGIN)).toEqual(held);
    await expect(guard.record(ORIGIN, `${largest}x`, held)).rejects.toThrow();
    await expect(guard.record(ORIGIN, `${largest.slice(1)}é`, held)).rejects.toThrow();
    expect(await guard.read(ORIGIN)).toEqual(held);
  });
}
