import { utf8Decode, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import type { FollowerDecision } from '../ports/follower-decisions.ts';
import { CorruptRow } from '../ports/log-store.ts';
import { MemoryFollowedLog, numberedBodies } from '../testing/followed-logs.ts';
import { MemoryDecisions, until } from '../testing/follower-contract.ts';
import { MemoryCursorStore } from '../testing/memory-cursor-store.ts';
import { instantClock, seededRng } from '../testing/memory-parts.ts';
import { summing } from '../testing/summing-follower.ts';
import type { Follower, FollowerBatch } from './follower.ts';
import { type RunningFollower, startFollower } from './running-follower.ts';
import { STATE_KEY } from './state.ts';
import type { FollowerFailed } from './status.ts';

interface Bench {
  readonly logs: MemoryFollowedLog[];
  readonly store: MemoryCursorStore;
  readonly decisions: MemoryDecisions;
  readonly failures: FollowerFailed[];
  /** Decisions that an operator was told of. */
  readonly told: FollowerDecision[];
  start(follower?: Follower, clock?: Clock): RunningFollower;
}

/** What a follower stands on; started ones are closed by the test. */
function bench(...logs: MemoryFollowedLog[]): Bench {
  const [store, decisions, failures] = [new MemoryCursorStore(), new MemoryDecisions(), [] as FollowerFailed[]];
  const told: FollowerDecision[] = [];
  const events = {
    onFailure: (failed: FollowerFailed) => failures.push(failed),
    onDecision: (decision: FollowerDecision) => told.push(decision),
  };
  return {
    logs,
    store,
    decisions,
    failures,
    told,
    start: (follower = summing('any'), clock = instantClock()) =>
      startFollower({ follower, logs, store, decisions, clock, rng: seededRng(5), events }),
  };
}

const numbered = (count: number, name = '0'): MemoryFollowedLog => new MemoryFollowedLog(name, numberedBodies(count));
const isAtEnd = (running: RunningFollower): boolean =>
  running.status().activity === 'following' && running.status().logs.every(({ lagEntries }) => lagEntries === 0);
const ops = ({ decisions }: Bench): string[] => decisions.kept.map(({ op, index }) => `${op} ${index ?? ''}`.trim());

async function sumsOf(running: RunningFollower): Promise<Record<string, number>> {
  const rows = await running.rows().list({ prefix: utf8Encode(''), limit: 10 });
  return Object.fromEntries(rows.map(({ key, value }) => [utf8Decode(key), Number(utf8Decode(value))]));
}

/** What `summing` comes to. */
function sumsOver(logs: readonly MemoryFollowedLog[], without: (n: number) => boolean = () => false) {
  const sums: Record<string, number> = {};
  for (const { n } of logs.flatMap(({ bodies }) =>
    bodies.map((body) => JSON.parse(utf8Decode(body)!) as { n: number }),
  )) {
    if (!without(n)) sums[`sum ${n % 3}`] = (sums[`sum ${n % 3}`] ?? 0) + n + 1;
  }
  return sums;
}

/** `summing`, which does something before each batch. */
function summingAfter(
  before: (batch: FollowerBatch, signal: AbortSignal) => unknown,
  order: Follower['order'] = 'any',
) {
  const plain = summing(order);
  if (plain.effect !== 'rows') throw new Error('its effect is rows');
  const handle: typeof plain.handle = async (batch, rows, signal) => {
    await before(batch, signal);
    return plain.handle(batch, rows, signal);
  };
  return { ...plain, handle };
}

const poisonAt =
  (...indices: number[]) =>
  ({ from, to }: FollowerBatch): void => {
    if (indices.some((index) => from <= index && index < to)) throw new TypeError('quotes the payload');
  };

const LONG_MS = 1e9;

/** An instant clock on which what takes long does not end by itself. */
function patientClock(): Clock {
  const clock = instantClock();
  const forEver = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  return {
    nowMs: clock.nowMs,
    sleep: (durationMs, signal) => (durationMs < LONG_MS ? clock.sleep(durationMs, signal) : forEver(signal)),
  };
}

describe('a follower at work', () => {
  it('follows what is appended, in batches no larger than it may, and never beyond the size', async () => {
    const batches: number[] = [];
    const log = numbered(10);
    const at = bench(log);
    const follower = summingAfter(({ from, to, entries }) => {
      expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: to - from }, (_, i) => from + i));
      expect(to).toBeLessThanOrEqual(log.size());
      batches.push(to - from);
    });
    const running = at.start({ ...follower, pace: { batchEntriesMax: 4 } });
    await until(() => isAtEnd(running));
    log.bodies.push(...numberedBodies(7, 10).map(utf8Encode));
    await until(() => running.status().logs[0]!.cursor === 17);
    expect(Math.max(...batches)).toBe(4);
    expect(await sumsOf(running)).toEqual(sumsOver([log]));
    expect(ops(at)).toEqual([]);
    await running.close();
    expect(running.status().activity).toBe('closed');
  });

  it('goes through its logs in order, a cursor each, and comes back to one that grew', async () => {
    const [first, second] = [numbered(3), new MemoryFollowedLog('0-2', numberedBodies(2, 50))];
    const places: string[] = [];
    const at = bench(first, second);
    const running = at.start(summingAfter(({ log, from }) => places.push(`${log} ${from}`)));
    await until(() => isAtEnd(running));
    second.bodies.push(utf8Encode('{"n":52}'));
    await until(() => running.status().logs[1]!.cursor === 3);
    expect(places).toEqual(['0 0', '0-2 0', '0-2 2']);
    await running.close();
  });

  it('is exact through commits that fail, and that fail though they are kept', async () => {
    const at = bench(numbered(40));
    at.store.faults.push('failed', undefined, 'failed but persisted', 'failed', undefined, 'failed but persisted');
    const running = at.start({ ...summing('any'), pace: { batchEntriesMax: 5 } });
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver(at.logs));
    expect(running.status().logs[0]).toMatchObject({ failures: 4, deadLetters: 0 });
    await running.close();
  });

  it('backs off while the other side is down, for as long as it takes, and blames no entry', async () => {
    const slept: number[] = [];
    const clock = instantClock();
    const noting: Clock = {
      nowMs: clock.nowMs,
      sleep: (durationMs, signal) => {
        if (durationMs < 1_000_000) slept.push(durationMs);
        return clock.sleep(durationMs, signal);
      },
    };
    let left = 30;
    const down = () => {
      if (left-- > 0) throw Object.assign(new Error('down'), { code: 'sink_down', retryable: true });
    };
    const at = bench(numbered(4));
    const pace = { backOffFirstMs: 100, backOffMaxMs: 5_000, callTimeoutMs: 1_000_000 };
    const running = at.start({ ...summingAfter(down), pace }, noting);
    await until(() => running.status().activity === 'failing');
    expect(running.status().failure).toMatchObject({ code: 'sink_down', message: 'down' });
    await until(() => isAtEnd(running));
    const [first] = slept;
    expect(first).toBeGreaterThanOrEqual(50);
    expect(first).toBeLessThanOrEqual(100);
    expect(Math.max(...slept.slice(0, 30))).toBeLessThanOrEqual(5_000);
    expect(Math.min(...slept.slice(10, 30))).toBeGreaterThanOrEqual(2_500);
    expect(new Set(slept.slice(10, 30)).size).toBeGreaterThan(10);
    expect(running.status()).toMatchObject({ failure: undefined, logs: [{ deadLetters: 0, failures: 30 }] });
    expect(ops(at)).toEqual([]);
    await running.close();
  });

  it('no longer fails from the first batch on that goes well, however much is left', async () => {
    const activities: string[] = [];
    let isDown = true;
    const at = bench(numbered(6));
    const follower = summingAfter(({ from }) => {
      if (isDown) throw Object.assign(new Error('down'), { code: 'sink_down', retryable: true });
      if (from > 0) activities.push(running.status().activity);
    });
    const running: RunningFollower = at.start({ ...follower, pace: { batchEntriesMax: 1 } });
    await until(() => running.status().activity === 'failing');
    isDown = false;
    await until(() => isAtEnd(running));
    expect(activities).toEqual(Array(5).fill('following'));
    await running.close();
  });

  it('waits out a log that can not be read', async () => {
    const log = numbered(4);
    log.failure = new Error('the disk is gone');
    const at = bench(log);
    const running = at.start();
    await until(() => at.failures.length > 10);
    expect(at.failures[0]).toMatchObject({ code: 'handler_failed', message: 'Error' });
    log.failure = undefined;
    await until(() => isAtEnd(running));
    expect(running.status().logs[0]).toMatchObject({ deadLetters: 0, cursor: 4 });
    await running.close();
  });

  it('logs a decision before it acts on it, and acts only once it is logged', async () => {
    const at = bench(numbered(4));
    let fails = 3;
    const append = at.decisions.append.bind(at.decisions);
    at.decisions.append = async (decision) => {
      expect(at.told).toEqual([]);
      if (fails-- > 0) throw new Error('the control log is full');
      await append(decision);
    };
    const running = at.start(summingAfter(poisonAt(2)));
    await until(() => isAtEnd(running));
    expect(ops(at)).toEqual(['dead_letter 2']);
    expect(at.told).toEqual(at.decisions.kept);
    expect(running.status().logs[0]).toMatchObject({ deadLetters: 1, cursor: 4 });
    await running.close();
  });
});

