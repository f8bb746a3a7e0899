/**
 * The port to a file system: the few POSIX calls that the logic of this package is made of. What makes a file whole and
 * durable (temporary name, sync, rename, sync of the folder) is that logic's, over these calls, so that a simulated disk
 * sees every step of it.
 *
 * Durability: nothing written is durable before `sync` or `datasync` of its file resolved; no name (made, renamed or
 * removed) before `syncFolder` of the folder that holds it resolved. Until then a crash of the machine may keep or lose
 * each of them by itself, and may tear what was written; a crash of the process alone loses nothing.
 * Atomicity: `rename` replaces a name whole. Nothing else is atomic: `write` may have written a part when it fails.
 * Concurrency: any calls may run side by side; those on one file are the caller's to order.
 * Errors: those of Node, with `code` (ENOSPC, EIO, EROFS …). Absence is a value where a method says so. Whether a call
 * that failed had an effect is unknown. A failed sync is final: what it should have synced may be gone (fsync reports once).
 * Retries: callers decide.
 */
export interface FileSystem {
  /** Bytes of a file; undefined where there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Makes a file, or empties the one that is there; with `exclusive` it fails (EEXIST) where something has the name. */
  create(path: string, options: { readonly mode: number; readonly exclusive?: boolean }): Promise<OpenFile>;
  /** Opens a file for overwriting from its start; undefined where there is none. */
  openExisting(path: string): Promise<OpenFile | undefined>;
  /** Undefined where there is none. */
  stat(path: string): Promise<FileState | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Removes the name of a file. */
  unlink(path: string): Promise<void>;
  /** Removes a file or a folder with all in it; nothing to do where there is none. */
  removeTree(path: string): Promise<void>;
  /** Makes a folder and those above it that are missing; resolves with the highest one it made, undefined for none. */
  makeFolders(path: string, mode: number): Promise<string | undefined>;
  /** Names in a folder, in no order. */
  list(path: string): Promise<readonly string[]>;
  /** Makes the names in a folder durable: those made, renamed and removed. */
  syncFolder(path: string): Promise<void>;
}

export interface OpenFile {
  /** Writes all the bytes behind what was written through this handle before (at first: at the start of the file). */
  write(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Like `sync`, without times. */
  datasync(): Promise<void>;
  stat(): Promise<FileState>;
  close(): Promise<void>;
}

export interface FileState {
  readonly sizeBytes: number;
  /** Names that point to the file. */
  readonly links: number;
  /** Permission bits. */
  readonly mode: number;
  /** Changes whenever the file, or what is in it, is replaced. */
  readonly version: string;
}
