/** What clients and nodes say to each other: the routes of the server that touch the log, without HTTP. */
export type Request =
  | { readonly kind: 'verify'; readonly tenant: string; readonly bytes: Uint8Array }
  | { readonly kind: 'find'; readonly tenant: string; readonly pcsId: string };

export interface Verdict {
  readonly kind: 'verdict';
  readonly pcsId: string;
  readonly verdictText: string;
  readonly decision: string;
  readonly origin: string;
  readonly index: number;
  readonly body: Uint8Array;
  readonly replayed: boolean;
  /** Absent where it was looked up only. */
  readonly receipt: string | undefined;
}

export type Answer =
  | Verdict
  /** A coded refusal, as the edge would answer it. */
  | { readonly kind: 'refused'; readonly code: string }
  /** An error nobody has a code for: 500. */
  | { readonly kind: 'failed'; readonly message: string };

export interface Envelope {
  readonly id: number;
  readonly request: Request;
}

export interface Reply {
  readonly id: number;
  readonly answer: Answer;
}

/** Codes after which the same request may be sent again. */
export const RETRYABLE: ReadonlySet<string> = new Set([
  'busy',
  'store_unavailable',
  'checkpoint_guard_unavailable',
  'judge_failed',
]);
