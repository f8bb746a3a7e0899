/**
 * The port to the public part of a log: tiles, bundles and the checkpoint, at C2SP tlog-tiles paths.
 *
 * Durability: `writeAll` resolves when each file and its directory entry are durable; `replaceCheckpoint` likewise.
 * Atomicity: a reader sees a file whole or not at all; a crash may leave any subset of a `writeAll`.
 * A reader may see a file a moment before it is durable; what a power cut takes back, opening the ledger publishes again.
 * Concurrency: one publisher writes; any number read.
 * Trust: everything here is public. Whoever owns it can withhold or break files, never forge a log: the checkpoint is signed.
 */
export interface PublicFile {
  /** C2SP path such as `tile/0/x001/234.p/17`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface PublicFiles {
  read(path: string): Promise<Uint8Array | undefined>;
  /** Writes or overwrites with equal meaning; all durable when it resolves. */
  writeAll(files: readonly PublicFile[]): Promise<void>;
  /** Atomically replaces `checkpoint`; durable when it resolves. */
  replaceCheckpoint(bytes: Uint8Array): Promise<void>;
  /** Removes the partial files of tiles that are full now. Best effort in durability: what stays is repeated at no harm. */
  removePartials(paths: readonly string[]): Promise<void>;
}
