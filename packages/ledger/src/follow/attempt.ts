/** One call of a handler with one range of a log: reads the entries, waits no longer than it may, and says how it ended. */
import { leafEntry, leafHash, toHex } from '@fractal/tlog';
import type { Clock } from '../ports/clock.ts';
import type { FollowedLog } from '../ports/followed-log.ts';
import { CorruptRow, type StoredEntry } from '../ports/log-store.ts';
import { CalledOff, CallTimedOut, EntryMissing, type Failure, failureOf } from './failure.ts';
import type { Follower, FollowerEffect, FollowerRows } from './follower.ts';

export interface Range {
  readonly log: FollowedLog;
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

export type Attempt =
  | {
      readonly ok: true;
      /** Where it came to: short of the range where an entry is missing. */
      readonly to: number;
      readonly effect: FollowerEffect;
      /** Hash of the leaf before `to`; undefined for a follower that reads for itself. */
      readonly leafHash: string | undefined;
    }
  | { readonly ok: false; readonly failure: Failure };

const NO_EFFECT: FollowerEffect = { rows: [] };

/**
 * @param calledOff aborts when the call is to be given up
 * @throws CalledOff; what the log throws when it can't be read for another reason than a damaged row
 */
export async function attempt(options: {
  readonly follower: Follower;
  readonly range: Range;
  readonly lap: number;
  readonly rows: FollowerRows;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly calledOff: AbortSignal;
}): Promise<Attempt> {
  const { follower, range, lap, rows, clock, callTimeoutMs, calledOff } = options;
  let entries: readonly StoredEntry[] = [];
  if (follower.needs === 'entries') {
    const read = await readEntries(range);
    if (!read.ok) return read;
    entries = read.entries;
  }
  const { log, from } = range;
  const to = follower.needs === 'entries' ? from + entries.length : range.to;
  const batch = { log: log.name, from, to, lap, entries };
  const work = async (signal: AbortSignal): Promise<FollowerEffect> => {
    if (follower.effect === 'rows') return follower.handle(batch, rows, signal);
    await follower.handle(batch, signal);
    return NO_EFFECT;
  };
  try {
    const effect = await within({ work, clock, limitMs: callTimeoutMs, calledOff });
    const last = entries.at(-1);
    return { ok: true, to, effect, leafHash: last === undefined ? undefined : leafHashOf(last) };
  } catch (error) {
    if (error instanceof CalledOff) throw error;
    return { ok: false, failure: failureOf(error) };
  }
}

export function leafHashOf({ tag, salt, body }: StoredEntry): string {
  return toHex(leafHash(leafEntry({ tag, salt, body })));
}

type Read = { readonly ok: true; readonly entries: readonly StoredEntry[] } | { ok: false; failure: Failure };

async function readEntries({ log, from, to }: Range): Promise<Read> {
  try {
    const entries = await log.entries(from, to);
    if (entries.length > 0) return { ok: true, entries };
    return { ok: false, failure: failureOf(new EntryMissing(log.name, from)) };
  } catch (error) {
    if (error instanceof CorruptRow) return { ok: false, failure: failureOf(error) };
    throw error;
  }
}

/** Whatever comes of a call that was called off or timed out is dropped: its signal told it so. */
async function within<T>(options: {
  work: (signal: AbortSignal) => Promise<T>;
  clock: Clock;
  limitMs: number;
  calledOff: AbortSignal;
}): Promise<T> {
  const { work, clock, limitMs, calledOff } = options;
  const over = new AbortController();
  const stop = (): void => over.abort();
  calledOff.addEventListener('abort', stop, { once: true });
  if (calledOff.aborted) stop();
  const late = clock.sleep(limitMs, over.signal).then((): never => {
    throw over.signal.aborted ? new CalledOff('called off') : new CallTimedOut(limitMs);
  });
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    calledOff.removeEventListener('abort', stop);
    over.abort();
  }
}
