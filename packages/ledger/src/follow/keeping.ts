/**
 * What a follower keeps, held in memory as it was committed last and moved only by commits that compare it: the state row,
 * and what is committed with it. After a commit of unknown outcome the memory is dropped and read again, so what the store
 * holds decides.
 *
 * A decision is logged before the commit it belongs to. Its event is a hash of what it says and of the state it starts
 * from: after a crash between the two it comes again under the same event, and the control log keeps it once.
 */
import { sha256, toHex, utf8Encode } from '@fractal/tlog';
import { invariant } from '../errors.ts';
import type { Rng } from '../ports/clock.ts';
import type { CursorStore, FollowerWrite } from '../ports/cursor-store.ts';
import type {
  FollowerActor,
  FollowerDecision,
  FollowerDecisions,
  FollowerFinding,
} from '../ports/follower-decisions.ts';
import { RowsFailed } from './failure.ts';
import type { FollowerRows } from './follower.ts';
import {
  DEAD_PREFIX,
  type DeadLetter,
  deadLetterKey,
  EFFECT_PREFIX,
  effectKey,
  type FollowerState,
  formatState,
  freshState,
  readDeadLetter,
  readState,
  STATE_KEY,
} from './state.ts';

export interface KeepingParts {
  readonly follower: string;
  /** Of the effect, for a state that is made now. */
  readonly version: number;
  readonly store: CursorStore;
  readonly decisions: FollowerDecisions;
  readonly onDecision: (decision: FollowerDecision) => void;
  readonly rng: Rng;
}

export type StateChange = Partial<Omit<FollowerState, 'incarnation' | 'commits'>>;

const INCARNATION_BYTES = 8;
const EVENT_BYTES = 16;

export class Keeping {
  readonly #parts: KeepingParts;
  #held: { readonly state: FollowerState; readonly bytes: Uint8Array } | undefined;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  /** As it was committed last; undefined before it was read, and after a commit of unknown outcome. */
  get state(): FollowerState | undefined {
    return this.#held?.state;
  }

  /** Reads the state; where there is none, whatever else is there is removed and a fresh one is made. */
  async open(): Promise<FollowerState> {
    const { follower, store, rng, version } = this.#parts;
    const bytes = await store.read(follower, STATE_KEY);
    if (bytes !== undefined) {
      this.#held = { state: readState(bytes), bytes };
      return this.#held.state;
    }
    return this.#write({ value: undefined }, freshState(toHex(rng.bytes(INCARNATION_BYTES)), version), [], true);
  }

  /** A fresh state whatever there is, readable or not; all else is removed. */
  openAnew(): Promise<FollowerState> {
    const { rng, version } = this.#parts;
    return this.#write(undefined, freshState(toHex(rng.bytes(INCARNATION_BYTES)), version), [], true);
  }

  /** The change and the writes, in one commit that nobody else's came before. */
  async commit(change: StateChange, writes: readonly FollowerWrite[] = [], clear = false): Promise<FollowerState> {
    const held = this.#held;
    invariant(held !== undefined, 'a follower commits before it has read its state');
    const next = { ...held.state, ...change, commits: held.state.commits + 1 };
    this.#held = undefined;
    return this.#write({ value: held.bytes }, next, writes, clear);
  }

  /** Logs a decision about the present state; to be followed by the commit that carries it out. */
  async decide(finding: FollowerFinding, actor: FollowerActor = 'system', reason?: string): Promise<void> {
    const state = this.#held?.state;
    invariant(state !== undefined, 'a follower decides before it has read its state');
    const { follower } = this.#parts;
    const said = JSON.stringify([follower, state.incarnation, state.commits, finding, reason ?? null]);
    const event = toHex(sha256(utf8Encode(`fractal-follower/1\0${said}`)).subarray(0, EVENT_BYTES));
    const decision = { ...finding, follower, event, actor, ...(reason === undefined ? {} : { reason }) };
    await this.#parts.decisions.append(decision);
    this.#parts.onDecision(decision);
  }

  /** Rows of the effect. */
  rows(): FollowerRows {
    const { follower, store } = this.#parts;
    return {
      read: (key) => store.read(follower, effectKey(key)).catch(rowsFailed),
      async list({ prefix, after, limit }) {
        const range = { prefix: effectKey(prefix), after: after === undefined ? undefined : effectKey(after), limit };
        const rows = await store.list(follower, range).catch(rowsFailed);
        return rows.map(({ key, value }) => ({ key: key.subarray(EFFECT_PREFIX.length), value }));
      },
    };
  }

  async deadLetter(log: string, index: number): Promise<DeadLetter | undefined> {
    const bytes = await this.#parts.store.read(this.#parts.follower, deadLetterKey(log, index));
    return bytes === undefined ? undefined : readDeadLetter(bytes);
  }

  /** In order of log and index, after the given one. */
  async deadLetters(limit: number, after?: Pick<DeadLetter, 'log' | 'index'>): Promise<readonly DeadLetter[]> {
    const afterKey = after === undefined ? undefined : deadLetterKey(after.log, after.index);
    const rows = await this.#parts.store.list(this.#parts.follower, { prefix: DEAD_PREFIX, after: afterKey, limit });
    return rows.map(({ value }) => readDeadLetter(value));
  }

  async #write(
    previous: { readonly value: Uint8Array | undefined } | undefined,
    state: FollowerState,
    writes: readonly FollowerWrite[],
    clear: boolean,
  ): Promise<FollowerState> {
    const { follower, store } = this.#parts;
    const bytes = formatState(state);
    await store.commit({
      follower,
      ...(previous === undefined ? {} : { expected: { key: STATE_KEY, value: previous.value } }),
      clear,
      writes: [...writes, { key: STATE_KEY, value: bytes }],
    });
    this.#held = { state, bytes };
    return state;
  }
}

function rowsFailed(cause: unknown): never {
  throw new RowsFailed(cause);
}
