/**
 * Builds one group commit from the old head and the waiting entries: indices, tags, salts, leaves, the new head, and
 * an inclusion proof for every new leaf, from the compact range and the batch alone (DESIGN section 1).
 * Pure but for the salts, which come from the caller's Rng.
 */
import { appendToRange, entryTag, type Hash, leafEntry, leafHash } from '@fractal/tlog';
import type { Rng } from '../ports/clock.ts';
import type { Head, Row, StoredEntry } from '../ports/log-store.ts';

/** What a caller wants logged, once for its key. */
export interface NewEntry {
  readonly tenant: string;
  /** 32 bytes; the entry is unique by it in this log. */
  readonly key: Uint8Array;
  /** 32 bytes; the same key with another digest is a conflict. */
  readonly digest: Uint8Array;
  /** Canonical JSON of at most 65,535 bytes. */
  readonly body: Uint8Array;
  /** Derived rows committed in the same transaction, and only if the entry is. */
  readonly rows?: readonly Row[];
}

export interface Group {
  readonly previousSize: number;
  readonly head: Head;
  readonly root: Hash;
  readonly entries: readonly StoredEntry[];
  /** The 49 public bytes of each entry. */
  readonly leaves: readonly Uint8Array[];
  readonly leafHashes: readonly Hash[];
  readonly proofs: readonly (readonly Hash[])[];
}

export interface GroupInput {
  readonly origin: string;
  readonly head: Head;
  readonly entries: readonly NewEntry[];
  readonly nowMs: number;
  readonly rng: Rng;
  readonly tagKeyOf: (tenant: string) => Uint8Array;
}

const SALT_BYTES = 16;
/** Leaves of one bundle share a tenant's tag (DESIGN section 4). */
const BUNDLE_ENTRIES = 256;

export function buildGroup(input: GroupInput): Group {
  const salts = input.rng.bytes(SALT_BYTES * input.entries.length);
  const tags = new Map<string, Uint8Array>();
  const entries: StoredEntry[] = [];
  const leaves: Uint8Array[] = [];
  const leafHashes: Hash[] = [];
  input.entries.forEach((entry, offset) => {
    const index = input.head.size + offset;
    const salt = salts.subarray(offset * SALT_BYTES, (offset + 1) * SALT_BYTES);
    const tag = tagOf(tags, input, entry.tenant, index);
    const leaf = leafEntry({ tag, salt, body: entry.body });
    const { key, digest, body } = entry;
    entries.push({ index, tag, salt, key, digest, body, ...carriedOf(entry.rows) });
    leaves.push(leaf);
    leafHashes.push(leafHash(leaf));
  });
  const grown = appendToRange({ size: input.head.size, range: input.head.range, leafHashes });
  return {
    previousSize: input.head.size,
    head: { size: grown.size, range: grown.range, timeMs: input.nowMs },
    root: grown.root,
    entries,
    leaves,
    leafHashes,
    proofs: grown.proofs,
  };
}

function tagOf(tags: Map<string, Uint8Array>, input: GroupInput, tenant: string, index: number): Uint8Array {
  const cacheKey = `${Math.floor(index / BUNDLE_ENTRIES)} ${tenant}`;
  const known = tags.get(cacheKey);
  if (known !== undefined) return known;
  const tag = entryTag({ tagKey: input.tagKeyOf(tenant), origin: input.origin, index });
  tags.set(cacheKey, tag);
  return tag;
}

/** The rows that the body does not tell, as the entry carries them. */
function carriedOf(rows: readonly Row[] = []): Pick<StoredEntry, 'carried'> {
  const carried = rows.filter((row) => row.carried).map(({ table, key, value }) => ({ table, key, value }));
  return carried.length === 0 ? {} : { carried };
}
