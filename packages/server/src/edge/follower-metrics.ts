/** Metrics of followers, by follower and log: names from closed lists of this server, never a tenant (I13). */

import type { FollowerActivity, FollowerStatus } from '@fractal/ledger';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface FollowerSources {
  readonly followers: () => readonly FollowerStatus[];
  /** Damages that stand, as the scrubber knows them. */
  readonly damages: () => readonly { readonly log: string; readonly rebuildable: boolean }[];
}

const ACTIVITIES: readonly FollowerActivity[] = ['starting', 'following', 'failing', 'paused', 'stopped', 'closed'];
const MS_PER_S = 1000;

export function followerMetrics(registry: Registry, { followers, damages }: FollowerSources): void {
  const registers = [registry];
  type LogStatus = FollowerStatus['logs'][number];
  const ofLogs = (name: string, help: string, read: (log: LogStatus) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['follower', 'log'],
      registers,
      collect() {
        for (const follower of followers()) {
          for (const log of follower.logs) this.set({ follower: follower.name, log: log.log }, read(log));
        }
      },
    });
  };
  ofLogs(
    'fractal_follower_lag_entries',
    'Committed entries that the follower has not handled.',
    (log) => log.lagEntries,
  );
  ofLogs(
    'fractal_follower_lag_seconds',
    'How long this process has known of the oldest entry that the follower has not handled.',
    (log) => log.lagMs / MS_PER_S,
  );
  ofLogs('fractal_follower_cursor', 'Index of the first entry that the follower has not handled.', (log) => log.cursor);
  ofLogs('fractal_follower_dead_letters', 'Entries put aside for an operator.', (log) => log.deadLetters);
  new Counter({
    name: 'fractal_follower_failures_total',
    help: 'Calls that failed since the start.',
    labelNames: ['follower', 'log'],
    registers,
    collect() {
      this.reset();
      for (const follower of followers()) {
        for (const log of follower.logs) this.inc({ follower: follower.name, log: log.log }, log.failures);
      }
    },
  });
  new Gauge({
    name: 'fractal_follower_state',
    help: '1 for the state that the follower is in, 0 for the others.',
    labelNames: ['follower', 'state'],
    registers,
    collect() {
      for (const { name, activity } of followers()) {
        for (const state of ACTIVITIES) this.set({ follower: name, state }, state === activity ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'fractal_follower_laps',
    help: 'Times that a follower which goes round came to the end, since its state began.',
    labelNames: ['follower'],
    registers,
    collect() {
      for (const { name, laps } of followers()) this.set({ follower: name }, laps);
    },
  });
  new Gauge({
    name: 'fractal_log_damage',
    help: 'Damaged rows and files that the scrubber knows of, by whether log repair can make them again.',
    labelNames: ['log', 'rebuildable'],
    registers,
    collect() {
      this.reset();
      for (const { log, rebuildable } of damages()) this.inc({ log, rebuildable: String(rebuildable) });
    },
  });
}