describe('an entry that keeps failing', () => {
  it('is put aside after its attempts, by itself, and the rest has its effect', async () => {
    const at = bench(numbered(100));
    let isPoison = true;
    let alone = 0;
    const running = at.start({
      ...summingAfter((batch) => {
        if (isPoison && batch.from === 41 && batch.to === 42) alone++;
        if (isPoison) poisonAt(41, 77)(batch);
      }),
      pace: { attemptsMax: 3 },
    });
    await until(() => isAtEnd(running));
    expect(alone).toBe(3);
    expect(ops(at)).toEqual(['dead_letter 41', 'dead_letter 77']);
    const [letter, other] = await running.deadLetters(10);
    expect(letter).toMatchObject({ log: '0', index: 41, attempts: 3, code: 'handler_failed', message: 'TypeError' });
    expect(letter!.lastMs).toBeGreaterThan(letter!.firstMs);
    expect(await running.deadLetters(10, letter)).toEqual([other]);
    expect(await running.deadLetters(1)).toEqual([letter]);
    expect(await sumsOf(running)).toEqual(sumsOver(at.logs, (n) => n === 41 || n === 77));
    isPoison = false;
    expect((await running.retry({ log: '0', index: 41 }, { person: 'ann' })).ok).toBe(true);
    expect(await sumsOf(running)).toEqual(sumsOver(at.logs, (n) => n === 77));
    expect((await running.skip({ log: '0', index: 77 }, { person: 'ann' }, 'OPS-1')).ok).toBe(true);
    expect(running.status().logs[0]?.deadLetters).toBe(0);
    const [retried, skipped] = at.decisions.kept.slice(2);
    expect(retried).toMatchObject({ op: 'retry', log: '0', index: 41, actor: { person: 'ann' } });
    expect(skipped).toMatchObject({ op: 'skip', log: '0', index: 77, actor: { person: 'ann' }, reason: 'OPS-1' });
    for (const place of [
      { log: '0', index: 77 },
      { log: '0', index: 5 },
      { log: 'none', index: 41 },
    ]) {
      expect(await running.retry(place, 'system')).toMatchObject({ ok: false, code: 'dead_letter_unknown' });
      expect(await running.skip(place, 'system', 'x')).toMatchObject({ ok: false, code: 'dead_letter_unknown' });
    }
    await running.close();
  });

  it('keeps the message of an error with a code of ours, and only the name of any other', async () => {
    const at = bench(numbered(3));
    const running = at.start(
      summingAfter(({ from, to }) => {
        if (from === 0 && to === 1) throw Object.assign(new Error('entry 0 is odd'), { code: 'odd_entry' });
        if (from === 2) throw undefined;
        if (from <= 1) throw Object.assign(new SyntaxError('in "secret text"'), { code: 'ERR_X' });
      }),
    );
    await until(() => isAtEnd(running));
    expect((await running.deadLetters(10)).map(({ code, message }) => `${code} ${message}`)).toEqual([
      'odd_entry entry 0 is odd',
      'handler_failed SyntaxError',
      'handler_failed ',
    ]);
    await running.close();
  });

  it('that is damaged or missing in the log is a dead letter, taken up again when it is mended', async () => {
    const log = numbered(9);
    log.corrupt.add(3);
    log.missing.add(6);
    const at = bench(log);
    const running = at.start();
    await until(() => isAtEnd(running));
    expect((await running.deadLetters(10)).map(({ index, code }) => `${index} ${code}`)).toEqual([
      '3 row_corrupt',
      '6 entry_missing',
    ]);
    expect(await running.retry({ log: '0', index: 6 }, 'system')).toMatchObject({ code: 'follower_entry_failed' });
    expect((await running.deadLetters(1, { log: '0', index: 3 }))[0]?.attempts).toBe(6);
    log.corrupt.clear();
    log.missing.clear();
    for (const index of [3, 6]) expect((await running.retry({ log: '0', index }, 'system')).ok).toBe(true);
    expect(await sumsOf(running)).toEqual(sumsOver([log]));
    await running.close();
  });

  it('in strict order stops the follower there, across restarts, until it is retried or skipped', async () => {
    const logs = [numbered(5), new MemoryFollowedLog('0-2', numberedBodies(2, 50))];
    const at = bench(...logs);
    let poison = [2, 4];
    const strict = () => summingAfter((batch) => batch.log === '0' && poisonAt(...poison)(batch), 'strict');
    const first = at.start(strict());
    await until(() => first.status().activity === 'stopped');
    expect(first.status()).toMatchObject({
      stopped: { code: 'strict_order', log: '0', index: 2 },
      logs: [
        { cursor: 2, deadLetters: 1 },
        { cursor: 0, deadLetters: 0 },
      ],
    });
    await first.close();
    const running = at.start(strict());
    await until(() => running.status().activity === 'stopped');
    const commits = at.store.commits;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(at.store.commits).toBe(commits);
    poison = [4];
    expect((await running.retry({ log: '0', index: 2 }, 'system')).ok).toBe(true);
    await until(() => running.status().stopped?.index === 4);
    expect((await running.skip({ log: '0', index: 4 }, 'system', 'OPS-2')).ok).toBe(true);
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver(logs, (n) => n === 4));
    expect(ops(at)).toEqual(['stop 2', 'retry 2', 'stop 4', 'skip 4']);
    await running.close();
  });

  it('is kept up to the limit; with one more the follower stops, and goes on when there is room', async () => {
    const at = bench(numbered(6));
    const pace = { deadLettersMax: 2, attemptsMax: 1 };
    const running = at.start({ ...summingAfter(poisonAt(1, 3, 4)), pace });
    await until(() => running.status().activity === 'stopped');
    expect(running.status()).toMatchObject({
      stopped: { code: 'dead_letters_full', index: 4 },
      logs: [{ deadLetters: 2, cursor: 4 }],
    });
    await running.skip({ log: '0', index: 1 }, 'system', 'x');
    await until(() => isAtEnd(running));
    expect(running.status().logs[0]).toMatchObject({ deadLetters: 2, cursor: 6 });
    expect(ops(at)).toEqual(['dead_letter 1', 'dead_letter 3', 'stop 4', 'skip 1', 'dead_letter 4']);
    await running.close();
  });
});

