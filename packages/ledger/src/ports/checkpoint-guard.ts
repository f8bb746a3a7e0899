/**
 * The port to the checkpoint guard: for each origin the newest checkpoint its writer is about to sign, kept in another
 * failure domain than the rows (DESIGN I5). A store that comes back from the past is told so by it.
 *
 * Content: one small text an origin (guard/guard-note.ts; at most GUARD_TEXT_BYTES_MAX). The guard keeps it and reads
 * nothing out of it.
 * Durability: `record` resolves only when the text would survive loss of the process and of power, there.
 * Atomicity: compare and set. Of two that replace the same entry at most one succeeds, also when they are two processes
 * on two machines. `read` gives a text that some `record` wrote whole, never an older one after a newer one.
 * Errors: GuardConflict where it holds another entry than the one to be replaced, and nothing was changed. Any other error
 * leaves the outcome unknown: the next `read` tells.
 * Retries: the ledger decides; an adapter bounds the time of each call and never retries by itself.
 * Trust: whoever owns the guard can keep a log from being signed (by withholding, forging or advancing an entry), and,
 * together with whoever put an old copy of the rows back, hide that they are old. It can make nothing be signed that its
 * rows do not hold, and it learns what is public: origin, size and root.
 */

/** Longer texts are refused by adapters, both ways. */
export const GUARD_TEXT_BYTES_MAX = 4_096;

/** What a guard holds for an origin. */
export interface GuardEntry {
  readonly text: string;
  /** Names this entry among those that were there at any time: an ETag, a serial number. Opaque. */
  readonly version: string;
}

export interface CheckpointGuard {
  /** The newest entry; undefined where nothing was ever recorded for the origin. */
  read(origin: string): Promise<GuardEntry | undefined>;
  /**
   * Puts `text` in the place of `replaces` (undefined: of nothing).
   * @throws GuardConflict, or the adapter's own error with unknown outcome
   */
  record(origin: string, text: string, replaces: GuardEntry | undefined): Promise<GuardEntry>;
}

/** The guard holds something else than was to be replaced; nothing was changed. */
export class GuardConflict extends Error {
  readonly code = 'guard_conflict';
  constructor(message: string) {
    super(message);
    this.name = 'GuardConflict';
  }
}
