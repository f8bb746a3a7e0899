/**
 * Profile fractal-pcs 1.0: signing. The record is made canonical, its fields and its id are checked, and `sig` is set in
 * at its place in the order of names.
 */
import { concatBytes, type Ed25519, failure, type Result, success, toBase64, utf8Encode } from '@fractal/tlog';
import { canonicalJsonText, type PlainJson, tryCanonicalJson } from '../canonical/canonical-json.ts';
import { type CanonicalCode, canonicalize } from '../canonical/canonicalize.ts';
import { pcsId } from '../id/pcs-id.ts';
import type { JsonObject } from '../json/ast.ts';
import { parseJson } from '../json/reader.ts';
import { isSignatureAlg, type SigningKey, signMessage } from '../signature/keys.ts';
import { isKid, type PcsFieldCode, readUnsignedFields } from './fields.ts';

export interface SignedRecord {
  /** The canonical record with its `sig`. */
  readonly record: Uint8Array;
  /** What was signed. */
  readonly payload: Uint8Array;
}

export type SignRecordCode = CanonicalCode | PcsFieldCode | 'record_pcs_id_mismatch' | 'key_malformed';

/**
 * `record` is JSON text in bytes (any spelling; it is canonicalised) or the object to be written, in the field names of
 * the wire; either without `sig`. The key's kid has 1 to 128 visible ASCII characters, else `record_bad_field`.
 */
export function signPcsRecord(options: {
  readonly record: Uint8Array | { readonly [name: string]: PlainJson | undefined };
  readonly key: SigningKey;
  readonly ed25519?: Ed25519 | undefined;
}): Result<SignedRecord, SignRecordCode> {
  const { record, key, ed25519 } = options;
  const canonical = record instanceof Uint8Array ? canonicalize(record) : tryCanonicalJson(record);
  if (!canonical.ok) return canonical;
  const payload = canonical.value;
  const parsed = parseJson(payload);
  if (!parsed.ok) return parsed;
  const fields = readUnsignedFields(parsed.value);
  if (!fields.ok) return fields;
  if (pcsId(fields.value) !== fields.value.pcsId) return failure('record_pcs_id_mismatch');
  if (!isSignatureAlg(key.alg)) return failure('alg_unknown');
  const signature = signMessage({ key, message: payload, ed25519 });
  if (!signature.ok) return signature;
  if (!isKid(key.kid)) return failure('record_bad_field', 'sig.kid');
  const sig = { alg: key.alg, kid: key.kid, value: toBase64(signature.value) };
  return success({ record: withSignature(payload, parsed.value as JsonObject, sig), payload });
}

/** Names after `sig` always exist (stream, task, tenant, version), so it goes in front of the first of them. */
function withSignature(payload: Uint8Array, object: JsonObject, sig: { [name: string]: string }): Uint8Array {
  const next = object.members.find((member) => member.name > 'sig')!;
  const member = utf8Encode(`"sig":${canonicalJsonText(sig)},`);
  return concatBytes(payload.subarray(0, next.start), member, payload.subarray(next.start));
}
