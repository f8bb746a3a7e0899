/** What the routes stand on; made once in compose/. */

import type { Control } from '@fractal/control';
import type { Ledger } from '@fractal/ledger';
import type { Vault } from '@fractal/vault';
import type { Committer } from '../commit/commit.ts';
import type { Erasures } from '../commit/erasures.ts';
import type { Statements } from '../commit/statements.ts';
import type { Limits } from '../edge/limits.ts';
import type { EdgeMetrics } from '../edge/metrics.ts';
import type { RateLimiter } from '../edge/rate-limit.ts';
import type { SecurityEvents } from '../edge/security-events.ts';
import type { Judges } from '../judge/judges.ts';

export interface Services {
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly judges: Judges;
  readonly committer: Committer;
  /** Pseudonym of a person of a tenant, for a log (I6). */
  readonly pseudonymOf: (tenant: string, person: string) => Promise<string>;
  readonly control: Control;
  readonly erasures: Erasures;
  readonly statements: Statements;
  readonly rateLimiter: RateLimiter;
  readonly security: SecurityEvents;
  readonly metrics: EdgeMetrics;
  /** A fault of ours in a place that still answers the rest of its request. */
  readonly onFault: (requestId: string, error: unknown) => void;
  readonly nowMs: () => number;
  /** 32 bytes that decide the salts of a check: random, or a MAC of the caller's key under a secret of the tenant. */
  readonly saltSeed: (tenant: string, callersKey: string | undefined) => Uint8Array;
}
