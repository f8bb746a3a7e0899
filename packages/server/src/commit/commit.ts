/**
 * From a judgement to an answer that may leave: vault first, then one ledger entry with its rows, then the answer
 * (DESIGN sections 1 and 3, I2 to I4).
 *
 * For one (tenant, pcs_id) at a time:
 *
 *     in the log already? ── same digest ──► stored verdict, byte for byte, with the present effective decision
 *            │no           └─ other digest ─► equivocation: logged once an id, refused; the first verdict stands
 *     verdict reached? ── no ──► its refusal; nothing is written
 *            │yes
 *     content sealed ──► vault (durable) ──► ledger (durable, signed) ──► answer
 *
 * A crash after the vault and before the ledger leaves content without a body: the same record again finds it there
 * (`held`), or a sweep takes it. The ledger's unique key is what makes it exactly once, also against itself; the queue
 * here only keeps two requests for one id from storing content twice.
 */

import type { Appended, Ledger, LoggedEntry, Row } from '@fractal/ledger';
import { canonicalJson } from '@fractal/record';
import { equalBytes, toHex } from '@fractal/tlog';
import type { Vault } from '@fractal/vault';
import type { Refusal } from '../edge/problem.ts';
import type { SecurityEvents } from '../edge/security-events.ts';
import type { Identified } from '../judge/task.ts';
import { readVerdictBody, type StoredVerdict, verdictTextOf } from '../judge/verdict-body.ts';
import { decodeEffective, EFFECTIVE_TABLE, type Effective, effectiveOf } from './effective.ts';
import { refusalOfEngine } from './failure.ts';
import {
  decodeIdempotencyRow,
  encodeIdempotencyRow,
  IDEMPOTENCY_TABLE,
  type IdempotencyRow,
  sameRequest,
} from './idempotency.ts';
import type { KeyedQueue } from './in-flight.ts';
import { equivocationKey, sha256, verdictKey } from './keys.ts';

/** Where an entry is: in this log or in a closed generation of it. */
export type LogPlace = Pick<LoggedEntry, 'origin' | 'index'>;

/** A verdict that is in the log, and all an answer needs. */
export interface Committed {
  readonly replayed: boolean;
  readonly pcsId: string;
  readonly entry: LoggedEntry;
  /** The `verdict` member of the body, byte for byte. */
  readonly verdictText: string;
  readonly effective: Effective;
  /** The receipt as text, under the newest signed checkpoint; it waits for no publication. */
  readonly receipt: () => Promise<string>;
}

export type CommitOutcome = { ok: true; value: Committed } | { ok: false; refusal: Refusal };

export interface CommitInput {
  readonly tenant: string;
  readonly judgement: Identified;
  readonly nowMs: number;
  /** Key of the idempotency row, where the caller sent a key. */
  readonly idempotencyRow?: Uint8Array | undefined;
}

export interface Committer {
  commit(input: CommitInput): Promise<CommitOutcome>;
  /** The verdict of a record, undefined where this tenant has none under that id (I13). */
  find(tenant: string, pcsId: string): Promise<(Committed & { readonly facts: StoredVerdict }) | undefined>;
}

export interface CommitterOptions {
  readonly ledger: Pick<Ledger, 'append' | 'lookup' | 'origin' | 'readRow' | 'receiptOf'>;
  readonly vault: Pick<Vault, 'putSealed'>;
  readonly queue: KeyedQueue;
  readonly security: SecurityEvents;
  readonly onVerdict: (decision: string, replayed: boolean) => void;
}

