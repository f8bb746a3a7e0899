/**
 * The port to the vault's rows. The vault declares it; an adapter (embedded: LMDB) implements it and passes
 * `vaultStoreContract`. To the store both parts of a row are opaque bytes: the small *key row* (which holds the
 * wrapped data key) and the large *content* (the ciphertext).
 *
 * Durability: a change resolves only when it would survive loss of the process and of power. `false` from a
 * conditional change is as strong: what made the condition false is durable too. A rejected call
 * (VaultError `vault_write_failed`) has an unknown outcome: nothing of it, or all of it, was kept.
 * Atomicity: one call is one transaction, visible whole or not at all, also after a crash in its middle.
 * Concurrency: calls may run at once and may share one commit (group commit: thousands of inserts a second should
 * cost tens of syncs). Changes are compare-and-set on the key row, so callers need no locks. Reads see committed states.
 * Retries: the vault decides; an adapter never retries by itself.
 * Trust: whoever owns the store can withhold or destroy content and learns who stores how much and when. They can't
 * read it, nor pass one content off as another's: keys are wrapped, and both parts authenticate tenant and pcs_id.
 */

/** Where content lives. Tenants are walls (I13): there is no look-up without the tenant. */
export interface ContentAddress {
  /** `[A-Za-z0-9._-]{1,64}`. */
  readonly tenant: string;
  /** 64 lower-case hex digits. */
  readonly pcsId: string;
}

export interface VaultInsert {
  readonly address: ContentAddress;
  readonly keyRow: Uint8Array;
  readonly content: Uint8Array;
  /** Listed by `listUnsettled` as of this time until `settle`. */
  readonly storedMs: number;
  /** Listed by `listDue` from this time on; absent: never. */
  readonly retainUntilMs?: number;
}

export interface KeyReplacement {
  readonly address: ContentAddress;
  /** The key row must be these bytes, or nothing is changed at this address. */
  readonly expected: Uint8Array;
  readonly next: Uint8Array;
  /** Listed by `listUnsettled` as of this time too, if the change is made. */
  readonly storedMs?: number;
}

export interface Erasure {
  readonly address: ContentAddress;
  /** The key row must be these bytes, or nothing is changed at this address. */
  readonly expected: Uint8Array;
  /** What stays as key row; absent: the address is as if it had never been. */
  readonly tombstone?: Uint8Array;
  /** As inserted, so that the retention index can be cleaned. */
  readonly retainUntilMs?: number;
}

/** A tenant with key rows erased since its key was last rotated: old pages may still hold their wrapped keys. */
export interface OwedRotation {
  readonly tenant: string;
  /** When the first of them was erased, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** How many erasures are owed; grows by one each, so that `settleOwed` notices one it does not cover. */
  readonly count: number;
}

export interface StoredKeyRow {
  readonly address: ContentAddress;
  readonly keyRow: Uint8Array;
}

/** Content that nobody has said a body is committed for. */
export interface UnsettledContent {
  readonly address: ContentAddress;
  readonly storedMs: number;
}

export interface DueContent {
  readonly address: ContentAddress;
  readonly retainUntilMs: number;
}

export interface VaultStore {
  /** Stores a new row; `false`, and nothing written, where the address holds a key row already (a tombstone too). */
  insert(row: VaultInsert): Promise<boolean>;
  /** Both parts from one snapshot; `content` is absent where it was erased. */
  read(address: ContentAddress): Promise<{ readonly keyRow: Uint8Array; readonly content?: Uint8Array } | undefined>;
  readKey(address: ContentAddress): Promise<Uint8Array | undefined>;
  /** One transaction; the answer says for each change, in order, whether its `expected` still held. */
  replaceKeys(changes: readonly KeyReplacement[]): Promise<readonly boolean[]>;
  /**
   * One transaction: each key row whose `expected` still held is replaced by its tombstone or removed, its content and
   * its place in the retention index go, and its tenant's owed count grows by one. A store without transactions over
   * both parts replaces the key row first.
   */
  erase(changes: readonly Erasure[], erasedMs: number): Promise<readonly boolean[]>;
  /** Key rows in order of (tenant, pcs_id) by bytes, of one tenant or of all, after `after` where given. */
  listKeys(query: {
    readonly tenant?: string;
    readonly after?: ContentAddress;
    readonly limit: number;
  }): Promise<readonly StoredKeyRow[]>;
  /** What was inserted with `retainUntilMs` ≤ `nowMs` and is not erased, the longest due first. */
  listDue(query: { readonly nowMs: number; readonly limit: number }): Promise<readonly DueContent[]>;
  /** What was stored before `beforeMs` and is not settled, the oldest first, after `after` where given. An erased address may be among them. */
  listUnsettled(query: {
    readonly beforeMs: number;
    readonly after?: UnsettledContent;
    readonly limit: number;
  }): Promise<readonly UnsettledContent[]>;
  /** Takes these off the list of the unsettled; one transaction. */
  settle(contents: readonly UnsettledContent[]): Promise<void>;
  listOwed(): Promise<readonly OwedRotation[]>;
  /** Takes `count` off a tenant's owed count; what then remains (erased in between) keeps its `sinceMs`. */
  settleOwed(tenant: string, count: number): Promise<void>;
  /** Waits for changes under way. */
  close(): Promise<void>;
}
