/**
 * One follower at work: walks its logs in order, a cursor each, and does what operators ask of it (DESIGN section 1, I12).
 *
 *     rest ─► next range ─► handler ─► findings to the control log ─► effect + cursor, one commit ─► rest …
 *                  ▲            └─ failed: half the batch … one entry ─► `attemptsMax` times ─► dead letter, or stop there
 *                  └──────────────── back-off: the store, the log or the other side is out of order
 *
 * Work and operators take turns. What an operator asks for waits a moment for the batch under way, then that one is called
 * off. Nothing here is waited for by an answer; a handler that computes without end in one turn of the event loop is the
 * one thing that can hold up the process, and no follower may do so.
 *
 * Attempts are counted in memory: an entry that ends the process each time is met again after each start.
 */
import { failure, type Result, success } from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import type { CursorStore, FollowerWrite } from '../ports/cursor-store.ts';
import type { FollowedLog } from '../ports/followed-log.ts';
import type { FollowerActor, FollowerDecision, FollowerDecisions } from '../ports/follower-decisions.ts';
import { CorruptRow } from '../ports/log-store.ts';
import { type Attempt, attempt, leafHashOf, type Range } from './attempt.ts';
import { CalledOff, type Failure, failureOf } from './failure.ts';
import type { Follower, FollowerRows } from './follower.ts';
import { Keeping, type StateChange } from './keeping.ts';
import { backOffMs, DEFAULT_PACE, nextSpan, type Pace, restMs } from './pace.ts';
import { effectWrites, moved, removedLetter, settled } from './progress.ts';
import { type Cursor, type DeadLetter, deadLetterKey, type FollowerState, formatDeadLetter } from './state.ts';
import { type FollowerFailed, type FollowerStatus, Watch } from './status.ts';
import { Turns } from './turns.ts';

export interface FollowerEvents {
  readonly onFailure?: (failed: FollowerFailed) => void;
  readonly onDecision?: (decision: FollowerDecision) => void;
}

export interface FollowerParts {
  readonly follower: Follower;
  /** In order: the next is begun where the one before is handled to its end. */
  readonly logs: readonly FollowedLog[];
  readonly store: CursorStore;
  readonly decisions: FollowerDecisions;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly events?: FollowerEvents;
}

export type VerbOutcome = Result<undefined, 'dead_letter_unknown' | 'follower_entry_failed'>;

interface Place {
  readonly log: string;
  readonly index: number;
}

export class RunningFollower {
  readonly #parts: FollowerParts;
  readonly #pace: Pace;
  readonly #keeping: Keeping;
  readonly #watch: Watch;
  readonly #turns: Turns;
  /** The state as it was committed last, as far as is known here. */
  #known: FollowerState | undefined;
  #span: number;
  /** The rest at the end of a lap was taken, or is being taken. */
  #isRested = false;
  /** The entry that fails by itself, how often and since when. */
  #suspect: (Place & { attempts: number; readonly firstMs: number }) | undefined;

  constructor(parts: FollowerParts) {
    const { follower, logs, store, decisions, clock, rng, events } = parts;
    this.#parts = parts;
    this.#pace = { ...DEFAULT_PACE, ...follower.pace };
    this.#span = this.#pace.batchEntriesMax;
    const { name, version } = follower;
    const onDecision = (decision: FollowerDecision): void => events?.onDecision?.(decision);
    this.#keeping = new Keeping({ follower: name, version, store, decisions, onDecision, rng });
    this.#watch = new Watch({ follower, logs, clock, onFailure: (failed) => events?.onFailure?.(failed) });
    this.#turns = new Turns(clock);
  }

  get name(): string {
    return this.#parts.follower.name;
  }

  /** Begins; once. */
  start(): void {
    this.#turns.start(() => this.#step());
  }

  /** As it is now; reads nothing. */
  status(): FollowerStatus {
    return this.#watch.status(this.#known, this.#turns.isOver);
  }

  /** Rows of the effect, as they were committed last. */
  rows(): FollowerRows {
    return this.#keeping.rows();
  }

  /** In order of log and index, after the given one. */
  deadLetters(limit: number, after?: Place): Promise<readonly DeadLetter[]> {
    return this.#keeping.deadLetters(limit, after);
  }

