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
import { Keeping } from './keeping.ts';
import { type Lag, lag } from './lag.ts';
import { backOffMs, DEFAULT_PACE, nextSpan, type Pace, restMs } from './pace.ts';
import {
  type Cursor,
  type DeadLetter,
  deadLetterKey,
  effectKey,
  type FollowerState,
  formatDeadLetter,
} from './state.ts';

export interface FollowerEvents {
  /** A failure that is not the last of its kind: for a log of operations. */
  readonly onFailure?: (failed: FollowerFailed) => void;
  readonly onDecision?: (decision: FollowerDecision) => void;
}

export interface FollowerFailed {
  readonly follower: string;
  readonly log: string | undefined;
  readonly index: number | undefined;
  readonly code: string;
  readonly message: string;
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

export type FollowerActivity = 'starting' | 'following' | 'failing' | 'paused' | 'stopped' | 'closed';

export interface FollowerLogStatus {
  readonly log: string;
  /** First index that is not handled. */
  readonly cursor: number;
  readonly size: number;
  readonly lagEntries: number;
  /** How long this process has known of the oldest entry that is not handled. */
  readonly lagMs: number;
  readonly deadLetters: number;
  /** Failed calls since the start. */
  readonly failures: number;
}

export interface FollowerStatus {
  readonly name: string;
  readonly order: Follower['order'];
  readonly effect: Follower['effect'];
  readonly activity: FollowerActivity;
  readonly stopped: FollowerState['stopped'];
  /** The last failure, while it fails. */
  readonly failure: { readonly code: string; readonly message: string; readonly inARow: number } | undefined;
  readonly laps: number;
  readonly logs: readonly FollowerLogStatus[];
}

export type VerbOutcome = Result<undefined, 'dead_letter_unknown' | 'follower_entry_failed'>;

interface Place {
  readonly log: string;
  readonly index: number;
}

/** How long a batch under way is let be when an operator asks for something, or at the end. */
const GRACE_MS = 1_000;

export class RunningFollower {
  readonly #parts: FollowerParts;
  readonly #pace: Pace;
  readonly #keeping: Keeping;
  readonly #lags = new Map<string, Lag>();
  readonly #failures = new Map<string, number>();
  #known: FollowerState | undefined;
  #span: number;
  /** The entry that fails by itself, how often and since when. */
  #suspect: (Place & { attempts: number; readonly firstMs: number }) | undefined;
  #failing: { failure: Failure; inARow: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #sleeping = new AbortController();
  #woken = false;
  #calling = new AbortController();
  #closing = false;
  #running: Promise<void> | undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#pace = { ...DEFAULT_PACE, ...parts.follower.pace };
    this.#span = this.#pace.batchEntriesMax;
    this.#keeping = new Keeping({
      follower: parts.follower.name,
      version: parts.follower.version,
      store: parts.store,
      decisions: parts.decisions,
      onDecision: (decision) => parts.events?.onDecision?.(decision),
      rng: parts.rng,
    });
  }

  get name(): string {
    return this.#parts.follower.name;
  }

  /** Begins; once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** As it is now; reads nothing. */
  status(): FollowerStatus {
    const { follower, logs, clock } = this.#parts;
    const nowMs = clock.nowMs();
    return {
      name: follower.name,
      order: follower.order,
      effect: follower.effect,
      activity: this.#activity(),
      stopped: this.#known?.stopped,
      failure: this.#failing && { ...pick(this.#failing.failure), inARow: this.#failing.inARow },
      laps: this.#known?.laps ?? 0,
      logs: logs.map((log) => this.#logStatus(log, nowMs)),
    };
  }

  /** Rows of the effect, as they were committed last. */
  rows(): FollowerRows {
    return this.#keeping.rows();
  }

  deadLetters(limit: number, after?: Place): Promise<readonly DeadLetter[]> {
    return this.#keeping.deadLetters(limit, after);
  }

  pause(by: FollowerActor): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if (state.paused) return success(undefined);
      await this.#keeping.decide({ op: 'pause' }, by);
      return this.#done({ paused: true });
    });
  }

  resume(by: FollowerActor): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if (!state.paused) return success(undefined);
      await this.#keeping.decide({ op: 'resume' }, by);
      return this.#done({ paused: false });
    });
  }

  /** Forgets cursors, effect and dead letters, and starts at the first entry. A pause stays. */
  reset(by: FollowerActor, code?: string): Promise<VerbOutcome> {
    return this.#inTurnNow(async () => {
      // Also where the state can't be read: that is what it's for.
      if (this.#keeping.state === undefined) await this.#keeping.open().catch(() => this.#keeping.openAnew());
      await this.#startOver(by, code);
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
      if (!tried.ok) {
        this.#countFailure(log, index, tried.failure);
        const { code, message } = tried.failure;
        const again = { ...letter, attempts: letter.attempts + 1, lastMs: this.#parts.clock.nowMs(), code, message };
        await this.#done({}, [{ key: deadLetterKey(log, index), value: formatDeadLetter(again) }]);
        return failure('follower_entry_failed', code);
      }
      await this.#keeping.decide({ op: 'retry', log, index }, by);
      for (const finding of tried.effect.findings ?? []) await this.#keeping.decide(finding);
      return this.#done(settled(state, log, index, tried.leafHash), [...effectWrites(tried), removed(log, index)]);
    });
  }

  /** The dead letter is given up: its entry has no effect here, and the control log says who decided so. */
  skip({ log, index }: Place, by: FollowerActor, reason: string): Promise<VerbOutcome> {
    return this.#verb(async (state) => {
      if ((await this.#keeping.deadLetter(log, index)) === undefined) return failure('dead_letter_unknown');
      await this.#keeping.decide({ op: 'skip', log, index }, by, reason);
      return this.#done(settled(state, log, index, undefined), [removed(log, index)]);
    });
  }

  /** Lets the batch under way end, for a moment, and begins no other. The store is not closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#callOffSoon();
    await this.#running;
    await this.#turn;
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      const durationMs = await this.#inTurn(() => this.#step());
      if (this.#woken) continue;
      this.#sleeping = new AbortController();
      await this.#parts.clock.sleep(durationMs, this.#sleeping.signal);
    }
  }

  /** One batch, or a look at whether there is one. Resolves with how long to rest. Never rejects. */
  async #step(): Promise<number> {
    this.#woken = false;
    try {
      const state = await this.#opened();
      if (state.paused || state.stopped !== undefined) return this.#pace.backOffMaxMs;
      const range = this.#nextRange(state);
      return range === undefined ? await this.#atEnd(state) : await this.#advance(state, range);
    } catch (error) {
      if (error instanceof CalledOff) return 0;
      this.#countFailure(undefined, undefined, failureOf(error));
      return backOffMs(this.#pace, this.#failing?.inARow ?? 1, this.#parts.rng);
    }
  }

  async #advance(state: FollowerState, range: Range): Promise<number> {
    const { log, from } = range;
    const startedMs = this.#parts.clock.nowMs();
    const tried = await this.#attempt(range);
    if (!tried.ok) return this.#batchFailed(state, range, tried.failure);
    for (const finding of tried.effect.findings ?? []) await this.#keeping.decide(finding);
    await this.#done(moved(state, log.name, tried.to, tried.leafHash), effectWrites(tried));
    this.#suspect = undefined;
    const tookMs = Math.max(0, this.#parts.clock.nowMs() - startedMs);
    const count = tried.to - from;
    this.#span = nextSpan(this.#pace, this.#span, count, tookMs);
    const rest = restMs(this.#pace, count, tookMs);
    return tried.to < log.size() ? rest : Math.max(rest, this.#pace.pollMs);
  }

  async #batchFailed(state: FollowerState, range: Range, failed: Failure): Promise<number> {
    const { log, from, to } = range;
    this.#countFailure(log.name, from, failed);
    if (failed.retryable) return backOffMs(this.#pace, this.#failing?.inARow ?? 1, this.#parts.rng);
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
  async #putAside(state: FollowerState, { firstMs, ...letter }: DeadLetter): Promise<void> {
    const { log, index, code } = letter;
    const before = await this.#keeping.deadLetter(log, index); // from an earlier lap
    const count = Object.values(state.dead).reduce((sum, each) => sum + each, 0);
    if (before === undefined && count >= this.#pace.deadLettersMax) {
      await this.#keeping.decide({ op: 'stop', log, index, code: 'dead_letters_full' });
      await this.#done({ stopped: { code: 'dead_letters_full', log, index } });
      return;
    }
    const dead = before === undefined ? { ...state.dead, [log]: (state.dead[log] ?? 0) + 1 } : state.dead;
    const value = formatDeadLetter({ ...letter, firstMs: before?.firstMs ?? firstMs });
    const write = { key: deadLetterKey(log, index), value };
    const isStrict = this.#parts.follower.order === 'strict';
    await this.#keeping.decide({ op: isStrict ? 'stop' : 'dead_letter', log, index, code });
    const then = isStrict
      ? { stopped: { code: 'strict_order', log, index } as const }
      : moved(state, log, index + 1, undefined);
    await this.#done({ ...then, dead }, [write]);
    this.#suspect = undefined;
  }

  async #atEnd(state: FollowerState): Promise<number> {
    this.#failing = undefined;
    const { follower, logs } = this.#parts;
    if (follower.laps === undefined || logs.every((log) => log.size() === 0)) return this.#pace.pollMs;
    await this.#done({ laps: state.laps + 1, cursors: {} });
    this.#lags.clear();
    return follower.laps.restMs;
  }

  #nextRange(state: FollowerState): Range | undefined {
    for (const log of this.#parts.logs) {
      const from = state.cursors[log.name]?.next ?? 0;
      const size = log.size();
      this.#lagOf(log.name).seen(size, this.#parts.clock.nowMs());
      if (from < size) return { log, from, to: Math.min(size, from + this.#span) };
    }
    return undefined;
  }

  /** The state, read where it is not held, and then compared with the follower and its logs. */
  async #opened(): Promise<FollowerState> {
    if (this.#keeping.state !== undefined) return this.#keeping.state;
    const { follower } = this.#parts;
    let state = await this.#keeping.open().catch((error: unknown) => {
      // Made from the log and made again from it; what is elsewhere waits for an operator.
      if (error instanceof CorruptRow && follower.effect === 'rows') return this.#keeping.openAnew();
      throw error;
    });
    const isOld = follower.effect === 'rows' && state.version !== follower.version;
    if (isOld) state = await this.#startOver('system', 'version_changed');
    else if (state.stopped === undefined && !(await this.#isOfTheseLogs(state))) {
      if (follower.effect === 'rows') state = await this.#startOver('system', 'log_replaced');
      else {
        await this.#keeping.decide({ op: 'stop', code: 'log_replaced' });
        state = await this.#keeping.commit({ stopped: { code: 'log_replaced' } });
      }
    }
    this.#known = state;
    return state;
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

  async #startOver(by: FollowerActor, code: string | undefined): Promise<FollowerState> {
    await this.#keeping.decide({ op: 'reset', ...(code === undefined ? {} : { code }) }, by);
    const { version } = this.#parts.follower;
    const state = await this.#keeping.commit({ version, laps: 0, cursors: {}, dead: {}, stopped: undefined }, [], true);
    this.#known = state;
    this.#suspect = undefined;
    this.#failing = undefined;
    this.#lags.clear();
    return state;
  }

  #attempt(range: Range): Promise<Attempt> {
    const { follower, clock } = this.#parts;
    const { signal: calledOff } = this.#calling;
    const { callTimeoutMs } = this.#pace;
    const lap = this.#keeping.state?.laps ?? 0;
    return attempt({ follower, range, lap, rows: this.#keeping.rows(), clock, callTimeoutMs, calledOff });
  }

  async #done(change: Parameters<Keeping['commit']>[0], writes: readonly FollowerWrite[] = []): Promise<VerbOutcome> {
    this.#known = await this.#keeping.commit(change, writes);
    this.#failing = undefined;
    return success(undefined);
  }

  /** @throws what the store, the logs or the control log throw: the outcome is then what `status` says later */
  #verb(work: (state: FollowerState) => Promise<VerbOutcome>): Promise<VerbOutcome> {
    return this.#inTurnNow(async () => work(await this.#opened()));
  }

  async #inTurnNow(work: () => Promise<VerbOutcome>): Promise<VerbOutcome> {
    const asked = this.#inTurn(() => {
      this.#calling = new AbortController();
      return work();
    });
    await this.#callOffSoon(asked);
    const outcome = await asked;
    this.#wake();
    return outcome;
  }

  /** Ends the rest, or the one that is about to begin. */
  #wake(): void {
    this.#woken = true;
    this.#sleeping.abort();
  }

  /** Gives the turn under way a moment, then calls it off. */
  async #callOffSoon(until: Promise<unknown> = this.#turn): Promise<void> {
    const calling = this.#calling;
    const enough = new AbortController();
    const over = until.then(
      () => enough.abort(),
      () => enough.abort(),
    );
    await Promise.race([over, this.#parts.clock.sleep(GRACE_MS, enough.signal)]);
    if (!enough.signal.aborted) calling.abort();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined); // whoever asked has the rejection; the next turn starts all the same
    return next;
  }

  #countFailure(log: string | undefined, index: number | undefined, failed: Failure): void {
    const name = log ?? this.#parts.logs[0]?.name ?? '';
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
    this.#failing = { failure: failed, inARow: (this.#failing?.inARow ?? 0) + 1 };
    const { code, message } = failed;
    this.#parts.events?.onFailure?.({ follower: this.name, log, index, code, message });
  }

  #activity(): FollowerActivity {
    if (this.#closing) return 'closed';
    if (this.#known?.paused === true) return 'paused';
    if (this.#known?.stopped !== undefined) return 'stopped';
    if (this.#failing !== undefined) return 'failing';
    return this.#known === undefined ? 'starting' : 'following';
  }

  #logStatus(log: FollowedLog, nowMs: number): FollowerLogStatus {
    const size = log.size();
    const cursor = this.#known?.cursors[log.name]?.next ?? 0;
    const lagged = this.#lagOf(log.name);
    lagged.seen(size, nowMs);
    return {
      log: log.name,
      cursor,
      size,
      lagEntries: Math.max(0, size - cursor),
      lagMs: lagged.lagMs(cursor, nowMs),
      deadLetters: this.#known?.dead[log.name] ?? 0,
      failures: this.#failures.get(log.name) ?? 0,
    };
  }

  #lagOf(log: string): Lag {
    const known = this.#lags.get(log) ?? lag();
    this.#lags.set(log, known);
    return known;
  }
}

