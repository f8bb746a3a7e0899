/**
 * The port to the keyring: secrets that live outside rows, logs and backups. The vault keeps one thing in it: the key
 * encryption keys of a tenant, under the name `kek/<tenant>`, one a generation.
 *
 * Durability: `add` and `remove` resolve only when the change would survive loss of the process and of power; a
 * rejected call has an unknown outcome: reads then show what is stored, and the call may be repeated. After `remove`, what the keyring itself stored holds the
 * secret no more, as far as the medium allows (an adapter says how far that is).
 * Atomicity: a crash leaves the keyring before or after a change, never between.
 * Concurrency: one process owns a keyring. Changes may be called at once; reads see only durable states.
 * Trust: whoever reads the keyring reads all content whose ciphertext they also hold. Whoever destroys it erases it all.
 */
export interface KeyringKey {
  readonly name: string;
  /** 1 for the first, then rising; not reused. */
  readonly generation: number;
  readonly createdMs: number;
  /** Never printed: an adapter hides it from JSON and from console output. */
  readonly secret: Uint8Array;
}

export interface Keyring {
  /** The key of the highest generation under a name. */
  latest(name: string): KeyringKey | undefined;
  get(name: string, generation: number): KeyringKey | undefined;
  /** Generations held under a name, ascending. */
  generations(name: string): readonly number[];
  /** Names that start with `prefix`, ascending by code unit. */
  names(prefix: string): readonly string[];
  /** Holds a key. The same again is no change; another secret under a held name and generation is refused (throws). */
  add(key: {
    readonly name: string;
    readonly generation: number;
    readonly createdMs: number;
    readonly secret: Uint8Array;
  }): Promise<void>;
  /** Forgets a key; no change where there is none. */
  remove(name: string, generation: number): Promise<void>;
}