  pause(by: FollowerActor): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if (state.paused) return success(undefined);
      await this.#keeping.decide({ op: 'pause' }, by);
      return this.#commit({ paused: true });
    });
  }

  resume(by: FollowerActor): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if (!state.paused) return success(undefined);
      await this.#keeping.decide({ op: 'resume' }, by);
      return this.#commit({ paused: false });
    });
  }

  /** Forgets cursors, effect and dead letters, and starts at the first entry. A pause stays. Also where the state can't be read. */
  reset(by: FollowerActor): Promise<VerbOutcome> {
    return this.#turns.asked(async () => {
      if (this.#keeping.state === undefined) await this.#keeping.open().catch(() => this.#keeping.openAnew());
      await this.#startOver(by);
      return success(undefined);
    });
  }

  /** The dead letter once more, by itself, now; where it is handled it is none any more. */
  retry({ log, index }: Place, by: FollowerActor): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      const letter = await this.#keeping.deadLetter(log, index);
      const followed = this.#parts.logs.find(({ name }) => name === log);
      if (letter === undefined || followed === undefined) return failure('dead_letter_unknown');
      const tried = await this.#attempt({ log: followed, from: index, to: index + 1 });
      if (!tried.ok) return this.#failedAgain(letter, tried.failure);
      await this.#keeping.decide({ op: 'retry', log, index }, by);
      for (const finding of tried.effect.findings ?? []) await this.#keeping.decide(finding);
      return this.#commit(settled(state, log, index, tried.leafHash), [
        ...effectWrites(tried),
        removedLetter(log, index),
      ]);
    });
  }

  /** The dead letter is given up: its entry has no effect here, and the control log says who decided so. */
  skip({ log, index }: Place, by: FollowerActor, reason: string): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if ((await this.#keeping.deadLetter(log, index)) === undefined) return failure('dead_letter_unknown');
      await this.#keeping.decide({ op: 'skip', log, index }, by, reason);
      return this.#commit(settled(state, log, index), [removedLetter(log, index)]);
    });
  }

  /** Lets the batch under way end, for a moment, and begins no other. The store is not closed. */
  close(): Promise<void> {
    return this.#turns.close();
  }

  /** @throws what the store, the logs or the control log throw: the outcome is then what `status` says later */
  #verb(work: (state: FollowerState) => Promise<VerbOutcome>): Promise<VerbOutcome> {
    return this.#turns.asked(async () => work(await this.#opened()));
  }

  /** One batch, or a look at whether there is one. Resolves with how long to rest. Never rejects. */
  async #step(): Promise<number> {
    try {
      const state = await this.#opened();
      if (state.paused || state.stopped !== undefined) return this.#pace.backOffMaxMs;
      const range = this.#nextRange(state);
      return range === undefined ? await this.#atEnd(state) : await this.#advance(state, range);
    } catch (error) {
      if (error instanceof CalledOff) return 0;
      this.#watch.failed(failureOf(error));
      return backOffMs(this.#pace, this.#watch.inARow, this.#parts.rng);
    }
  }

  #nextRange(state: FollowerState): Range | undefined {
    for (const log of this.#parts.logs) {
      const from = state.cursors[log.name]?.next ?? 0;
      this.#watch.seen(log);
      if (from < log.size()) return { log, from, to: Math.min(log.size(), from + this.#span) };
    }
    return undefined;
  }

  async #atEnd(state: FollowerState): Promise<number> {
    this.#watch.wentWell();
    const { follower, logs } = this.#parts;
    if (follower.laps === undefined || logs.every((log) => log.size() === 0)) return this.#pace.pollMs;
    this.#isRested = !this.#isRested;
    if (this.#isRested) return follower.laps.restMs;
    this.#watch.startsOver(); // first: the commit may be kept and yet throw
    await this.#commit({ laps: state.laps + 1, cursors: {} });
    return 0;
  }

  async #advance(state: FollowerState, range: Range): Promise<number> {
    const { log, from } = range;
    const startedMs = this.#parts.clock.nowMs();
    const tried = await this.#attempt(range);
    if (!tried.ok) return this.#batchFailed(state, range, tried.failure);
    // Without the commit: that is the disk's time, not the event loop's.
    const tookMs = Math.max(0, this.#parts.clock.nowMs() - startedMs);
    for (const finding of tried.effect.findings ?? []) await this.#keeping.decide(finding);
    await this.#commit(moved(state, log.name, tried.to, tried.leafHash), effectWrites(tried));
    this.#suspect = undefined;
    const count = tried.to - from;
    this.#span = nextSpan(this.#pace, this.#span, count, tookMs);
    const rest = restMs(this.#pace, count, tookMs);
    return tried.to < log.size() ? rest : Math.max(rest, this.#pace.pollMs);
  }

  async #batchFailed(state: FollowerState, { log, from, to }: Range, failed: Failure): Promise<number> {
    this.#watch.failed(failed, log.name, from);
    if (failed.retryable) return backOffMs(this.#pace, this.#watch.inARow, this.#parts.rng);
    if (to - from > 1) {
      this.#span = Math.floor((to - from) / 2);
      return 0;
    }
    const nowMs = this.#parts.clock.nowMs();
    const isSame = this.#suspect?.log === log.name && this.#suspect.index === from;
    const suspect = isSame ? this.#suspect! : { log: log.name, index: from, attempts: 0, firstMs: nowMs };
    suspect.attempts += 1;
    this.#suspect = suspect;
    if (suspect.attempts < this.#pace.attemptsMax) return backOffMs(this.#pace, suspect.attempts, this.#parts.rng);
    await this.#putAside(state, { ...suspect, lastMs: nowMs, code: failed.code, message: failed.message });
    return 0;
  }

  /** A dead letter; in strict order the cursor stays before it, and so does the follower. */
  async #putAside(state: FollowerState, letter: DeadLetter): Promise<void> {
    const { log, index, code } = letter;
    const before = await this.#keeping.deadLetter(log, index); // from an earlier lap
    const count = Object.values(state.dead).reduce((sum, each) => sum + each, 0);
    if (before === undefined && count >= this.#pace.deadLettersMax) {
      await this.#keeping.decide({ op: 'stop', log, index, code: 'dead_letters_full' });
      await this.#commit({ stopped: { code: 'dead_letters_full', log, index } });
      return;
    }
    const isStrict = this.#parts.follower.order === 'strict';
    await this.#keeping.decide({ op: isStrict ? 'stop' : 'dead_letter', log, index, code });
    const dead = before === undefined ? { ...state.dead, [log]: (state.dead[log] ?? 0) + 1 } : state.dead;
    const then: StateChange = isStrict
      ? { stopped: { code: 'strict_order', log, index } }
      : moved(state, log, index + 1);
    const value = formatDeadLetter({ ...letter, firstMs: before?.firstMs ?? letter.firstMs });
    await this.#commit({ ...then, dead }, [{ key: deadLetterKey(log, index), value }]);
    this.#suspect = undefined;
  }

  async #failedAgain(letter: DeadLetter, failed: Failure): Promise<VerbOutcome> {
    const { log, index } = letter;
    const { code, message } = failed;
    const again = { ...letter, attempts: letter.attempts + 1, lastMs: this.#parts.clock.nowMs(), code, message };
    await this.#commit({}, [{ key: deadLetterKey(log, index), value: formatDeadLetter(again) }]);
    this.#watch.failed(failed, log, index);
    return failure('follower_entry_failed', code);
  }

  /** The state, read where it is not held, and then compared with the follower and its logs. */
  async #opened(): Promise<FollowerState> {
    if (this.#keeping.state !== undefined) return this.#keeping.state;
    const { follower } = this.#parts;
    const isRows = follower.effect === 'rows';
    const state = await this.#keeping.open().catch((error: unknown) => {
      // Made from the log and made again from it; what is elsewhere waits for an operator.
      if (error instanceof CorruptRow && isRows) return this.#keeping.openAnew();
      throw error;
    });
    this.#known = state;
    if (isRows && state.version !== follower.version) return this.#startOver('system', 'version_changed');
    if (state.stopped !== undefined || (await this.#isOfTheseLogs(state))) return state;
    if (isRows) return this.#startOver('system', 'log_replaced');
    await this.#keeping.decide({ op: 'stop', code: 'log_replaced' });
    this.#known = await this.#keeping.commit({ stopped: { code: 'log_replaced' } });
    return this.#known;
  }

  /** Whether each log still holds the entry a cursor came to: another log under the same name is not followed on. */
  async #isOfTheseLogs({ cursors }: FollowerState): Promise<boolean> {
    for (const log of this.#parts.logs) {
      const cursor = cursors[log.name];
      if (cursor === undefined) continue;
      if (cursor.next > log.size()) return false;
      if (cursor.last !== undefined && !(await holds(log, cursor.last))) return false;
    }
    return true;
  }

  async #startOver(by: FollowerActor, code?: string): Promise<FollowerState> {
    await this.#keeping.decide({ op: 'reset', ...(code === undefined ? {} : { code }) }, by);
    const { version } = this.#parts.follower;
    this.#watch.startsOver();
    const state = await this.#keeping.commit({ version, laps: 0, cursors: {}, dead: {}, stopped: undefined }, [], true);
    this.#known = state;
    this.#suspect = undefined;
    this.#watch.wentWell();
    return state;
  }

  #attempt(range: Range): Promise<Attempt> {
    const { follower, clock } = this.#parts;
    return attempt({
      follower,
      range,
      lap: this.#keeping.state?.laps ?? 0,
      rows: this.#keeping.rows(),
      clock,
      callTimeoutMs: this.#pace.callTimeoutMs,
      calledOff: this.#turns.calledOff,
    });
  }

  async #commit(change: StateChange, writes: readonly FollowerWrite[] = []): Promise<VerbOutcome> {
    this.#known = await this.#keeping.commit(change, writes);
    this.#watch.wentWell();
    return success(undefined);
  }
}

/** Starts a follower; it runs until it is closed. */
export function startFollower(parts: FollowerParts): RunningFollower {
  const running = new RunningFollower(parts);
  running.start();
  return running;
}

/** Whether the log has that leaf there; one that can't be read is taken to be it. */
async function holds(log: FollowedLog, last: NonNullable<Cursor['last']>): Promise<boolean> {
  try {
    const [entry] = await log.entries(last.index, last.index + 1);
    return entry !== undefined && leafHashOf(entry) === last.leafHash;
  } catch (error) {
    if (error instanceof CorruptRow) return true;
    throw error;
  }
}
