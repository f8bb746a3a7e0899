/**
 * The row behind `Idempotency-Key`: written in the commit of the entry it stands for, so that both are there or neither
 * (DESIGN section 13). Value: fingerprint of the request (32) ‖ key of the entry (32). The body says nothing of it (a hash of
 * the request would let whoever is shown a receipt try texts against it), so the entry carries the row.
 */

import { equalBytes } from '@fractal/tlog';
import type { Parsed } from '../edge/request.ts';

export const IDEMPOTENCY_TABLE = 'idempotency';

/** Visible ASCII, as in the draft of the header's standard; long enough for any id. */
const CALLERS_KEY = /^[\x21-\x7e]{1,255}$/;

export interface IdempotencyRow {
  readonly fingerprint: Uint8Array;
  readonly entryKey: Uint8Array;
}

/** The caller's key of a request: undefined where none came. */
export function callersKeyOf(header: string | undefined): Parsed<string | undefined> {
  if (header === undefined || CALLERS_KEY.test(header)) return { ok: true, value: header };
  const detail = 'Idempotency-Key: 1 to 255 visible ASCII characters';
  return { ok: false, code: 'request_field_invalid', detail };
}

export function encodeIdempotencyRow({ fingerprint, entryKey }: IdempotencyRow): Uint8Array {
  const row = new Uint8Array(64);
  row.set(fingerprint);
  row.set(entryKey, 32);
  return row;
}

export function decodeIdempotencyRow(row: Uint8Array): IdempotencyRow {
  if (row.length !== 64) throw new Error('an idempotency row is broken');
  return { fingerprint: row.slice(0, 32), entryKey: row.slice(32) };
}

export function sameRequest(row: IdempotencyRow, fingerprint: Uint8Array): boolean {
  return equalBytes(row.fingerprint, fingerprint);
}
