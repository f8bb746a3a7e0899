/** Operational errors of the ledger. Codes are in the one registry (spec/error-codes.json). */
export type LedgerErrorCode =
  /** The queue of entries waiting for a commit is full; try again later. */
  | 'busy'
  /** The store refused or failed the commit and nothing of it was kept; the same entry may be sent again. */
  | 'store_failed'
  /** The ledger no longer writes: another process took the store, or what is durable can't be known without a restart. */
  | 'ledger_stopped'
  /** What is published or recorded is ahead of the rows: signing would fork the log (I5). */
  | 'store_behind_checkpoint'
  /** The guard's entry is of another history than the rows, forged, or gone: signing could fork the log (I5). */
  | 'log_unlike_guard'
  /** The checkpoint guard can't be read or written; nothing is signed until it can. The same entry may be sent again. */
  | 'checkpoint_guard_unavailable'
  /** The entry is in a closed log, after the last checkpoint that is known here: whoever was answered holds the receipt. */
  | 'receipt_unavailable'
  /** Rows, tiles and checkpoint disagree. */
  | 'log_corrupt'
  /** A body over 65,535 bytes. */
  | 'entry_too_large';

const RETRYABLE: ReadonlySet<LedgerErrorCode> = new Set(['busy', 'store_failed', 'checkpoint_guard_unavailable']);

export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly retryable: boolean;
  constructor(code: LedgerErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
    this.retryable = RETRYABLE.has(code);
  }
}

/** Why a log may not go on under its origin (I5). */
export type ClosedReason =
  /** The rows hold less than was published or recorded. */
  | 'behind'
  /** The guard's checkpoint is of another history. */
  | 'unlike'
  /** The guard's entry does not verify. */
  | 'forged'
  /** The rows say that a guard recorded them, and the guard given holds nothing. */
  | 'guard_lost'
  /** The directory says that it was restored from a backup. */
  | 'restored';

/** The log must be closed: it may be served, never signed again under its origin. */
export class MustClose extends LedgerError {
  readonly reason: ClosedReason;
  /** Entries the rows hold. */
  readonly ownSize: number;
  /** Entries that were published or recorded, where that is known. */
  readonly knownSize: number | undefined;
  constructor(reason: ClosedReason, message: string, sizes: { readonly own: number; readonly known?: number }) {
    super(reason === 'behind' ? 'store_behind_checkpoint' : 'log_unlike_guard', message);
    this.name = 'MustClose';
    this.reason = reason;
    this.ownSize = sizes.own;
    this.knownSize = sizes.known;
  }
}

/** Stops the process's writing when something that can't be true is true. Stays on in production. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new LedgerError('log_corrupt', `broken invariant: ${message}`);
}
