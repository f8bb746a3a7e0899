/**
 * The follower `kpi`: counts of a shard's log by tenant, task and day, kept in its own rows, each entry counted once
 * whatever crashes (its rows and its cursor are one commit).
 *
 *     "total"                                  everything
 *     "day" ‖ 0 ‖ day                          everything of a day (UTC)
 *     "tenant" ‖ 0 ‖ tenant                    a tenant
 *     "tenant-day" ‖ 0 ‖ tenant ‖ 0 ‖ day
 *     "task" ‖ 0 ‖ tenant ‖ 0 ‖ task           a task of a tenant
 *     "task-day" ‖ 0 ‖ tenant ‖ 0 ‖ task ‖ 0 ‖ day
 *
 * No name holds a zero byte, and every look-up for a tenant begins with that tenant's name and the zero (I13).
 */
import type { Follower, FollowerRows } from '@fractal/ledger';
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import { add, BodyUnreadable, type Counts, countedEntry, formatCounts, NOTHING, readCounts } from './counts.ts';

export const KPI_FOLLOWER = 'kpi';
/** Of rows and counting: another one counts anew. */
const VERSION = 1;

export interface KpiFollowerOptions {
  /** Task of the verdict on a record; undefined where there is no verdict. */
  readonly taskOf: (tenant: string, pcsId: string) => Promise<string | undefined>;
}

export function kpiFollower({ taskOf }: KpiFollowerOptions): Follower {
  return {
    name: KPI_FOLLOWER,
    version: VERSION,
    order: 'any',
    needs: 'entries',
    effect: 'rows',
    async handle({ entries }, rows) {
      const parts = new Map<string, Counted>();
      for (const { body } of entries) {
        const counted = countedEntry(body);
        if (counted === undefined) continue;
        const { tenant, pcsId, day, counts } = counted;
        const task = counted.task ?? (await taskOf(tenant, pcsId));
        if (task === undefined) throw new BodyUnreadable('it is about a record without a verdict');
        const part = `${tenant}\0${task}\0${day}`;
        parts.set(part, { tenant, task, day, counts: add(parts.get(part)?.counts ?? NOTHING, counts) });
      }
      const sums = new Map<string, Counts>();
      for (const { counts, ...of } of parts.values()) {
        for (const key of keysOf(of)) sums.set(key, add(sums.get(key) ?? NOTHING, counts));
      }
      const writes = [...sums].map(async ([text, counts]) => {
        const key = utf8Encode(text);
        return { key, value: formatCounts(add(await countsAt(rows, text), counts)) };
      });
      return { rows: await Promise.all(writes) };
    },
  };
}

/** What of a tenant is asked for; without a tenant: of all. */
export interface KpiScope {
  readonly tenant?: string | undefined;
  readonly task?: string | undefined;
}

export interface Kpis {
  total(scope: KpiScope): Promise<Counts>;
  /** Days from `from` to `to`, both included, on which something was counted. */
  days(scope: KpiScope, from: string, to: string): Promise<readonly { day: string; counts: Counts }[]>;
  /** Tasks of a tenant in order of name, after one where given. */
  tasks(tenant: string, limit: number, after?: string): Promise<readonly { name: string; counts: Counts }[]>;
  tenants(limit: number, after?: string): Promise<readonly { name: string; counts: Counts }[]>;
}

/** Reads the rows of the follower, as they were committed last. */
export function kpis(rows: FollowerRows): Kpis {
  const under = async (prefix: string, limit: number, after?: string) => {
    const start = utf8Encode(prefix);
    const range = { prefix: start, limit, after: after === undefined ? undefined : utf8Encode(prefix + after) };
    return (await rows.list(range)).map(({ key, value }) => ({
      name: utf8Decode(key.subarray(start.length))!,
      counts: readCounts(value),
    }));
  };
  return {
    total: ({ tenant, task }) => countsAt(rows, tenant === undefined ? 'total' : keyOf(tenant, task)),
    async days({ tenant, task }, from, to) {
      const prefix = tenant === undefined ? 'day\0' : `${keyOf(tenant, task, '-day')}\0`;
      // What follows the day before in order of bytes: no day's text ends in "\0".
      const found = await under(prefix, DAYS_MAX, dayBefore(from));
      return found.filter(({ name }) => name <= to).map(({ name, counts }) => ({ day: name, counts }));
    },
    tasks: (tenant, limit, after) => under(`task\0${tenant}\0`, limit, after),
    tenants: (limit, after) => under('tenant\0', limit, after),
  };
}

/** Days in one answer. */
export const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, day.length);
}

function keyOf(tenant: string, task: string | undefined, suffix: '' | '-day' = ''): string {
  return task === undefined ? `tenant${suffix}\0${tenant}` : `task${suffix}\0${tenant}\0${task}`;
}

interface Counted {
  readonly tenant: string;
  readonly task: string;
  readonly day: string;
  readonly counts: Counts;
}

function keysOf({ tenant, task, day }: Omit<Counted, 'counts'>): string[] {
  const places = [keyOf(tenant, undefined), keyOf(tenant, task)];
  const days = [keyOf(tenant, undefined, '-day'), keyOf(tenant, task, '-day')].map((key) => `${key}\0${day}`);
  return ['total', `day\0${day}`, ...places, ...days];
}

async function countsAt(rows: FollowerRows, key: string): Promise<Counts> {
  const value = await rows.read(utf8Encode(key));
  return value === undefined ? NOTHING : readCounts(value);
}