export function committer(options: CommitterOptions): Committer {
  const { ledger, vault, queue } = options;

  async function commit(input: CommitInput): Promise<CommitOutcome> {
    try {
      const { idempotencyRow } = input;
      if (idempotencyRow === undefined) return await commitRecord(input, []);
      return await queue.run(`idempotency ${toHex(idempotencyRow)}`, () => commitOnce(input, idempotencyRow));
    } catch (error) {
      return { ok: false, refusal: refusalOfEngine(error) };
    }
  }

  /** Under an idempotency key: what it stands for already, or a commit that brings its row along. */
  async function commitOnce(input: CommitInput, rowKey: Uint8Array): Promise<CommitOutcome> {
    const { tenant, judgement } = input;
    const fingerprint = judgement.edge?.fingerprint ?? judgement.digest;
    const stored = await ledger.readRow(IDEMPOTENCY_TABLE, rowKey);
    if (stored !== undefined) return repeat(decodeIdempotencyRow(stored), fingerprint, judgement.pcsId);
    const value = encodeIdempotencyRow({ fingerprint, entryKey: verdictKey(tenant, judgement.pcsId) });
    return commitRecord(input, [{ table: IDEMPOTENCY_TABLE, key: rowKey, value, carried: true }]);
  }

  async function repeat(row: IdempotencyRow, fingerprint: Uint8Array, pcsId: string): Promise<CommitOutcome> {
    if (!sameRequest(row, fingerprint)) return { ok: false, refusal: { code: 'idempotency_conflict' } };
    const entry = await ledger.lookup(row.entryKey);
    if (entry === undefined) throw new Error('an idempotency row names an entry that is not there');
    return { ok: true, value: await replayOf(pcsId, entry, () => ledger.receiptOf(entry)) };
  }

  async function commitRecord(input: CommitInput, rows: readonly Row[]): Promise<CommitOutcome> {
    const { tenant, judgement } = input;
    const { outcome, pcsId } = judgement;
    const key = verdictKey(tenant, pcsId);
    // Without content there is nothing to write but the entry: the ledger alone says whether it is the first.
    if (outcome.ok && outcome.value.sealed === undefined) return append(input, key, rows);
    return queue.run(toHex(key), async () => {
      const stored = await ledger.lookup(key);
      if (stored !== undefined) return again(input, stored, () => ledger.receiptOf(stored));
      if (!outcome.ok) return { ok: false, refusal: outcome.refusal };
      const put = await vault.putSealed({ tenant, pcsId, sealed: outcome.value.sealed! });
      if (put === 'erased') return { ok: false, refusal: { code: 'content_erased' } };
      return append(input, key, rows);
    });
  }

  async function append(input: CommitInput, key: Uint8Array, rows: readonly Row[]): Promise<CommitOutcome> {
    const { tenant, judgement } = input;
    const { outcome, digest, pcsId } = judgement;
    if (!outcome.ok) return { ok: false, refusal: outcome.refusal };
    const { body, decision } = outcome.value;
    const appended = await ledger.append({ tenant, key, digest, body, rows });
    if (appended.status !== 'committed') return again(input, appended.entry, appended.receipt);
    options.onVerdict(decision, false);
    return { ok: true, value: firstAnswer(pcsId, appended, decision) };
  }

  /** The id is in the log: the same record is answered from it, another one is equivocation (I4). */
  async function again(input: CommitInput, entry: LoggedEntry, receipt: () => Promise<string>): Promise<CommitOutcome> {
    const { tenant, judgement } = input;
    if (equalBytes(entry.digest, judgement.digest)) {
      return { ok: true, value: await replayOf(judgement.pcsId, entry, receipt) };
    }
    await logEquivocation(input, entry);
    options.security.report('equivocation', { tenant, pcs_id: judgement.pcsId });
    return { ok: false, refusal: { code: 'equivocation' } };
  }

  async function replayOf(pcsId: string, entry: LoggedEntry, receipt: () => Promise<string>): Promise<Committed> {
    const { committed, facts } = await storedAnswer(pcsId, entry, receipt);
    options.onVerdict(facts.decision, true);
    return committed;
  }

  async function storedAnswer(pcsId: string, entry: LoggedEntry, receipt: () => Promise<string>) {
    const facts = readVerdictBody(entry.body);
    const row = await ledger.readRow(EFFECTIVE_TABLE, entry.key);
    const effective = effectiveOf([facts.decision], row === undefined ? undefined : decodeEffective(row));
    const committed: Committed = {
      replayed: true,
      pcsId,
      entry,
      verdictText: verdictText(entry.body),
      effective,
      receipt,
    };
    return { committed, facts };
  }

  /** Named where the first verdict is in a closed generation: its index is of that log. */
  function originOf({ origin }: LoggedEntry): { origin?: string } {
    return origin === ledger.origin ? {} : { origin };
  }

  /** One entry an id, whoever comes with how many payloads: all share one key, and only the first is written. */
  async function logEquivocation({ tenant, judgement, nowMs }: CommitInput, first: LoggedEntry): Promise<void> {
    const key = equivocationKey(tenant, judgement.pcsId);
    if ((await ledger.lookup(key)) !== undefined) return;
    const body = canonicalJson({
      type: 'equivocation',
      version: 1,
      tenant,
      pcs_id: judgement.pcsId,
      first: { ...originOf(first), index: first.index, digest: toHex(first.digest) },
      other: { digest: toHex(judgement.digest), kid: judgement.kid },
      time: nowMs,
    });
    await ledger.append({ tenant, key, digest: sha256(body), body });
  }

  return {
    commit,
    async find(tenant, pcsId) {
      const entry = await ledger.lookup(verdictKey(tenant, pcsId));
      if (entry === undefined) return undefined;
      const { committed, facts } = await storedAnswer(pcsId, entry, () => ledger.receiptOf(entry));
      return { ...committed, facts };
    },
  };
}

function firstAnswer(pcsId: string, { entry, receipt }: Appended, decision: string): Committed {
  const effective = effectiveOf([decision], undefined);
  return { replayed: false, pcsId, entry, verdictText: verdictText(entry.body), effective, receipt };
}

function verdictText(body: Uint8Array): string {
  const text = verdictTextOf(body);
  if (text === undefined) throw new Error('a verdict body without a verdict');
  return text;
}
