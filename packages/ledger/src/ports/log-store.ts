/**
 * The port to the rows of one log. The ledger declares it; an adapter (embedded: LMDB) implements it and passes
 * `logStoreContract`. Rows are private; nothing here is served to strangers.
 *
 * Durability: `commit` and `sync` resolve only when what they wrote would survive loss of the process and of power (I2).
 * Atomicity: a commit is visible whole or not at all, also after a crash in its middle (I3).
 * Concurrency: one ledger calls `commit` one at a time; reads may run beside it and see committed states only.
 * Retries: the ledger decides; an adapter never retries by itself.
 * Trust: whoever owns the rows can withhold or destroy them; they can't forge a log that agrees with checkpoints
 * already handed out, since the ledger compares rows with published tiles at start-up and `fsck` compares all of them.
 */

/** What is committed about the whole log: its size, and the roots of its maximal full subtrees, largest first. */
export interface Head {
  /** Number of leaves; at most 2^53 − 1. */
  readonly size: number;
  /** Compact range: popcount(size) hashes of 32 bytes, largest subtree first. At most 53 of them here. */
  readonly range: readonly Uint8Array[];
  /** Clock of the commit that wrote this head, milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** One leaf with all that is private about it. */
export interface StoredEntry {
  readonly index: number;
  /** 16 bytes; public (first part of the leaf). */
  readonly tag: Uint8Array;
  /** 16 random bytes that hide the body in its commitment. */
  readonly salt: Uint8Array;
  /** 32 bytes: what the entry is unique by. */
  readonly key: Uint8Array;
  /** 32 bytes: what the entry says; the same key with another digest is a conflict. */
  readonly digest: Uint8Array;
  /** Canonical JSON, at most 65,535 bytes. */
  readonly body: Uint8Array;
  /** Those rows committed with it that its body does not tell; absent where there are none. */
  readonly carried?: readonly DerivedRow[];
}

/** A row of a derived table: state such as an idempotency key or an effective decision. */
export interface DerivedRow {
  readonly table: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A row that is committed with an entry. */
export interface Row extends DerivedRow {
  /**
   * The body does not tell this row: its entry carries it too, so that whoever has the entries (repair, backup) can make
   * all derived rows again.
   */
  readonly carried?: true;
}

export interface CommitBatch {
  /** The size the writer believes the log has; another one in the store refuses the commit. */
  readonly previousSize: number;
  readonly head: Head;
  readonly entries: readonly StoredEntry[];
  readonly rows: readonly Row[];
}

/** Why a commit was refused before anything was written. */
export type CommitRefusal = 'session_lost' | 'head_moved' | 'key_taken';

/** Thrown by `commit` when the store said no by rule: nothing was written and a retry is useless. */
export class CommitRefused extends Error {
  readonly refusal: CommitRefusal;
  constructor(refusal: CommitRefusal, message: string) {
    super(message);
    this.name = 'CommitRefused';
    this.refusal = refusal;
  }
}

/** A row was found that doesn't carry its own checksum: it is named and never served. */
export class CorruptRow extends Error {
  readonly code = 'row_corrupt';
  constructor(message: string) {
    super(message);
    this.name = 'CorruptRow';
  }
}

export interface LogStore {
  /** Head of the last commit, undefined while the log is empty and nothing was ever committed. */
  readHead(): Promise<Head | undefined>;
  /**
   * Index of the entry under a key; undefined only where the store can tell that there is none: where a row that would
   * say so is damaged or gone, it throws CorruptRow, since "not there" is what lets a record be logged (I3).
   */
  readKey(key: Uint8Array): Promise<{ readonly index: number } | undefined>;
  /** One entry, undefined beyond the end. Throws CorruptRow when its checksum fails. */
  readEntry(index: number): Promise<StoredEntry | undefined>;
  /** Entries from `from` up to but not including `to`, in order; fewer where the log ends. Throws CorruptRow. */
  readEntries(from: number, to: number): Promise<readonly StoredEntry[]>;
  /** A derived row, undefined where there is none. Throws CorruptRow. */
  readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Rows of a derived table in order of their keys' bytes, at most `limit`, after `after` where given. Throws CorruptRow. */
  listRows(
    table: string,
    limit: number,
    after?: Uint8Array,
  ): Promise<readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]>;
  /** Commits the batch whole and durable, or throws: CommitRefused, or the store's own error with unknown outcome. */
  commit(batch: CommitBatch): Promise<void>;
  /** Resolves once all that is visible now is durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
