/** What the routes of operators stand on, beside `Services`. */

import type { AccessFacts, Actor, Control } from '@fractal/control';
import type { Limits } from '../edge/limits.ts';

/** A generation that is closed: served, never signed again (DESIGN I5). */
export interface ClosedStatus {
  readonly log: string;
  readonly origin: string;
  readonly reason: string;
  readonly closed_ms: number;
  /** Entries its rows hold. */
  readonly size: number;
  /** Entries that the checkpoint it shows covers. */
  readonly shown_size: number;
  /** Entries that were published or recorded; null where that is not known. */
  readonly known_size: number | null;
  /** Of those, the ones that are not here. */
  readonly lost: number | null;
}

/** A log as an operator sees it. */
export interface ShardStatus {
  readonly shard: string;
  /** Name of the generation that is written: `/log/<name>/`. */
  readonly log: string;
  readonly origin: string;
  /** Entries committed. */
  readonly size: number;
  /** Entries covered by the published checkpoint. */
  readonly published_size: number;
  /** Entries waiting for a commit. */
  readonly waiting: number;
  /** Code of why it no longer writes; null while it does. */
  readonly stopped: string | null;
  /** `ok`, or the code of why checkpoints can't be recorded now. */
  readonly guard: string;
  /** The oldest first. */
  readonly closed: readonly ClosedStatus[];
}

/** Who cosigns our log, and whom we cosign. */
export interface WitnessesStatus {
  /** Entries covered by the largest checkpoint that met the quorum. */
  readonly witnessed_size: number;
  readonly published_size: number;
  readonly witnesses: readonly {
    readonly name: string;
    readonly cosigned_size: number;
    readonly lag_entries: number;
    /** Time in its last cosignature, seconds since the Unix epoch. */
    readonly cosigned_seconds: number | null;
    readonly failures: number;
    /** Why its last attempt failed; null while it cosigns. */
    readonly fault: string | null;
  }[];
  readonly cosigns: { readonly vkey: string; readonly origins: readonly string[] } | null;
}

export interface AdminServices {
  readonly control: Control;
  readonly limits: Limits;
  readonly prepareTenant: (tenant: string) => Promise<void>;
  /** Logs an access in the control log, seldom enough that reads cannot fill it. */
  readonly recordAccess: (access: AccessFacts & { readonly actor: Actor }) => Promise<void>;
  readonly shards: () => readonly ShardStatus[];
  readonly witnesses: () => WitnessesStatus;
  readonly judges: () => { workers_ready: number; queue_tasks: number; queue_bytes: number };
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly rotateContentKey: (tenant: string) => Promise<{ generation: number; rewrapped: number }>;
}