describe('a handler that hangs', () => {
  const hanging = (signals: AbortSignal[]) =>
    summingAfter(async ({ from, to }, signal) => {
      if (from > 3 || to <= 3) return;
      signals.push(signal);
      await new Promise(() => {});
    });

  it('is given up after its time, and told so; the rest goes on', async () => {
    const signals: AbortSignal[] = [];
    const at = bench(numbered(6));
    const running = at.start({ ...hanging(signals), pace: { attemptsMax: 2 } });
    await until(() => isAtEnd(running));
    expect((await running.deadLetters(5)).map(({ index, code }) => `${index} ${code}`)).toEqual(['3 call_timed_out']);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(await sumsOf(running)).toEqual(sumsOver(at.logs, (n) => n === 3));
    await running.close();
  });

  it('does not keep an operator or the end waiting, and what comes of it later is dropped', async () => {
    const at = bench(numbered(6));
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const pace = { callTimeoutMs: LONG_MS };
    let calls = 0;
    const waiting = summingAfter(async () => {
      calls++;
      await released;
    });
    const running = at.start({ ...waiting, pace }, patientClock());
    await until(() => calls === 1);
    expect((await running.pause({ person: 'ann' })).ok).toBe(true);
    expect(running.status()).toMatchObject({ activity: 'paused', logs: [{ failures: 0, cursor: 0 }] });
    await running.resume('system');
    await until(() => calls === 2);
    await running.close();
    release();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await sumsOf(running)).toEqual({});
  });
});

