/**
 * The followers of a server, and what they stand on: the logs with all their generations, a store of their own beside the
 * data, the control log for what they decide (DESIGN section 1, I12). Nothing waits for them: not the start, not an answer,
 * not readiness.
 */

import type { Control } from '@fractal/control';
import {
  type Clock,
  type FollowedLog,
  type Follower,
  type FollowerDecision,
  type FollowerFailed,
  type FollowerStatus,
  type Ledger,
  type Rng,
  type RunningFollower,
  startFollower,
} from '@fractal/ledger';
import { followerStore } from '@fractal/store-embedded';
import { deriveRowsOf } from '../commit/derived.ts';
import { verdictKey } from '../commit/keys.ts';
import type { Logger } from '../edge/logger.ts';
import { KPI_FOLLOWER, type Kpis, kpiFollower, kpis } from '../followers/kpi-follower.ts';
import { type KnownDamage, knownDamages, SCRUB_FOLLOWER, scrubFollower } from '../followers/scrub-follower.ts';
import { taskOfBody } from '../judge/verdict-body.ts';
import { generationsOf, type OpenedLog } from './open-log.ts';

/** How hard the scrubber works. */
export interface ScrubPace {
  readonly entriesPerSecondMax: number;
  readonly lapRestMs: number;
}

export interface FollowersOptions {
  readonly dataDir: string;
  readonly checkSession: () => void;
  /** The shard's log, which followers of verdicts follow. */
  readonly shard: OpenedLog;
  /** All logs, which the scrubber goes over. */
  readonly logs: readonly OpenedLog[];
  readonly control: Pick<Control, 'recordFollower'>;
  readonly scrub: ScrubPace;
  /** Followers of the shard's log beside those of every server. */
  readonly more: readonly Follower[];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly rng: Rng;
}

export interface Followers {
  /** In order of name. */
  readonly running: ReadonlyMap<string, RunningFollower>;
  statuses(): readonly FollowerStatus[];
  readonly kpis: Kpis;
  /** Of the follower that counts. */
  kpiStatus(): FollowerStatus;
  /** Damages that the scrubber knows of, in order of log and place. */
  damages(): Promise<readonly KnownDamage[]>;
  /** Those it met in its last batch or before, without reading the store. */
  damagesNow(): readonly KnownDamage[];
  close(): Promise<void>;
}

export function openFollowers(options: FollowersOptions): Followers {
  const { dataDir, checkSession, shard, logs, control, scrub, more, logger, clock, rng } = options;
  const names = [KPI_FOLLOWER, SCRUB_FOLLOWER, ...more.map(({ name }) => name)];
  if (new Set(names).size < names.length) throw new Error(`two followers have one name: ${names.join(', ')}`);
  const store = followerStore({ directory: dataDir, checkSession });
  let damagesNow: readonly KnownDamage[] = [];
  const events = {
    onDecision: (decision: FollowerDecision) => reportDecision(logger, decision),
    onFailure: reportFailures(logger, clock.nowMs),
  };
  const start = (follower: Follower, followed: readonly FollowedLog[]) => {
    const decisions = { append: (decision: FollowerDecision) => record(control, decision) };
    return startFollower({ follower, logs: followed, store, decisions, clock, rng, events });
  };
  const scrubber = scrubFollower({
    ...scrub,
    logs: new Map(
      logs
        .flatMap(generationsOf)
        .map(({ name, store: rows, files }) => [name, { store: rows, files, derive: deriveRowsOf(name) }]),
    ),
    onDamages: (damages) => {
      damagesNow = damages;
    },
  });
  const ofShard = followedLogs(shard);
  const kpi = start(kpiFollower({ taskOf: taskIn(shard.ledger) }), ofShard);
  const scrubbing = start(scrubber, logs.flatMap(followedLogs));
  const others = more.map((follower) => start(follower, ofShard));
  const all = [kpi, scrubbing, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
  const running = new Map(all.map((each) => [each.name, each]));
  return {
    running,
    statuses: () => all.map((each) => each.status()),
    kpis: kpis(kpi.rows()),
    kpiStatus: () => kpi.status(),
    damages: () => knownDamages(scrubbing.rows()),
    damagesNow: () => damagesNow,
    async close() {
      await Promise.all(all.map((each) => each.close()));
      await store.close();
    },
  };
}

/** The generations of a log, the oldest first: a closed one no longer grows. */
function followedLogs({ closed, current, ledger }: OpenedLog): readonly FollowedLog[] {
  const past = closed.map(({ name, log }) => ({
    name,
    size: () => log.size,
    entries: (from: number, to: number) => log.entries(from, to),
  }));
  const present = {
    name: current.name,
    size: () => ledger.size,
    entries: (from: number, to: number) => ledger.entries(from, to),
  };
  return [...past, present];
}

function taskIn(ledger: Pick<Ledger, 'lookup'>) {
  return async (tenant: string, pcsId: string): Promise<string | undefined> => {
    const entry = await ledger.lookup(verdictKey(tenant, pcsId));
    return entry === undefined ? undefined : taskOfBody(entry.body);
  };
}

async function record(control: FollowersOptions['control'], decision: FollowerDecision): Promise<void> {
  const recorded = await control.recordFollower(decision);
  if (!recorded.ok) throw new Error(`a decision of a follower could not be recorded: ${recorded.code}`);
}

/** Ops that somebody should look at. */
const ALARMING: ReadonlySet<FollowerDecision['op']> = new Set(['dead_letter', 'stop', 'damage']);

function reportDecision(logger: Logger, { op, follower, log, index, code, target }: FollowerDecision): void {
  const level = ALARMING.has(op) ? 'warn' : 'info';
  logger[level](`follower_${op}`, {
    follower,
    ...(log === undefined ? {} : { log }),
    ...(index === undefined ? {} : { index }),
    ...(code === undefined ? {} : { code }),
    ...(target === undefined ? {} : { target }),
  });
}

const LINE_INTERVAL_MS = 1_000;

/** At most one line a second and follower; the metrics count all. */
function reportFailures(logger: Logger, nowMs: () => number): (failed: FollowerFailed) => void {
  const last = new Map<string, number>();
  return ({ follower, log, index, code, message }) => {
    const now = nowMs();
    const before = last.get(follower);
    if (before !== undefined && now >= before && now - before < LINE_INTERVAL_MS) return;
    last.set(follower, now);
    logger.warn('follower_failed', { follower, log: log ?? null, index: index ?? null, code, message });
  };
}
