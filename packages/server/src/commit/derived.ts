/**
 * All that an entry of a shard's log determines besides its leaf, made again from its body: what it is unique by, what it
 * says, and the derived rows committed with it (those that the body does not tell come with the entry: `carried`).
 *
 * Repair and restore rebuild from this instead of believing a copy of the rows: bodies are proven by the log. Rows of one key
 * are written in order of index, the later over the earlier.
 *
 * Not checked: that the body follows from a record; that rows carried along are right (nothing but their own place in the
 * entry vouches for them; what they may name is held against the entry).
 */

import type { DerivedRow, DeriveRows, StoredEntry } from '@fractal/ledger';
import { canonicalJson, type PlainJson } from '@fractal/record';
import { equalBytes, fromHex, utf8Decode } from '@fractal/tlog';
import { EFFECTIVE_TABLE, encodeEffective, isDecision } from './effective.ts';
import { ERASURE_TABLE, encodeErasureRow } from './erasures.ts';
import { decodeIdempotencyRow, IDEMPOTENCY_TABLE } from './idempotency.ts';
import { equivocationKey, erasureKey, labelKey, resolutionKey, sha256, verdictKey } from './keys.ts';

export interface Derived {
  readonly rows: readonly DerivedRow[];
  /** Where the vault should hold what the body speaks about; undefined where it speaks of no content. */
  readonly content: { readonly tenant: string; readonly pcsId: string } | undefined;
}

export type DerivedOutcome =
  | { readonly ok: true; readonly value: Derived }
  | { readonly ok: false; readonly problem: string };

/** Never throws. A problem: the body is none that this release logs, or the entry's key, digest or rows are not its own. */
export function derivedOf(entry: StoredEntry): DerivedOutcome {
  const body = bodyOf(entry.body);
  const facts = body === undefined ? undefined : factsOf(body, entry.body);
  if (facts === undefined) return { ok: false, problem: 'its body is none that this release logs' };
  if (!equalBytes(facts.key, entry.key)) return { ok: false, problem: 'its key is not that of its body' };
  if (!equalBytes(facts.digest, entry.digest)) return { ok: false, problem: 'its digest is not that of its body' };
  const carried = entry.carried ?? [];
  if (!carried.every((row) => isOwn(row, entry))) return { ok: false, problem: 'it carries a row that is not its own' };
  return { ok: true, value: { rows: [...facts.rows, ...carried], content: facts.content } };
}

/** What the entries of a log by this name derive. The control log has no derived rows: its state is folded at each start. */
export function deriveRowsOf(log: string): DeriveRows {
  if (log === 'control' || log.startsWith('control-')) return () => ({ ok: true, rows: [] });
  return (entry) => {
    const derived = derivedOf(entry);
    return derived.ok ? { ok: true, rows: derived.value.rows } : derived;
  };
}

/** The entry behind a receipt: what its row held, but for rows it carried, which no receipt tells. Undefined for an unknown body. */
export function entryOfReceipt(receipt: Pick<StoredEntry, 'index' | 'tag' | 'salt' | 'body'>): StoredEntry | undefined {
  const body = bodyOf(receipt.body);
  const facts = body === undefined ? undefined : factsOf(body, receipt.body);
  if (facts === undefined) return undefined;
  const { index, tag, salt } = receipt;
  return { index, tag, salt, key: facts.key, digest: facts.digest, body: receipt.body };
}

interface Facts {
  readonly key: Uint8Array;
  readonly digest: Uint8Array;
  readonly rows: readonly DerivedRow[];
  readonly content?: Derived['content'];
}

type Body = Readonly<Record<string, PlainJson>>;

function bodyOf(bytes: Uint8Array): Body | undefined {
  try {
    const value: unknown = JSON.parse(utf8Decode(bytes) ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

/** What the types of this log say; undefined for any other body. */
function factsOf(body: Body, bytes: Uint8Array): Facts | undefined {
  const { type, version, tenant, pcs_id: pcsId, time: _, ...said } = body;
  if (version !== 1 || typeof tenant !== 'string' || typeof pcsId !== 'string') return undefined;
  const ofRecord = verdictKey(tenant, pcsId);
  switch (type) {
    case 'verdict': {
      const digest = typeof body.digest === 'string' ? fromHex(body.digest) : undefined;
      if (digest === undefined) return undefined;
      const content = body.content === 'vault' ? { tenant, pcsId } : undefined;
      return { key: ofRecord, digest, rows: [], content };
    }
    case 'equivocation':
      return { key: equivocationKey(tenant, pcsId), digest: sha256(bytes), rows: [] };
    case 'resolution': {
      const { revision, decision } = body;
      if (typeof revision !== 'number' || typeof decision !== 'string' || !isDecision(decision)) return undefined;
      const digest = sha256(canonicalJson({ type, version, tenant, pcs_id: pcsId, ...said }));
      const value = encodeEffective({ decision, revision });
      const rows = [{ table: EFFECTIVE_TABLE, key: ofRecord, value }];
      return { key: resolutionKey(tenant, pcsId, revision), digest, rows };
    }
    case 'label': {
      const { source, person, revision } = body;
      if (typeof source !== 'string' || typeof person !== 'string' || typeof revision !== 'number') return undefined;
      const digest = sha256(canonicalJson({ pcs_id: pcsId, ...said }));
      return { key: labelKey({ tenant, pcsId, source, person, revision }), digest, rows: [] };
    }
    case 'erasure': {
      const rows = [{ table: ERASURE_TABLE, key: ofRecord, value: encodeErasureRow({ tenant, pcsId }) }];
      return { key: erasureKey(tenant, pcsId), digest: sha256(`erasure\0${tenant}\0${pcsId}`), rows };
    }
    default:
      return undefined;
  }
}

/** Only idempotency rows are carried, and each stands for the entry that carries it: no entry can answer for another (I13). */
function isOwn({ table, key, value }: DerivedRow, entry: StoredEntry): boolean {
  if (table !== IDEMPOTENCY_TABLE || key.length !== 32 || value.length !== 64) return false;
  return equalBytes(decodeIdempotencyRow(value).entryKey, entry.key);
}
