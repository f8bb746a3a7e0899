/** What the routes of followers stand on. */

import type { FollowerStatus, RunningFollower } from '@fractal/ledger';
import type { Limits } from '../edge/limits.ts';
import type { Kpis } from '../followers/kpi-follower.ts';
import type { KnownDamage } from '../followers/scrub-follower.ts';

export interface FollowerServices {
  readonly running: () => ReadonlyMap<string, RunningFollower>;
  readonly kpis: Kpis;
  /** Of the follower that counts. */
  readonly kpiStatus: () => FollowerStatus;
  readonly damages: () => Promise<readonly KnownDamage[]>;
  readonly limits: Limits;
  /** A fault of ours in a place that still answers the rest of its request. */
  readonly onFault: (requestId: string, error: unknown) => void;
  readonly nowMs: () => number;
}