/** Starts a follower; it runs until it is closed. */
export function startFollower(parts: FollowerParts): RunningFollower {
  const running = new RunningFollower(parts);
  running.start();
  return running;
}

function pick({ code, message }: Failure): { code: string; message: string } {
  return { code, message };
}

/** The cursor of a log moved on; where the leaf is not known, the last one that was stays. */
function moved(state: FollowerState, log: string, next: number, leafHash: string | undefined) {
  const last = leafHash === undefined ? state.cursors[log]?.last : { index: next - 1, leafHash };
  const cursor: Cursor = { next, last };
  return { cursors: { ...state.cursors, [log]: cursor } };
}

/** A dead letter is gone: the count, and what it kept from going on. */
function settled(state: FollowerState, log: string, index: number, leafHash: string | undefined) {
  const dead = { ...state.dead, [log]: Math.max(0, (state.dead[log] ?? 0) - 1) };
  const { stopped } = state;
  const wasHere = stopped?.code === 'strict_order' && stopped.log === log && stopped.index === index;
  if (wasHere) return { dead, stopped: undefined, ...moved(state, log, index + 1, leafHash) };
  return stopped?.code === 'dead_letters_full' ? { dead, stopped: undefined } : { dead };
}

function removed(log: string, index: number): FollowerWrite {
  return { key: deadLetterKey(log, index), value: undefined };
}

function effectWrites(tried: Extract<Attempt, { ok: true }>): FollowerWrite[] {
  return tried.effect.rows.map(({ key, value }) => ({ key: effectKey(key), value }));
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
