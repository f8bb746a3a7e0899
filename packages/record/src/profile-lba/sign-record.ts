/**
 * Profile fractal-lba-kakeya 0.1: signing as the deployed agents do, for tests and for moving them over. The bytes are kept
 * as they are; `sig` is put in before the closing brace.
 *
 * Fields and id are checked, the structural checks are not: an agent signs what it measured.
 */
import { concatBytes, failure, type Result, success, toBase64, utf8Encode } from '@fractal/tlog';
import { parseJson } from '../json/reader.ts';
import type { SignedRecord } from '../profile-pcs/sign-record.ts';
import { type SigningKey, signMessage } from '../signature/keys.ts';
import { readAgentFields } from './fields.ts';
import { agentPayload } from './payload.ts';
import { agentPcsId, type ParseAgentCode } from './verify-record.ts';

export type SignAgentCode = ParseAgentCode | 'record_pcs_id_mismatch' | 'alg_unknown' | 'key_malformed';

/** `record` is JSON text in bytes without `sig`. Only HMAC-SHA-256 keys: another is `alg_unknown`. */
export function signAgentRecord(options: {
  readonly record: Uint8Array;
  readonly key: SigningKey;
}): Result<SignedRecord, SignAgentCode> {
  const { record, key } = options;
  const read = parseJson(record);
  if (!read.ok) return read;
  const fields = readAgentFields(read.value, { signed: false });
  if (!fields.ok) return fields;
  const id = agentPcsId(fields.value);
  if (!id.ok) return id;
  if (key.alg !== 'hmac-sha256') return failure('alg_unknown');
  const payload = agentPayload(fields.value);
  const signature = signMessage({ key, message: payload });
  if (!signature.ok) return signature;
  const tail = utf8Encode(`,"sig":"${toBase64(signature.value)}"}`);
  return success({ record: concatBytes(record.subarray(0, read.value.end - 1), tail), payload });
}
