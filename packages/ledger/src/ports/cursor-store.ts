/**
 * The port to what followers keep: a row each of state (cursors among it), dead letters, and the rows of their effects.
 * The engine in `follow/` declares it; an adapter implements it and passes `cursorStoreContract`.
 *
 * Durability: `commit` resolves only when what it wrote would survive loss of the process and of power.
 * Atomicity: a commit is visible whole or not at all, also after a crash: that is what makes an effect exactly once.
 * Concurrency: commits of one follower are compared with the row they expect; a late or second writer is refused. Reads
 * may run beside commits and see committed states only.
 * Trust: nothing here is a source of truth. Lost or damaged, it is deleted and made again from the log.
 */

export interface FollowerRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A row to write; undefined removes it. */
export interface FollowerWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface FollowerCommit {
  /** Name of the follower: a name space of its own. */
  readonly follower: string;
  /** Refused where the row does not hold exactly this (undefined: where there is one). Absent: whatever is there. */
  readonly expected?: { readonly key: Uint8Array; readonly value: Uint8Array | undefined };
  /** Removes all rows of the follower first. */
  readonly clear?: boolean;
  /** In order: the last write of a key stands. */
  readonly writes: readonly FollowerWrite[];
}

/** Thrown by `commit` when the expected row is another one: nothing was written. */
export class CursorMoved extends Error {
  readonly code = 'cursor_moved';
  readonly retryable = true;
  constructor(follower: string) {
    super(`another writer moved the follower ${follower}`);
    this.name = 'CursorMoved';
  }
}

export interface CursorStore {
  /** Undefined where there is none. Throws CorruptRow when its checksum fails. */
  read(follower: string, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Rows whose key begins with `prefix`, in order of bytes, after the key `after` where given, at most `limit`. Throws CorruptRow. */
  list(
    follower: string,
    range: { readonly prefix: Uint8Array; readonly after?: Uint8Array | undefined; readonly limit: number },
  ): Promise<readonly FollowerRow[]>;
  /** Throws CursorMoved, CommitRefused when the directory was taken, or the store's own error with unknown outcome. */
  commit(change: FollowerCommit): Promise<void>;
}
