/**
 * A log as a follower sees it: committed entries, nothing else, and no way to write (DESIGN section 1).
 *
 * Reads may run beside commits; they see committed entries only. A follower asks for the size every now and then instead
 * of being told of each commit: told, it would commit its cursor as often as the log commits (I12).
 */
import type { StoredEntry } from './log-store.ts';

export interface FollowedLog {
  /** 1 to 64 of `A-Za-z0-9._-`; a cursor belongs to it. */
  readonly name: string;
  /** Entries that are durable; never falls while this value is in use. */
  size(): number;
  /** Entries from `from` up to but not including `to`, in order; fewer where one is missing. Throws CorruptRow. */
  entries(from: number, to: number): Promise<readonly StoredEntry[]>;
}
