/**
 * The rows a follower's engine keeps, and their bytes:
 *
 *     "state"                                   one JSON object: cursors, laps, whether paused or stopped (below)
 *     "dead/" ‖ log ‖ 0 ‖ uint64 BE index       one dead letter, JSON
 *     "row/" ‖ key                              rows of the effect, the handler's own
 *
 * The state row is what every commit compares, so cursor, dead letters and effect move together or not at all. Readers
 * here refuse what they did not write; checksums are the adapter's.
 */
import { concatBytes, utf8Decode, utf8Encode } from '@fractal/tlog';
import { CorruptRow } from '../ports/log-store.ts';

export const STATE_KEY = utf8Encode('state');
export const EFFECT_PREFIX = utf8Encode('row/');
export const DEAD_PREFIX = utf8Encode('dead/');

/** Where a follower stands in one log. */
export interface Cursor {
  /** Index of the first entry that is not handled. */
  readonly next: number;
  /** The last entry that was handled as it should be: its index and the hash of its leaf, hex. A cursor belongs to one log. */
  readonly last?: { readonly index: number; readonly leafHash: string } | undefined;
}

export type StopCode = 'strict_order' | 'dead_letters_full' | 'log_replaced';

export interface FollowerState {
  /** 16 random hex digits of this keeping: events of a follower that was deleted are not those of the next one. */
  readonly incarnation: string;
  /** Of the effect. */
  readonly version: number;
  /** Commits so far: each state differs from those before. */
  readonly commits: number;
  /** Times it came to the end and started over. */
  readonly laps: number;
  readonly paused: boolean;
  readonly stopped?: { readonly code: StopCode; readonly log?: string; readonly index?: number } | undefined;
  readonly cursors: Readonly<Record<string, Cursor>>;
  /** Dead letters there are, by log. */
  readonly dead: Readonly<Record<string, number>>;
}

export interface DeadLetter {
  readonly log: string;
  readonly index: number;
  readonly attempts: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly code: string;
  /** Ids and limits, never a payload (I6). */
  readonly message: string;
}

export function freshState(incarnation: string, version: number): FollowerState {
  return { incarnation, version, commits: 0, laps: 0, paused: false, cursors: {}, dead: {} };
}

export function formatState(state: FollowerState): Uint8Array {
  return utf8Encode(JSON.stringify(state));
}

export function formatDeadLetter(letter: DeadLetter): Uint8Array {
  return utf8Encode(JSON.stringify(letter));
}

export function deadLetterKey(log: string, index: number): Uint8Array {
  const place = new Uint8Array(9);
  new DataView(place.buffer).setBigUint64(1, BigInt(index));
  return concatBytes(DEAD_PREFIX, utf8Encode(log), place);
}

export function effectKey(key: Uint8Array): Uint8Array {
  return concatBytes(EFFECT_PREFIX, key);
}

/** @throws CorruptRow for anything `formatState` does not write */
export function readState(bytes: Uint8Array): FollowerState {
  const value = objectOf(bytes);
  const stopped = value.stopped;
  const isState =
    typeof value.incarnation === 'string' &&
    /^[0-9a-f]{16}$/.test(value.incarnation) &&
    isCount(value.version) &&
    isCount(value.commits) &&
    isCount(value.laps) &&
    typeof value.paused === 'boolean' &&
    (stopped === undefined || (isObject(stopped) && typeof stopped.code === 'string')) &&
    isRecordOf(value.cursors, isCursor) &&
    isRecordOf(value.dead, isCount);
  if (!isState) throw new CorruptRow('the state of a follower is out of form');
  return value as unknown as FollowerState;
}

/** @throws CorruptRow for anything `formatDeadLetter` does not write */
export function readDeadLetter(bytes: Uint8Array): DeadLetter {
  const value = objectOf(bytes);
  const isLetter =
    typeof value.log === 'string' &&
    typeof value.code === 'string' &&
    typeof value.message === 'string' &&
    [value.index, value.attempts, value.firstMs, value.lastMs].every(isCount);
  if (!isLetter) throw new CorruptRow('a dead letter is out of form');
  return value as unknown as DeadLetter;
}

function objectOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(utf8Decode(bytes) ?? '');
    if (isObject(value)) return value;
  } catch (cause) {
    throw new CorruptRow(`a row of a follower is not JSON (${(cause as Error).name})`);
  }
  throw new CorruptRow('a row of a follower is not an object');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecordOf<T>(value: unknown, is: (inner: unknown) => inner is T): boolean {
  return isObject(value) && Object.values(value).every(is);
}

function isCursor(value: unknown): value is Cursor {
  if (!isObject(value) || !isCount(value.next)) return false;
  const last = value.last;
  return last === undefined || (isObject(last) && isCount(last.index) && /^[0-9a-f]{64}$/.test(String(last.leafHash)));
}
