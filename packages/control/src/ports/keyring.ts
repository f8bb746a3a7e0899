/**
 * The port to the keyring: secrets that live outside rows, logs and backups. Control keeps in it:
 *
 *   tag/<tenant>            tag key of a tenant (32 bytes), made with the tenant
 *   record/<tenant>/<kid>   shared secret of an HMAC record key
 *   edge/<kid>              Ed25519 seed by which the edge signs the records it builds
 *   pseudonym-index         key by which a person's pseudonym key is found
 *   pseudonym/<hex>         pseudonym key of one person; forgetting it is the erasure of that person
 *
 * Durability: `add` and `remove` resolve only when the change would survive loss of the process and of power; a
 * rejected call has an unknown outcome: reads then show what is stored, and the call may be repeated.
 * Concurrency: one process owns a keyring. Changes may be called at once; reads see only durable states.
 * Trust: whoever reads the keyring can sign as the edge and as every tenant with an HMAC key, and link pseudonyms.
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
  add(key: KeyringKey): Promise<void>;
  /** Forgets a key; no change where there is none. */
  remove(name: string, generation: number): Promise<void>;
}
