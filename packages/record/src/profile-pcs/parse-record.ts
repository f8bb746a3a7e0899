/**
 * Profile fractal-pcs 1.0: bytes that must be canonical already → record, signature and the payload that is signed.
 *
 * The payload is the canonical form of the record without `sig`. As the record is canonical, that is the record with the
 * member and one comma cut out; nothing is written again.
 *
 * NOT checked here: the signature, and that pcs_id fits the rest.
 */
import { type Result, success } from '@fractal/tlog';
import { type CanonicalCode, readCanonical } from '../canonical/canonicalize.ts';
import type { JsonObject } from '../json/ast.ts';
import { type PcsFieldCode, type PcsRecord, type RecordSignature, readSignedFields } from './fields.ts';

export interface ParsedRecord {
  readonly record: PcsRecord;
  readonly signature: RecordSignature;
  /** What the signature covers. */
  readonly payload: Uint8Array;
}

export type ParseRecordCode = CanonicalCode | 'not_canonical' | PcsFieldCode;

export function parseRecord(bytes: Uint8Array): Result<ParsedRecord, ParseRecordCode> {
  const read = readCanonical(bytes);
  if (!read.ok) return read;
  const fields = readSignedFields(read.value);
  if (!fields.ok) return fields;
  const payload = withoutSignature(bytes, read.value as JsonObject);
  return success({ ...fields.value, payload });
}

/** The bytes without the member `sig` and the comma that parts it from the next, or from the one before if it is last. */
function withoutSignature(bytes: Uint8Array, object: JsonObject): Uint8Array {
  const { members } = object;
  const at = members.findIndex((member) => member.name === 'sig');
  const next = members[at + 1];
  const from = next === undefined ? members[at - 1]!.value.end : members[at]!.start;
  const to = next === undefined ? members[at]!.value.end : next.start;
  const payload = new Uint8Array(bytes.length - (to - from));
  payload.set(bytes.subarray(0, from));
  payload.set(bytes.subarray(to), from);
  return payload;
}