describe('what an operator asks for', () => {
  it('pauses across restarts, and resumes; each is logged once', async () => {
    const log = numbered(4);
    const at = bench(log);
    const first = at.start();
    await until(() => isAtEnd(first));
    for (const _ of [1, 2]) expect((await first.pause({ person: 'ann' })).ok).toBe(true);
    await first.close();
    log.bodies.push(...numberedBodies(3, 4).map(utf8Encode));
    const running = at.start();
    await until(() => running.status().activity === 'paused');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(running.status().logs[0]).toMatchObject({ cursor: 4, lagEntries: 3 });
    for (const _ of [1, 2]) expect((await running.resume({ person: 'ben' })).ok).toBe(true);
    await until(() => running.status().logs[0]!.cursor === 7);
    expect(ops(at)).toEqual(['pause', 'resume']);
    await running.pause('system');
    expect(ops(at)).toEqual(['pause', 'resume', 'pause']);
    await running.close();
  });

  it('resets: cursors, effect and dead letters are gone, a pause stays, and the end is the same', async () => {
    const at = bench(numbered(7));
    const running = at.start(summingAfter(poisonAt(3)));
    await until(() => isAtEnd(running));
    await running.pause('system');
    expect((await running.reset({ person: 'ann' })).ok).toBe(true);
    expect(await sumsOf(running)).toEqual({});
    expect(await running.deadLetters(5)).toEqual([]);
    expect(running.status()).toMatchObject({ activity: 'paused', logs: [{ cursor: 0, deadLetters: 0 }] });
    await running.resume('system');
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver(at.logs, (n) => n === 3));
    expect(ops(at)).toEqual(['dead_letter 3', 'pause', 'reset', 'resume', 'dead_letter 3']);
    await running.close();
  });
});

