/**
 * The port to the control log (one a region), which the composition root backs with a ledger.
 *
 * Durability: `append` resolves only when the entry would survive loss of the process and of power (I2). A rejected
 * append has an unknown outcome; control reads the log again before its next decision.
 * Exactly once: an entry is unique by its key; the same key and digest again is `replayed`, with another digest `conflict`,
 * and neither writes anything.
 * Concurrency: one control engine appends, one entry at a time. Others (migration, anchors, …) may append kinds of their
 * own to the same log; control skips them.
 * Trust: whoever owns the log can withhold entries or roll it back; a rolled-back log un-revokes keys. The ledger compares
 * it with its last published checkpoint at start-up (I5).
 */
export interface ControlLog {
  append(
    entry: ControlAppend,
  ): Promise<{ readonly status: 'committed' | 'replayed' | 'conflict'; readonly index: number }>;
  /** Bodies from index `from` up to but not including `to`, in order; fewer where the log ends. */
  entries(from: number, to: number): Promise<readonly { readonly index: number; readonly body: Uint8Array }[]>;
  /** Number of entries committed. */
  size(): number | Promise<number>;
}

export interface ControlAppend {
  readonly kind: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Canonical JSON, at most 65,535 bytes. */
  readonly body: Uint8Array;
}
