/**
 * What every follower must do, whatever its effect is: at least once with a crash at every write, the same end in batches
 * of any size, the same end from nothing, one effect with two processes at once, an entry put aside and taken up again.
 */
import { toHex } from '@fractal/tlog';
import { expect, it } from 'vitest';
import type { Follower, FollowerBatch } from '../follow/follower.ts';
import { RunningFollower } from '../follow/running-follower.ts';
import { EFFECT_PREFIX } from '../follow/state.ts';
import type { FollowerStatus } from '../follow/status.ts';
import type { CursorStore, FollowerRow } from '../ports/cursor-store.ts';
import type { FollowedLog } from '../ports/followed-log.ts';
import type { FollowerDecision, FollowerDecisions } from '../ports/follower-decisions.ts';
import { MemoryCursorStore } from './memory-cursor-store.ts';
import { instantClock, seededRng } from './memory-parts.ts';

export interface FollowerSubject {
  /** The follower as a fresh process would make it, over the effect there is. */
  readonly follower: () => Follower;
  readonly logs: readonly FollowedLog[];
  /** What came of it, where its rows are not that to the byte: of an external effect, or of one that counts laps. */
  readonly outcome?: (rows: readonly FollowerRow[]) => unknown;
}

/** Decisions kept as a control log keeps them: once an event. */
export class MemoryDecisions implements FollowerDecisions {
  readonly kept: FollowerDecision[] = [];

  async append(decision: FollowerDecision): Promise<void> {
    if (!this.kept.some(({ event }) => event === decision.event)) this.kept.push(decision);
  }
}

interface World {
  readonly subject: FollowerSubject;
  readonly store: MemoryCursorStore;
  readonly decisions: MemoryDecisions;
}

/** @param makeSubject each time with logs of the same bytes and an effect of its own */
export function followerContract(makeSubject: () => Promise<FollowerSubject>): void {
  const world = async (): Promise<World> => ({
    subject: await makeSubject(),
    store: new MemoryCursorStore(),
    decisions: new MemoryDecisions(),
  });

  const plainEnd = async (): Promise<unknown> => {
    const plain = await world();
    await runToEnd(plain, startOn(plain));
    return endOf(plain);
  };

  it('handles every entry, and has something to show for it', async () => {
    const plain = await world();
    const status = await runToEnd(plain, startOn(plain));
    expect(status.logs.map(({ failures, deadLetters }) => failures + deadLetters)).toEqual(
      plain.subject.logs.map(() => 0),
    );
    expect(plain.subject.logs.some((log) => log.size() > 3)).toBe(true);
    expect(await endOf(plain)).not.toEqual(await endOf(await world()));
  });

  it('ends the same in batches of any size', async () => {
    const wanted = await plainEnd();
    for (const batchEntriesMax of [1, 2, 3, 7]) {
      const other = await world();
      await runToEnd(other, startOn(other, { batchEntriesMax }));
      expect(await endOf(other), `batches of ${batchEntriesMax}`).toEqual(wanted);
    }
  });

  it('ends the same where the process dies at any write, before or after it', async () => {
    const wanted = await plainEnd();
    const pace = { batchEntriesMax: 2 };
    for (const when of ['before', 'after'] as const) {
      for (let at = 0, died = true; died; at++) {
        const crashed = await world();
        const mortal = mortalParts(crashed, at, when);
        const first = startOn(crashed, pace, mortal);
        await until(() => mortal.dead() || isAtEnd(first.status()));
        died = mortal.dead();
        await first.close();
        const decided = crashed.decisions.kept.length;
        await runToEnd(crashed, startOn(crashed, pace));
        expect(await endOf(crashed), `died ${when} write ${at}`).toEqual(wanted);
        expect(crashed.decisions.kept.length).toBeGreaterThanOrEqual(decided);
      }
    }
  });

  it('ends the same from nothing', async () => {
    const reset = await world();
    await runToEnd(reset, startOn(reset));
    const wanted = await endOf(reset);
    const again = startOn(reset);
    await until(() => isAtEnd(again.status()));
    expect((await again.reset('system')).ok).toBe(true);
    await until(() => again.status().logs.some(({ cursor }) => cursor > 0) || again.status().laps > 0);
    await runToEnd(reset, again);
    expect(await endOf(reset)).toEqual(wanted);
  });

  it('ends the same with two processes at once on one store', async () => {
    const wanted = await plainEnd();
    const shared = await world();
    const pace = { batchEntriesMax: 1 };
    const other = startOn(shared, pace);
    await runToEnd(shared, startOn(shared, pace));
    await other.close();
    expect(await endOf(shared)).toEqual(wanted);
  });

  it('puts a poison entry aside, or stops before it, and takes it up again when it is none any more', async () => {
    const wanted = await plainEnd();
    const poisoned = await world();
    const log = poisoned.subject.logs.find((each) => each.size() > 3)!;
    const place = { log: log.name, index: 2 };
    let poison = true;
    const running = startOn(poisoned, {}, poisoned, (batch) => {
      if (poison && batch.log === place.log && batch.from <= 2 && batch.to > 2) throw new Error('injected: poison');
    });
    await until(() => running.status().logs.some(({ deadLetters }) => deadLetters > 0));
    const isStrict = running.status().order === 'strict';
    await until(() => isAtEnd(running.status()));
    expect(running.status().activity).toBe(isStrict ? 'stopped' : 'following');
    const [letter, ...others] = await running.deadLetters(10);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ ...place, code: 'handler_failed', message: 'Error' });
    expect(await running.retry(place, 'system')).toMatchObject({ ok: false, code: 'follower_entry_failed' });
    poison = false;
    expect(await running.retry(place, 'system')).toMatchObject({ ok: true });
    expect(await running.retry(place, 'system')).toMatchObject({ ok: false, code: 'dead_letter_unknown' });
    expect(await running.deadLetters(10)).toEqual([]);
    await runToEnd(poisoned, running);
    expect(await endOf(poisoned)).toEqual(wanted);
  });
}