describe('what is asked for while the control log takes nothing', () => {
  it('is not done: the effect, the dead letters and the state stay as they were', async () => {
    const at = bench(numbered(5));
    let isPoison = true;
    const running = at.start(summingAfter((batch) => isPoison && poisonAt(1, 3)(batch)));
    await until(() => isAtEnd(running));
    isPoison = false;
    const append = at.decisions.append.bind(at.decisions);
    let isFull = true;
    at.decisions.append = async (decision) => {
      // Later than a commit would take that did not wait for it.
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (isFull) throw new Error('the control log is full');
      await append(decision);
    };
    const [before, commits] = [await sumsOf(running), at.store.commits];
    const place = { log: '0', index: 1 };
    for (const ask of [
      () => running.retry(place, 'system'),
      () => running.skip(place, 'system', 'x'),
      () => running.pause('system'),
      () => running.reset('system'),
    ]) {
      await expect(ask()).rejects.toThrow('the control log is full');
      expect(at.store.commits).toBe(commits);
    }
    expect([await sumsOf(running), running.status().logs[0]!.deadLetters]).toEqual([before, 2]);
    isFull = false;
    await running.pause('system');
    isFull = true;
    await expect(running.resume('system')).rejects.toThrow('the control log is full');
    expect(running.status().activity).toBe('paused');
    isFull = false;
    expect((await running.retry(place, 'system')).ok).toBe(true);
    await running.close();
  });
});

