/**
 * The follower `scrub`: goes over all logs of the server again and again, off the hot path and at a bounded rate, and
 * compares rows, leaves and tiles (`scrubEntries` of @fractal/ledger says what is compared).
 *
 *     "damage/" ‖ log ‖ 0 ‖ what  →  {problem, rebuildable, lap}      lap: the last one that found it
 *
 * A range that can't be read at all, again and again, is a damage too. A damage is a finding once, when it is first met, and once more when a whole lap did not meet it. What to do about it is
 * `fractal log repair` and an operator's decision, never this follower's.
 */
import {
  type Damage,
  type Follower,
  type FollowerFinding,
  type FollowerRows,
  type FollowerWrite,
  type ScrubOptions,
  scrubEntries,
} from '@fractal/ledger';
import { utf8Decode, utf8Encode } from '@fractal/tlog';

export const SCRUB_FOLLOWER = 'scrub';
const VERSION = 1;
const PREFIX = 'damage/';

export type ScrubbedLog = Omit<ScrubOptions, 'from' | 'to'>;

export interface ScrubFollowerOptions {
  readonly logs: ReadonlyMap<string, ScrubbedLog>;
  readonly entriesPerSecondMax: number;
  /** From the end of a lap to the beginning of the next. */
  readonly lapRestMs: number;
  /** Hears after each batch what damage is known. */
  readonly onDamages?: (damages: readonly KnownDamage[]) => void;
}

/** A bundle at a time: less would read the same files again. */
const BATCH_ENTRIES = 256;
const SHARE = 0.1;

export function scrubFollower(options: ScrubFollowerOptions): Follower {
  const { logs, entriesPerSecondMax, lapRestMs, onDamages } = options;
  const readOrName = unreadableRanges();
  return {
    name: SCRUB_FOLLOWER,
    version: VERSION,
    order: 'any',
    needs: 'range',
    effect: 'rows',
    laps: { restMs: lapRestMs },
    pace: { batchEntriesMax: BATCH_ENTRIES, batchMs: Number.POSITIVE_INFINITY, share: SHARE, entriesPerSecondMax },
    async handle({ log, from, to, lap }, rows) {
      const scrubbed = logs.get(log);
      if (scrubbed === undefined) throw new Error('a log to scrub that was not given');
      const found = await readOrName({ log, from, to }, () => scrubEntries({ ...scrubbed, from, to }));
      const known = new Map((await knownDamages(rows)).map((damage) => [keyOf(damage), damage]));
      const writes: FollowerWrite[] = [];
      const findings: FollowerFinding[] = [];
      for (const damage of found) {
        const before = known.get(keyOf({ log, ...damage }));
        if (before?.lap === lap && before.problem === damage.problem) continue;
        if (before === undefined && known.size >= DAMAGES_MAX) continue;
        writes.push(rowOf({ log, lap, ...damage }));
        known.set(keyOf({ log, ...damage }), { log, lap, ...damage });
        if (before === undefined) findings.push(findingOf('damage', log, damage));
      }
      const isFound = (key: string) => found.some((each) => keyOf({ log, ...each }) === key);
      for (const [key, damage] of known) {
        if (damage.lap >= lap - 1 || isFound(key)) continue;
        writes.push({ key: utf8Encode(key), value: undefined });
        known.delete(key);
        findings.push(findingOf('mend', damage.log, damage));
      }
      onDamages?.([...known.values()]);
      return { rows: writes, findings };
    },
  };
}

/** Tries of a range that fail before it is named as damage. */
const TRIES = 3;

/** The disk said no while a range was read: the first times nothing is known and it is tried again, with a rest. */
class ReadFailed extends Error {
  readonly code = 'scrub_read_failed';
  readonly retryable = true;
  constructor(range: string, cause: unknown) {
    super(`${range} can not be read (${codeOf(cause)})`, { cause });
    this.name = 'ReadFailed';
  }
}

function unreadableRanges() {
  let failing = { range: '', times: 0 };
  return async (
    { log, from, to }: { readonly log: string; readonly from: number; readonly to: number },
    read: () => Promise<readonly Damage[]>,
  ): Promise<readonly Damage[]> => {
    const range = `entries ${from} to ${to - 1}`;
    try {
      return await read();
    } catch (error) {
      const place = `${log} ${range}`;
      failing = { range: place, times: failing.range === place ? failing.times + 1 : 1 };
      if (failing.times < TRIES) throw new ReadFailed(range, error);
      return [{ what: range, problem: `they can not be read (${codeOf(error)})`, rebuildable: false }];
    }
  };
}

/** Never the message of an error of others: it may quote what it read. */
function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}

/** A damage that stands. */
export interface KnownDamage extends Damage {
  readonly log: string;
  /** The lap that found it last, from 0. */
  readonly lap: number;
}

/** Damages kept in mind and shown at most: with more, the log is past listing. */
const DAMAGES_MAX = 10_000;

/** In order of log and place. */
export async function knownDamages(rows: FollowerRows): Promise<readonly KnownDamage[]> {
  const listed = await rows.list({ prefix: utf8Encode(PREFIX), limit: DAMAGES_MAX });
  return listed.map(({ key, value }) => {
    const [log = '', what = ''] = utf8Decode(key)!.slice(PREFIX.length).split('\0');
    return { log, what, ...(JSON.parse(utf8Decode(value)!) as Omit<KnownDamage, 'log' | 'what'>) };
  });
}

function rowOf({ log, what, problem, rebuildable, lap }: KnownDamage): FollowerWrite {
  const value = utf8Encode(JSON.stringify({ problem, rebuildable, lap }));
  return { key: utf8Encode(keyOf({ log, what })), value };
}

function keyOf({ log, what }: Pick<KnownDamage, 'log' | 'what'>): string {
  return `${PREFIX}${log}\0${what}`;
}

function findingOf(op: 'damage' | 'mend', log: string, { what, rebuildable }: Damage): FollowerFinding {
  return { op, log, target: what.replaceAll(' ', '_'), code: rebuildable ? 'rebuildable' : 'not_rebuildable' };
}
