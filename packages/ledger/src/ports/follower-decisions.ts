/**
 * Where the decisions of followers go: the control log (DESIGN section 1), on changes of state, never per tick.
 *
 * Durability: `append` resolves only when the decision is durable. Exactly once: a decision is unique by its `event`; the
 * engine appends it before the commit it belongs to, and again after a crash between the two.
 */

export type FollowerOp =
  /** An entry was put aside, `code` says why. */
  | 'dead_letter'
  | 'retry'
  | 'skip'
  | 'pause'
  | 'resume'
  | 'reset'
  /** The follower stopped by itself, in strict order before an entry; `code` says why. */
  | 'stop'
  /** A follower that looks for damage found some, or found it gone. */
  | 'damage'
  | 'mend';

/** What a handler may decide; the engine adds who and which event. */
export interface FollowerFinding {
  readonly op: FollowerOp;
  readonly log?: string;
  readonly index?: number;
  /** Lower-case words joined by `_`, at most 64 characters. */
  readonly code?: string;
  /** What it is about: printable ASCII without spaces, at most 256; never text of a person (I6). */
  readonly target?: string;
}

/** `system`: the follower itself. A person is handed over by name; the control log keeps a pseudonym. */
export type FollowerActor = 'system' | { readonly person: string };

export interface FollowerDecision extends FollowerFinding {
  readonly follower: string;
  /** 32 hex digits: the same event is logged once. */
  readonly event: string;
  readonly actor: FollowerActor;
  /** An operator's word for it, such as a ticket: as `target`. */
  readonly reason?: string;
}

export interface FollowerDecisions {
  append(decision: FollowerDecision): Promise<void>;
}
