/**
 * Profile fractal-lba-kakeya 0.1: reading and verifying records of deployed agents. In this order, the first fault wins:
 * JSON and field types, signature (HMAC-SHA-256 over the payload itself, never over a digest of it), pcs_id, schema and
 * version, structural checks.
 *
 * NOT checked here: whose key it is (hand in only keys of the tenant that is asking); v_star, seed, attempt, sent_at, ft,
 * which nothing signs.
 */
import { failure, fromBase64, type Result, sha256, success } from '@fractal/tlog';
import { isMerkleRoot, type PcsId, pcsId } from '../id/pcs-id.ts';
import type { FieldCode } from '../json/fields.ts';
import { type JsonCode, parseJson } from '../json/reader.ts';
import type { VerifyOptions } from '../profile-pcs/verify-record.ts';
import { SIGNATURE_BYTES, type SignatureCode, verifyWithKeys } from '../signature/keys.ts';
import { type AgentCheck, failedAgentChecks } from './checks.ts';
import { type AgentRecord, readAgentFields } from './fields.ts';
import { agentPayload } from './payload.ts';

export const AGENT_SCHEMA = 'fractal-lba-kakeya';
export const AGENT_VERSION = '0.1';

/** A record whose signature and id hold; what it claims may still not fit (`failedChecks`). */
export interface AuthenticAgentRecord {
  readonly profile: 'fractal-lba-kakeya';
  readonly pcsId: PcsId;
  /** SHA-256 of the signed payload: two sendings are the same record when this is. */
  readonly digest: Uint8Array;
  readonly payload: Uint8Array;
  readonly alg: 'hmac-sha256';
  /** Of the key that verified; the record itself names none. */
  readonly kid: string;
  readonly record: AgentRecord;
  /** Empty when every structural check passed. */
  readonly failedChecks: readonly AgentCheck[];
}

export type ParseAgentCode = JsonCode | FieldCode;

export type VerifyAgentCode =
  | ParseAgentCode
  | SignatureCode
  | 'record_pcs_id_mismatch'
  | 'record_schema_unknown'
  | 'record_version_unknown';

export function parseAgentRecord(
  bytes: Uint8Array,
): Result<{ record: AgentRecord; payload: Uint8Array }, ParseAgentCode> {
  const read = parseJson(bytes);
  if (!read.ok) return read;
  const fields = readAgentFields(read.value, { signed: true });
  if (!fields.ok) return fields;
  return success({ record: fields.value, payload: agentPayload(fields.value) });
}

/** Everything but the structural checks, whose outcome is part of the value: the edge answers 200 or 202 by it. */
export function authenticateAgentRecord(options: VerifyOptions): Result<AuthenticAgentRecord, VerifyAgentCode> {
  const parsed = parseAgentRecord(options.bytes);
  if (!parsed.ok) return parsed;
  const { record, payload } = parsed.value;
  const signature = fromBase64(record.signature);
  if (signature === undefined || signature.length !== SIGNATURE_BYTES['hmac-sha256']) {
    return failure('signature_malformed');
  }
  const candidates = options.keys.filter((key) => key.alg === 'hmac-sha256');
  const verified = verifyWithKeys({ candidates, message: payload, signature, nowMs: options.nowMs });
  if (!verified.ok) return verified;
  const id = agentPcsId(record);
  if (!id.ok) return id;
  if (record.schema !== AGENT_SCHEMA) return failure('record_schema_unknown', 'schema');
  if (record.version !== AGENT_VERSION) return failure('record_version_unknown', 'version');
  return success({
    profile: 'fractal-lba-kakeya',
    pcsId: id.value,
    digest: sha256(payload),
    payload,
    alg: 'hmac-sha256',
    kid: verified.value.kid,
    record,
    failedChecks: failedAgentChecks(record),
  });
}

/** As `authenticateAgentRecord`; a failed structural check is `record_check_failed`, its name in `detail`. */
export function verifyAgentRecord(
  options: VerifyOptions,
): Result<AuthenticAgentRecord, VerifyAgentCode | 'record_check_failed'> {
  const authentic = authenticateAgentRecord(options);
  if (!authentic.ok) return authentic;
  const failed = authentic.value.failedChecks[0];
  return failed === undefined ? authentic : failure('record_check_failed', failed);
}

/** The id the fields call for. No id fits a merkle_root that is not 64 lower-case hex digits. */
export function agentPcsId(record: AgentRecord): Result<PcsId, 'record_pcs_id_mismatch'> {
  const { merkleRoot, epoch, shardId } = record;
  if (!isMerkleRoot(merkleRoot)) return failure('record_pcs_id_mismatch');
  const id = pcsId({ merkleRoot, epoch, stream: shardId });
  return id === record.pcsId ? success(id) : failure('record_pcs_id_mismatch');
}
