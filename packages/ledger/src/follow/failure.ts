/**
 * What went wrong with a batch, as it may be kept and shown: a code, and a message only where the error is one of ours
 * (a closed code; their messages carry ids and limits). Any other error's message may quote what it read, so only its
 * name is kept (I6).
 */
import { CommitRefused, CorruptRow } from '../ports/log-store.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Nothing is wrong with the entries: the other side, or the store, is. */
  readonly retryable: boolean;
}

export function failureOf(error: unknown): Failure {
  const refusal = error instanceof CommitRefused ? error.refusal : undefined;
  if (!(error instanceof Error)) return { code: 'handler_failed', message: '', retryable: false };
  const { code = refusal, retryable } = error as { code?: unknown; retryable?: unknown };
  if (typeof code === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(code)) {
    return { code, message: error.message.slice(0, 500), retryable: retryable === true };
  }
  return { code: 'handler_failed', message: error.name.slice(0, 100), retryable: retryable === true };
}

/** The handler took longer than it may. */
export class CallTimedOut extends Error {
  readonly code = 'call_timed_out';
  constructor(limitMs: number) {
    super(`the handler took longer than ${limitMs} ms`);
    this.name = 'CallTimedOut';
  }
}

/** The log says that it has an entry and does not give it. */
export class EntryMissing extends Error {
  readonly code = 'entry_missing';
  constructor(log: string, index: number) {
    super(`entry ${index} of log ${log} is missing`);
    this.name = 'EntryMissing';
  }
}

/** The call was called off: to close, or for an operator. Not a failure. */
export class CalledOff extends Error {
  readonly code = 'called_off';
}

/** The follower's own rows can't be read: no entry's fault. Damaged ones are made again by a reset. */
export class RowsFailed extends Error {
  readonly code: 'follower_rows_corrupt' | 'follower_store_failed';
  readonly retryable = true;
  constructor(cause: unknown) {
    super(cause instanceof CorruptRow ? cause.message : 'rows of the follower can not be read', { cause });
    this.name = 'RowsFailed';
    this.code = cause instanceof CorruptRow ? 'follower_rows_corrupt' : 'follower_store_failed';
  }
}
