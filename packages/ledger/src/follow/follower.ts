/**
 * What a follower is (DESIGN section 1): something done with each entry of a log after it is committed, under a durable
 * cursor. At least once, idempotent by leaf index, restartable from nothing; it never writes into the log it follows.
 *
 * A handler gets batches in order of index and says where its effect is:
 *
 * - `rows`: the effect is the rows it returns and nothing else. They are committed together with the cursor, so each
 *   entry has its effect exactly once, whatever crashes. It must be a function of its rows and the log: the same entries
 *   in other batches end in the same rows.
 * - `external`: the effect is elsewhere. After a crash it is called again with entries it had already, so it must be
 *   idempotent by (log, index).
 *
 * Errors with `retryable: true` say that nothing is wrong with the entries (the other side is down): the follower backs
 * off and calls again for as long as it takes. Any other error, and a call that outlasts `callTimeoutMs`, counts against
 * the entries of the batch.
 */
import type { FollowerRow, FollowerWrite } from '../ports/cursor-store.ts';
import type { FollowerFinding } from '../ports/follower-decisions.ts';
import type { StoredEntry } from '../ports/log-store.ts';
import type { Pace } from './pace.ts';

export interface FollowerBatch {
  readonly log: string;
  readonly from: number;
  /** Not included. */
  readonly to: number;
  /** How often it came to the end and started over before this. */
  readonly lap: number;
  /** All entries of the range; none for a follower that needs `range`. */
  readonly entries: readonly StoredEntry[];
}

/** The follower's own rows, as they were committed last. */
export interface FollowerRows {
  read(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Rows whose key begins with `prefix`, in order of bytes, after the key `after` where given. */
  list(range: {
    readonly prefix: Uint8Array;
    readonly after?: Uint8Array | undefined;
    readonly limit: number;
  }): Promise<readonly FollowerRow[]>;
}

export interface FollowerEffect {
  readonly rows: readonly FollowerWrite[];
  /** Changes of state worth a line in the control log; logged before the rows are committed. */
  readonly findings?: readonly FollowerFinding[];
}

interface FollowerBase {
  /** 1 to 64 of `A-Za-z0-9._-`. */
  readonly name: string;
  /** Of its effect: a `rows` follower whose rows are of another version starts from nothing by itself. */
  readonly version: number;
  /** `strict`: an entry that keeps failing stops the follower there; `any`: it is put aside and the rest goes on. */
  readonly order: 'strict' | 'any';
  /** `range`: the handler reads for itself, and a row that can't be read is its business. */
  readonly needs: 'entries' | 'range';
  /** Starts over at the first entry when it came to the end, after a rest. */
  readonly laps?: { readonly restMs: number };
  readonly pace?: Partial<Pace>;
}

export type Follower = FollowerBase &
  (
    | {
        readonly effect: 'rows';
        handle(batch: FollowerBatch, rows: FollowerRows, signal: AbortSignal): Promise<FollowerEffect>;
      }
    | { readonly effect: 'external'; handle(batch: FollowerBatch, signal: AbortSignal): Promise<void> }
  );
