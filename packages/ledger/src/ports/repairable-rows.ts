/**
 * What a repair needs of the rows of one log beyond reading them: seeing damaged rows as rows, and putting right ones in
 * their place. Only for `repairLog`, with no server on the directory.
 *
 * Durability and atomicity: each call that writes is one transaction, durable when it resolves, there whole or not at all
 * after a crash. Each leaves rows that are right or still named as damaged, so a repair may die anywhere and run again.
 * Session: the same as of `LogStore.commit`.
 */
import type { DerivedRow, Head, StoredEntry } from './log-store.ts';

export interface KeyPair {
  readonly key: Uint8Array;
  readonly index: number;
}

/** What is wrong with the rows that say which entry has a key. */
export interface KeyScan {
  /** Names of the rows that are damaged or gone. */
  readonly damaged: readonly string[];
  /** Whether a row that is whole says a key of this entry. */
  hasKeyOf(index: number): boolean;
  /** Whether the key, if it was ever put in, was in a row that is damaged or gone. */
  isLost(key: Uint8Array): boolean;
}

/** A row of a derived table whose check is wrong. Its name is what lies there, and may be damaged too. */
export interface DamagedRow {
  readonly name: string;
  /** The store's own key of it. */
  readonly rowKey: Uint8Array;
}

export interface RepairableRows {
  /** One past the last entry row, in whatever state it is; 0 where there is none. */
  entriesEnd(): Promise<number>;
  putEntry(entry: StoredEntry): Promise<void>;
  /** Names of damaged entry rows at or after an index: rows whose own key was damaged, in the way of the next commit. */
  strayEntries(from: number): Promise<readonly string[]>;
  removeStrayEntries(from: number): Promise<void>;
  putHead(head: Head): Promise<void>;
  scanKeys(): Promise<KeyScan>;
  /** Replaces all damaged key rows of the scan: `lost` are all keys that were in them. `missing` are put in besides. */
  mendKeys(lost: readonly KeyPair[], missing: readonly KeyPair[]): Promise<void>;
  damagedRows(): Promise<readonly DamagedRow[]>;
  /** What says which derived rows there are: names of its damaged parts, and how many rows it knows that are gone. */
  scanRowKeys(): Promise<{ readonly damaged: readonly string[]; readonly goneRows: number }>;
  /** Makes it say what is there now. Only once every derived row that ever was is there. */
  mendRowKeys(): Promise<void>;
  putRow(row: DerivedRow): Promise<void>;
  /** Takes away a row whose check is wrong. */
  removeRow(row: DamagedRow): Promise<void>;
}
