/** What the routes of operators stand on, beside `Services`. */

import type { AccessFacts, Actor, Control } from '@fractal/control';
import type { Limits } from '../edge/limits.ts';

/** A log as an operator sees it. */
export interface ShardStatus {
  readonly shard: string;
  readonly origin: string;
  /** Entries committed. */
  readonly size: number;
  /** Entries covered by the published checkpoint. */
  readonly published_size: number;
  /** Entries waiting for a commit. */
  readonly waiting: number;
  /** Code of why it no longer writes; null while it does. */
  readonly stopped: string | null;
}

export interface AdminServices {
  readonly control: Control;
  readonly limits: Limits;
  readonly prepareTenant: (tenant: string) => Promise<void>;
  /** Logs an access in the control log, seldom enough that reads cannot fill it. */
  readonly recordAccess: (access: AccessFacts & { readonly actor: Actor }) => Promise<void>;
  readonly shards: () => readonly ShardStatus[];
  readonly judges: () => { workers_ready: number; queue_tasks: number; queue_bytes: number };
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly rotateContentKey: (tenant: string) => Promise<{ generation: number; rewrapped: number }>;
}
