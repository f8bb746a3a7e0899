/**
 * The port to ordered rows: named tables of byte keys and byte values in one folder, with one kind of transaction.
 *
 * Durability: `transaction` resolves only when all it wrote would survive loss of the process and of power, with all that
 * was visible before it.
 * Atomicity: a transaction is there whole or not at all: for readers, after it failed, and after a crash in its middle.
 * Order: keys are ordered by their bytes, a prefix before what it begins.
 * Concurrency: transactions run one after another, also those of other processes on the folder. `work` is synchronous and
 * sees everything committed so far by anybody, and its own writes. Reads outside see some committed state: one's own
 * commits from the moment their promise resolves at the latest, those of other processes a moment later.
 * Errors: what `work` throws is thrown as it is, and nothing was written. Any other error leaves the outcome unknown: what
 * reads say after it is what the folder holds *now*; it may be durable only after another transaction resolved.
 * After some errors only another opening of the folder helps: every read and transaction then fails at once.
 * Retries: callers decide.
 * Trust: bytes come back as they lie on the disk. Values that must not be served damaged carry their own checksum.
 */
export interface KeyValue {
  /** The table of that name, made where it is missing (not where the folder is open for reading). */
  table(name: string): Table;
  transaction<T>(work: () => T): Promise<T>;
  /** Waits for transactions under way. */
  close(): Promise<void>;
}

export interface Table {
  /** The value of a key, the caller's to keep; undefined where there is none. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Rows from `start` up to but not including `end`, at most `limit`, in order. To be walked through in one turn. */
  range(bounds: RowRange): Iterable<KeyValueRow>;
  /** Only inside a transaction, like all that write. */
  put(key: Uint8Array, value: Uint8Array): void;
  /** Whether it was written: not where the key has a value. */
  putNew(key: Uint8Array, value: Uint8Array): boolean;
  /** Whether it was written: not where the table holds that key or a later one. */
  putLast(key: Uint8Array, value: Uint8Array): boolean;
  remove(key: Uint8Array): void;
}

export interface RowRange {
  readonly start?: Uint8Array;
  readonly end?: Uint8Array;
  readonly limit?: number;
}

export interface KeyValueRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