type Spoil = (batch: { log: string; from: number; to: number }) => void;

function startOn(
  { subject, store, decisions }: World,
  pace: Follower['pace'] = {},
  parts: { readonly store: CursorStore; readonly decisions: FollowerDecisions } = { store, decisions },
  spoil: Spoil = () => {},
): RunningFollower {
  const follower = subject.follower();
  const running = new RunningFollower({
    follower: { ...spoiled(follower, spoil), pace: { ...follower.pace, ...pace } },
    logs: subject.logs,
    store: parts.store,
    decisions: parts.decisions,
    clock: instantClock(),
    rng: seededRng(7),
  });
  running.start();
  return running;
}

function spoiled(follower: Follower, spoil: Spoil): Follower {
  if (follower.effect === 'external') {
    return {
      ...follower,
      handle: async (batch: FollowerBatch, signal: AbortSignal) => {
        spoil(batch);
        await follower.handle(batch, signal);
      },
    };
  }
  return {
    ...follower,
    handle: async (batch, rows, signal) => {
      spoil(batch);
      return follower.handle(batch, rows, signal);
    },
  };
}

/** Store and decisions of a process that dies at its n-th write: nothing it does after that reaches anything. */
function mortalParts({ store, decisions }: World, at: number, when: 'before' | 'after') {
  let writes = 0;
  let dead = false;
  const alive = (): void => {
    if (dead) throw new Error('injected: the process is dead');
  };
  const write = async (work: () => Promise<void>): Promise<void> => {
    alive();
    const isLast = writes++ === at;
    dead = isLast;
    if (isLast && when === 'before') alive();
    await work();
    if (isLast) throw new Error('injected: the process died right after a write');
  };
  const mortalStore: CursorStore = {
    read: async (follower, key) => {
      alive();
      return store.read(follower, key);
    },
    list: async (follower, range) => {
      alive();
      return store.list(follower, range);
    },
    commit: (change) => write(() => store.commit(change)),
  };
  return {
    dead: () => dead,
    store: mortalStore,
    decisions: { append: (decision: FollowerDecision) => write(() => decisions.append(decision)) },
  };
}

function isAtEnd({ activity, laps, logs }: FollowerStatus): boolean {
  if (activity === 'stopped' || laps > 0) return true;
  return activity === 'following' && logs.every(({ lagEntries }) => lagEntries === 0);
}

async function runToEnd(_: World, running: RunningFollower): Promise<FollowerStatus> {
  await until(() => isAtEnd(running.status()));
  const status = running.status();
  await running.close();
  return status;
}

async function endOf({ subject, store }: World): Promise<unknown> {
  const rows = await store.list(subject.follower().name, { prefix: EFFECT_PREFIX, limit: 1_000_000 });
  if (subject.outcome !== undefined) return subject.outcome(rows);
  return rows.map(({ key, value }) => [toHex(key), toHex(value)]);
}

/** Waits in turns of the event loop, with clocks that stand for none. */
export async function until(reached: () => boolean): Promise<void> {
  for (let turns = 0; !reached(); turns++) {
    if (turns > 200_000) throw new Error('it did not come to that');
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
