/**
 * Profile fractal-pcs 1.0: verifying. In this order, the first fault wins: JSON, range of numbers, canonical form, fields,
 * signature, pcs_id.
 *
 * NOT checked here: that the content in hand has the record's merkle_root (`verifyContent`), whose tenant a key is
 * (hand in only keys of the tenant that is asking), and whether `sent_at` is recent.
 */
import { type Ed25519, failure, fromBase64, type Result, sha256, success } from '@fractal/tlog';
import { type PcsId, pcsId } from '../id/pcs-id.ts';
import {
  SIGNATURE_BYTES,
  type SignatureAlg,
  type SignatureCode,
  type VerificationKey,
  verifyWithKeys,
} from '../signature/keys.ts';
import type { PcsRecord } from './fields.ts';
import { type ParseRecordCode, parseRecord } from './parse-record.ts';

export interface VerifiedPcsRecord {
  readonly profile: 'fractal-pcs';
  readonly pcsId: PcsId;
  /** SHA-256 of the signed payload: two records are the same when this is. */
  readonly digest: Uint8Array;
  readonly payload: Uint8Array;
  readonly alg: SignatureAlg;
  readonly kid: string;
  readonly record: PcsRecord;
}

export type VerifyPcsCode = ParseRecordCode | SignatureCode | 'record_pcs_id_mismatch';

export interface VerifyOptions {
  readonly bytes: Uint8Array;
  readonly keys: readonly VerificationKey[];
  /** Milliseconds since 1970; without it the windows of the keys are not looked at. */
  readonly nowMs?: number | undefined;
  readonly ed25519?: Ed25519 | undefined;
}

export function verifyPcsRecord(options: VerifyOptions): Result<VerifiedPcsRecord, VerifyPcsCode> {
  const parsed = parseRecord(options.bytes);
  if (!parsed.ok) return parsed;
  const { record, signature, payload } = parsed.value;
  const { alg, kid } = signature;
  const value = fromBase64(signature.value);
  if (value === undefined || value.length !== SIGNATURE_BYTES[alg]) return failure('signature_malformed');
  const candidates = options.keys.filter((key) => key.kid === kid && key.alg === alg);
  const { nowMs, ed25519 } = options;
  const verified = verifyWithKeys({ candidates, message: payload, signature: value, nowMs, ed25519 });
  if (!verified.ok) return verified;
  if (pcsId(record) !== record.pcsId) return failure('record_pcs_id_mismatch');
  return success({ profile: 'fractal-pcs', pcsId: record.pcsId, digest: sha256(payload), payload, alg, kid, record });
}
