/**
 * What people say of a record after its verdict: resolutions and labels. Each is one entry, unique by its key; a repeat,
 * by key or by `Idempotency-Key`, gets the first one's place.
 *
 * Resolutions of one record come one at a time: the effective row always holds the highest revision. A revision below the
 * present one that is not in the log yet is refused rather than logged without effect.
 */

import type { Ledger, LoggedEntry, Row } from '@fractal/ledger';
import { canonicalJson } from '@fractal/record';
import { toHex } from '@fractal/tlog';
import type { Refusal } from '../edge/problem.ts';
import type { Decision } from '../routes/schemas.ts';
import type { Committer, LogPlace } from './commit.ts';
import { EFFECTIVE_TABLE, type Effective, encodeEffective } from './effective.ts';
import { refusalOfEngine } from './failure.ts';
import { decodeIdempotencyRow, encodeIdempotencyRow, IDEMPOTENCY_TABLE, sameRequest } from './idempotency.ts';
import type { KeyedQueue } from './in-flight.ts';
import { labelKey, resolutionKey, sha256, verdictKey } from './keys.ts';

/** How far one resolution may move the revision: further, and one word could leave no room for anyone's next. */
export const REVISION_STEP_MAX = 1_000_000;

export interface Statement {
  readonly log: LogPlace;
  readonly effective: Effective;
}
export type StatementOutcome = { ok: true; value: Statement } | { ok: false; refusal: Refusal };

interface About {
  readonly tenant: string;
  readonly pcsId: string;
  /** Pseudonym of whoever says it; asked for only once the record is known, since it may make a key. */
  readonly pseudonym: () => Promise<string>;
  readonly nowMs: number;
  readonly idempotencyRow?: Uint8Array | undefined;
}

export interface Resolution extends About {
  readonly decision: Decision;
  /** Absent: the one after the present. */
  readonly revision?: number | undefined;
}

export interface Label extends About {
  readonly label: 'grounded' | 'ungrounded';
  readonly source: 'person' | 'audit' | 'import';
  /** Of this person's label on this record; a higher one replaces a lower one. */
  readonly revision: number;
}

export interface Statements {
  resolve(resolution: Resolution): Promise<StatementOutcome>;
  label(label: Label): Promise<StatementOutcome>;
}

export function statements(options: { ledger: Ledger; committer: Committer; queue: KeyedQueue }): Statements {
  const { ledger, committer, queue } = options;

  /** One statement under an idempotency key, and one about a record, at a time. */
  function inTurn(
    about: About,
    work: (effective: Effective, person: string) => Promise<StatementOutcome>,
  ): Promise<StatementOutcome> {
    const { idempotencyRow } = about;
    const ofRecord = () =>
      queue.run(`statement ${toHex(verdictKey(about.tenant, about.pcsId))}`, async () => {
        const verdict = await committer.find(about.tenant, about.pcsId);
        if (verdict === undefined) return { ok: false, refusal: { code: 'verdict_unknown' } } as const;
        return work(verdict.effective, await about.pseudonym());
      });
    // Always the key first, then the record: two statements can't wait for each other.
    const inOrder =
      idempotencyRow === undefined ? ofRecord() : queue.run(`idempotency ${toHex(idempotencyRow)}`, ofRecord);
    return inOrder.catch((error: unknown) => ({ ok: false, refusal: refusalOfEngine(error) }));
  }

  /** What the caller's key stands for already; undefined where it stands for nothing yet. */
  async function repeat(
    about: About,
    fingerprint: Uint8Array,
    effective: Effective,
  ): Promise<StatementOutcome | undefined> {
    if (about.idempotencyRow === undefined) return undefined;
    const stored = await ledger.readRow(IDEMPOTENCY_TABLE, about.idempotencyRow);
    if (stored === undefined) return undefined;
    const row = decodeIdempotencyRow(stored);
    if (!sameRequest(row, fingerprint)) return { ok: false, refusal: { code: 'idempotency_conflict' } };
    const entry = await ledger.lookup(row.entryKey);
    if (entry === undefined) throw new Error('an idempotency row names an entry that is not there');
    return { ok: true, value: { log: placeOf(entry), effective } };
  }

  async function append(
    about: About,
    given: { key: Uint8Array; digest: Uint8Array; body: Uint8Array; fingerprint: Uint8Array; rows: Row[] },
  ): Promise<{ status: 'committed' | 'replayed' | 'conflict'; entry: LoggedEntry }> {
    const { key, digest, body, fingerprint, rows } = given;
    if (about.idempotencyRow !== undefined) {
      const value = encodeIdempotencyRow({ fingerprint, entryKey: key });
      rows.push({ table: IDEMPOTENCY_TABLE, key: about.idempotencyRow, value, carried: true });
    }
    return ledger.append({ tenant: about.tenant, key, digest, body, rows });
  }

  return {
    resolve: (resolution) =>
      inTurn(resolution, async (effective, reviewer) => {
        const { tenant, pcsId, decision, nowMs } = resolution;
        const asked = { pcs_id: pcsId, decision, revision: resolution.revision ?? null, reviewer };
        const fingerprint = sha256(canonicalJson(asked));
        const repeated = await repeat(resolution, fingerprint, effective);
        if (repeated !== undefined) return repeated;
        const revision = resolution.revision ?? effective.revision + 1;
        const key = resolutionKey(tenant, pcsId, revision);
        if (revision <= effective.revision && (await ledger.lookup(key)) === undefined) {
          return { ok: false, refusal: { code: 'revision_stale', detail: `present revision ${effective.revision}` } };
        }
        if (revision > effective.revision + REVISION_STEP_MAX) {
          const detail = `at most ${REVISION_STEP_MAX} above the present revision ${effective.revision}`;
          return { ok: false, refusal: { code: 'request_field_invalid', detail } };
        }
        const said = { type: 'resolution', version: 1, tenant, pcs_id: pcsId, revision, decision, reviewer };
        const next: Effective = { decision, revision };
        const row = { table: EFFECTIVE_TABLE, key: verdictKey(tenant, pcsId), value: encodeEffective(next) };
        const digest = sha256(canonicalJson(said));
        const body = canonicalJson({ ...said, time: nowMs });
        const { status, entry } = await append(resolution, { key, digest, body, fingerprint, rows: [row] });
        if (status === 'conflict') return { ok: false, refusal: { code: 'resolution_conflict' } };
        return { ok: true, value: { log: placeOf(entry), effective: status === 'committed' ? next : effective } };
      }),
    label: (label) =>
      inTurn(label, async (effective, person) => {
        const { tenant, pcsId, source, revision, nowMs } = label;
        const said = { pcs_id: pcsId, label: label.label, source, person, revision };
        const fingerprint = sha256(canonicalJson(said));
        const repeated = await repeat(label, fingerprint, effective);
        if (repeated !== undefined) return repeated;
        const key = labelKey({ tenant, pcsId, source, person, revision });
        const body = canonicalJson({ type: 'label', version: 1, tenant, ...said, time: nowMs });
        const { status, entry } = await append(label, { key, digest: fingerprint, body, fingerprint, rows: [] });
        if (status === 'conflict') return { ok: false, refusal: { code: 'label_conflict' } };
        return { ok: true, value: { log: placeOf(entry), effective } };
      }),
  };
}

function placeOf({ origin, index }: LoggedEntry): LogPlace {
  return { origin, index };
}
