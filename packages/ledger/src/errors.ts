/** Operational errors of the ledger. Codes are in the one registry (spec/error-codes.json). */
export type LedgerErrorCode =
  /** The queue of entries waiting for a commit is full; try again later. */
  | 'busy'
  /** The store refused or failed the commit and nothing of it was kept; the same entry may be sent again. */
  | 'store_failed'
  /** The ledger no longer writes: another process took the store, or what is durable can't be known without a restart. */
  | 'ledger_stopped'
  /** What is published is ahead of the rows: signing would fork the log (I5). */
  | 'store_behind_checkpoint'
  /** Rows, tiles and checkpoint disagree. */
  | 'log_corrupt'
  /** A body over 65,535 bytes. */
  | 'entry_too_large';

const RETRYABLE: ReadonlySet<LedgerErrorCode> = new Set(['busy', 'store_failed']);

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

/** Stops the process's writing when something that can't be true is true. Stays on in production. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new LedgerError('log_corrupt', `broken invariant: ${message}`);
}