describe('findings of a handler', () => {
  const finding = { op: 'damage', log: '0', target: 'tile/0/000', code: 'rebuildable' } as const;

  it('are logged with the effect, also when they come of a dead letter that is taken up', async () => {
    const plain = summing('any');
    if (plain.effect !== 'rows') throw new Error('its effect is rows');
    let isPoison = true;
    const at = bench(numbered(3));
    const running = at.start({
      ...plain,
      handle: async (batch, rows, signal) => {
        if (isPoison) poisonAt(1)(batch);
        const effect = await plain.handle(batch, rows, signal);
        return batch.to > 1 ? { ...effect, findings: [finding] } : effect;
      },
    });
    await until(() => isAtEnd(running));
    isPoison = false;
    await running.retry({ log: '0', index: 1 }, { person: 'ann' });
    expect(at.decisions.kept.slice(1)).toMatchObject([
      { ...finding, actor: 'system', follower: 'sums' },
      { op: 'retry', actor: { person: 'ann' } },
      { ...finding, actor: 'system', follower: 'sums' },
    ]);
    await running.close();
  });
});

describe('rows of the effect that can not be read', () => {
  it('blame no entry: the follower fails until they can, or until it is reset where they are damaged', async () => {
    const log = numbered(2);
    const at = bench(log);
    let problem: Error | undefined;
    const read = at.store.read.bind(at.store);
    at.store.read = async (follower, key) => {
      if (problem !== undefined && utf8Decode(key)!.startsWith('row/')) throw problem;
      return read(follower, key);
    };
    const running = at.start();
    await until(() => isAtEnd(running));
    for (const [error, code] of [
      [new Error('the disk is gone'), 'follower_store_failed'],
      [new CorruptRow('a row of a follower is damaged'), 'follower_rows_corrupt'],
    ] as const) {
      problem = error;
      log.bodies.push(utf8Encode(`{"n":${log.size()}}`));
      await until(() => (running.status().failure?.inARow ?? 0) > 10);
      expect(running.status()).toMatchObject({ activity: 'failing', failure: { code }, logs: [{ deadLetters: 0 }] });
      problem = undefined;
      await until(() => isAtEnd(running));
    }
    expect(await sumsOf(running)).toEqual(sumsOver([log]));
    expect(ops(at)).toEqual([]);
    await running.close();
  });
});

