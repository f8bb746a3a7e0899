/** What is seen of a follower from outside: where it is, how far behind, what fails. Kept in memory; read at no cost. */
import type { Clock } from '../ports/clock.ts';
import type { FollowedLog } from '../ports/followed-log.ts';
import type { Failure } from './failure.ts';
import type { Follower } from './follower.ts';
import { type Lag, lag } from './lag.ts';
import type { FollowerState } from './state.ts';

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

/** A call that failed, for a log of operations. */
export interface FollowerFailed {
  readonly follower: string;
  readonly log: string | undefined;
  readonly index: number | undefined;
  readonly code: string;
  readonly message: string;
}

export interface WatchOptions {
  readonly follower: Follower;
  readonly logs: readonly FollowedLog[];
  readonly clock: Clock;
  readonly onFailure: (failed: FollowerFailed) => void;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #lags = new Map<string, Lag>();
  readonly #failures = new Map<string, number>();
  #failing: { readonly failure: Failure; readonly inARow: number } | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Failures since something last went well. */
  get inARow(): number {
    return this.#failing?.inARow ?? 0;
  }

  /** The log's size is looked at: what is new has been known from now on. */
  seen(log: FollowedLog): void {
    this.#lagOf(log.name).seen(log.size(), this.#options.clock.nowMs());
  }

  failed(failure: Failure, log?: string, index?: number): void {
    const { follower, logs, onFailure } = this.#options;
    const of = log ?? logs[0]?.name ?? '';
    this.#failures.set(of, (this.#failures.get(of) ?? 0) + 1);
    this.#failing = { failure, inARow: this.inARow + 1 };
    const { code, message } = failure;
    onFailure({ follower: follower.name, log, index, code, message });
  }

  wentWell(): void {
    this.#failing = undefined;
  }

  /** It begins at the first entry again, which is late from now on. */
  startsOver(): void {
    this.#lags.clear();
  }

  /** @param state as it was committed last; undefined before it was read */
  status(state: FollowerState | undefined, isClosed: boolean): FollowerStatus {
    const { follower, logs } = this.#options;
    const failing = this.#failing;
    return {
      name: follower.name,
      order: follower.order,
      effect: follower.effect,
      activity: isClosed ? 'closed' : this.#activity(state),
      stopped: state?.stopped,
      failure: failing && { code: failing.failure.code, message: failing.failure.message, inARow: failing.inARow },
      laps: state?.laps ?? 0,
      logs: logs.map((log) => this.#logStatus(log, state)),
    };
  }

  #activity(state: FollowerState | undefined): FollowerActivity {
    if (state?.paused === true) return 'paused';
    if (state?.stopped !== undefined) return 'stopped';
    if (this.#failing !== undefined) return 'failing';
    return state === undefined ? 'starting' : 'following';
  }

  #logStatus(log: FollowedLog, state: FollowerState | undefined): FollowerLogStatus {
    this.seen(log);
    const size = log.size();
    const cursor = state?.cursors[log.name]?.next ?? 0;
    return {
      log: log.name,
      cursor,
      size,
      lagEntries: Math.max(0, size - cursor),
      lagMs: this.#lagOf(log.name).lagMs(cursor, this.#options.clock.nowMs()),
      deadLetters: state?.dead[log.name] ?? 0,
      failures: this.#failures.get(log.name) ?? 0,
    };
  }

  #lagOf(log: string): Lag {
    const known = this.#lags.get(log) ?? lag();
    this.#lags.set(log, known);
    return known;
  }
}