describe('a start', () => {
  const external = (seen: string[], version = 1): Follower => ({
    name: 'sums',
    version,
    order: 'any',
    needs: 'entries',
    effect: 'external',
    handle: async ({ log, from, to }) => {
      seen.push(`${log} ${from} ${to}`);
    },
  });

  async function endOf(running: RunningFollower): Promise<void> {
    await until(() => isAtEnd(running) || running.status().activity === 'stopped');
    await running.close();
  }

  it('with rows of another version begins from nothing, once; what is elsewhere is not sent again', async () => {
    const at = bench(numbered(5));
    await endOf(at.start());
    await endOf(at.start({ ...summing('any'), version: 2 }));
    const again = at.start({ ...summing('any'), version: 2 });
    await endOf(again);
    expect(at.decisions.kept).toMatchObject([{ op: 'reset', code: 'version_changed', actor: 'system' }]);
    expect(await sumsOf(again)).toEqual(sumsOver(at.logs));
    const [other, seen] = [bench(numbered(5)), [] as string[]];
    await endOf(other.start(external(seen)));
    await endOf(other.start(external(seen, 2)));
    expect(seen).toEqual(['0 0 5']);
  });

  it.each([
    ['shorter', () => numbered(3)],
    ['of other entries', () => new MemoryFollowedLog('0', [...numberedBodies(4), '{"n":9}', ...numberedBodies(9, 5)])],
  ])('on another log under the same name, %s: counts anew, and sends nothing by itself', async (_, makeOther) => {
    const counted = bench(numbered(5));
    await endOf(counted.start());
    counted.logs[0] = makeOther();
    const running = counted.start();
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver(counted.logs));
    expect(counted.decisions.kept).toMatchObject([{ op: 'reset', code: 'log_replaced' }]);
    await running.close();
    const [sent, seen] = [bench(numbered(5)), [] as string[]];
    await endOf(sent.start(external(seen)));
    sent.logs[0] = makeOther();
    const stopped = sent.start(external(seen));
    await until(() => stopped.status().activity === 'stopped');
    expect(stopped.status().stopped).toEqual({ code: 'log_replaced' });
    expect(sent.decisions.kept).toMatchObject([{ op: 'stop', code: 'log_replaced', actor: 'system' }]);
    expect(seen).toEqual(['0 0 5']);
    await stopped.reset({ person: 'ann' });
    await until(() => isAtEnd(stopped));
    expect(seen.slice(1)).toEqual([`0 0 ${sent.logs[0]!.size()}`]);
    await stopped.close();
  });

  it('goes on where the entry its cursor came to is damaged by now: that is not another log', async () => {
    const log = numbered(5);
    const at = bench(log);
    await endOf(at.start());
    log.corrupt.add(4);
    log.bodies.push(utf8Encode('{"n":5}'));
    const running = at.start();
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver([log]));
    expect(ops(at)).toEqual([]);
    await running.close();
  });

  it('that reads no entries itself notices a shorter log too', async () => {
    const [at, seen] = [bench(numbered(5)), [] as string[]];
    await endOf(at.start({ ...external(seen), needs: 'range' }));
    at.logs[0] = numbered(4);
    const running = at.start({ ...external(seen), needs: 'range' });
    await endOf(running);
    expect([running.status().stopped?.code, seen]).toEqual(['log_replaced', ['0 0 5']]);
  });

  it('on a damaged state begins from nothing where it may, and waits for an operator where it may not', async () => {
    const damage = (at: Bench) =>
      at.store.commit({ follower: 'sums', writes: [{ key: STATE_KEY, value: utf8Encode('{"incarnation":1}') }] });
    const counted = bench(numbered(5));
    await endOf(counted.start());
    await damage(counted);
    const running = counted.start();
    await until(() => isAtEnd(running));
    expect(await sumsOf(running)).toEqual(sumsOver(counted.logs));
    await running.close();
    const [sent, seen] = [bench(numbered(5)), [] as string[]];
    await endOf(sent.start(external(seen)));
    await damage(sent);
    const failing = sent.start(external(seen));
    await until(() => failing.status().failure?.code === 'row_corrupt');
    await expect(failing.pause('system')).rejects.toMatchObject({ code: 'row_corrupt' });
    expect((await failing.reset({ person: 'ann' })).ok).toBe(true);
    await until(() => isAtEnd(failing));
    expect(seen).toEqual(['0 0 5', '0 0 5']);
    await failing.close();
  });
});

describe('laps', () => {
  it('go round for ever, with a rest, and not at all over logs that are empty', async () => {
    const seen: string[] = [];
    const logs = [numbered(3), new MemoryFollowedLog('0-2', numberedBodies(2))];
    const walker: Follower = {
      name: 'walker',
      version: 1,
      order: 'any',
      needs: 'range',
      effect: 'external',
      laps: { restMs: 5_000 },
      pace: { batchEntriesMax: 2 },
      handle: async ({ log, from, to, lap, entries }) => {
        expect(entries).toEqual([]);
        seen.push(`${lap}: ${log} ${from}-${to}`);
      },
    };
    const running = bench(...logs).start(walker);
    await until(() => running.status().laps === 2);
    await running.close();
    const lap = (n: number) => [`${n}: 0 0-2`, `${n}: 0 2-3`, `${n}: 0-2 0-2`];
    expect(seen.slice(0, 6)).toEqual([...lap(0), ...lap(1)]);
    seen.length = 0;
    const at = bench(...logs);
    at.store.faults.push(...Array<undefined>(4).fill(undefined), 'failed', 'failed but persisted');
    const lags: number[] = [];
    const faulty = at.start({
      ...walker,
      handle: async ({ log, lap: of }: FollowerBatch) => {
        if (log === '0' && of > 0) lags.push(faulty.status().logs[0]!.lagMs);
      },
    });
    await until(() => faulty.status().laps === 2);
    await faulty.close();
    expect(faulty.status().logs[0]!.failures).toBeGreaterThan(0);
    expect(Math.max(...lags)).toBeLessThan(5_000);
    const resting = bench(...logs).start({ ...walker, laps: { restMs: LONG_MS } }, patientClock());
    await until(() => isAtEnd(resting));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([seen, resting.status().laps, isAtEnd(resting)]).toEqual([lap(0), 0, true]);
    await resting.close();
    const idle = bench(numbered(0)).start(walker);
    await until(() => idle.status().activity === 'following');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(idle.status().laps).toBe(0);
    await idle.close();
  });
});

type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'fault'; readonly fault: 'failed' | 'failed but persisted' }
  | { readonly do: 'poison'; readonly n: number }
  | { readonly do: 'heal' | 'pause' | 'resume' | 'reset' | 'restart' | 'retry' | 'turns' };

describe('whatever happens', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 6 }) }),
    fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom('failed' as const, 'failed but persisted' as const),
    }),
    fc.record({ do: fc.constant('poison' as const), n: fc.nat(20) }),
    fc.record({
      do: fc.constantFrom('heal' as const, 'pause' as const, 'resume' as const, 'reset' as const, 'restart' as const),
    }),
    fc.record({ do: fc.constantFrom('retry' as const, 'turns' as const) }),
  );

  it('every entry has its effect once in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('any' as const, 'strict' as const),
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 25 }),
        async (order, batchEntriesMax, steps) => {
          const log = numbered(2);
          const at = bench(log);
          const poison = new Set<number>();
          const follower = { ...summingAfter((batch) => poisonAt(...poison)(batch), order), pace: { batchEntriesMax } };
          let running = at.start(follower);
          const asked = async (work: () => Promise<unknown>): Promise<void> => {
            await work().catch((error: Error) => expect(error.message).toContain('injected'));
          };
          const retryAll = async (): Promise<void> => {
            for (const letter of await running.deadLetters(50)) await asked(() => running.retry(letter, 'system'));
          };
          for (const each of steps) {
            if (each.do === 'append') log.bodies.push(...numberedBodies(each.count, log.size()).map(utf8Encode));
            else if (each.do === 'fault') at.store.faults.push(each.fault);
            else if (each.do === 'poison') poison.add(each.n);
            else if (each.do === 'heal') poison.clear();
            else if (each.do === 'retry') await retryAll();
            else if (each.do === 'turns') for (let i = 0; i < 20; i++) await new Promise((r) => setImmediate(r));
            else if (each.do === 'restart') {
              await running.close();
              running = at.start(follower);
            } else await asked(() => running[each.do as 'pause' | 'resume' | 'reset']('system'));
          }
          at.store.faults.length = 0;
          poison.clear();
          await running.resume('system');
          await until(() => isAtEnd(running) || running.status().activity === 'stopped');
          await retryAll();
          await until(() => isAtEnd(running));
          expect(await running.deadLetters(5)).toEqual([]);
          expect(await sumsOf(running)).toEqual(sumsOver([log]));
          await running.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});
