/** Records: strict parsing, canonical forms, ids, commitments, signatures. Pure; see README.md. */
export {
  canonicalJson,
  canonicalJsonText,
  NoCanonicalForm,
  type PlainJson,
  tryCanonicalJson,
} from './canonical/canonical-json.ts';
export {
  type CanonicalCode,
  canonicalize,
  canonicalizeJcs,
  isCanonical,
  readCanonical,
} from './canonical/canonicalize.ts';
export { DECIMAL_MAX, ninePlace, tryNinePlace } from './canonical/nine-place.ts';
export { canonicalNumber, isIntegerToken } from './canonical/number-token.ts';
export {
  CONTENT_ITEMS_MAX,
  type ContentItem,
  type ContentKind,
  checkContent,
  checkItem,
  itemHash,
  merkleRoot,
  verifyContent,
} from './content/content.ts';
export { formatInstant, parseInstant } from './id/instant.ts';
export { isName } from './id/names.ts';
export { isMerkleRoot, isPcsId, type MerkleRoot, type PcsId, pcsId } from './id/pcs-id.ts';
export {
  type JsonArray,
  type JsonBoolean,
  type JsonMember,
  type JsonNull,
  type JsonNumber,
  type JsonObject,
  type JsonString,
  type JsonValue,
  memberOf,
} from './json/ast.ts';
export type { FieldCode } from './json/fields.ts';
export {
  JSON_BYTES_MAX,
  JSON_DEPTH_MAX,
  type JsonCode,
  type JsonLimits,
  parseJson,
} from './json/reader.ts';
export {
  type Profile,
  signRecord,
  type VerifiedRecord,
  type VerifyRecordCode,
  verifyRecord,
} from './profile/verify-record.ts';
export { type AgentCheck, expectedBudget, failedAgentChecks, medianSlope, regimeOf } from './profile-lba/checks.ts';
export type { AgentRecord, AgentScale } from './profile-lba/fields.ts';
export { agentReal, agentString, pythonRepr } from './profile-lba/python-repr.ts';
export { type SignAgentCode, signAgentRecord } from './profile-lba/sign-record.ts';
export {
  AGENT_SCHEMA,
  AGENT_VERSION,
  type AuthenticAgentRecord,
  authenticateAgentRecord,
  type ParseAgentCode,
  parseAgentRecord,
  type VerifyAgentCode,
  verifyAgentRecord,
} from './profile-lba/verify-record.ts';
export { buildRecord, type RecordInput, type UnsignedRecord } from './profile-pcs/build-record.ts';
export {
  type ContentMode,
  isKid,
  PCS_SCHEMA,
  PCS_VERSION,
  type PcsFieldCode,
  type PcsRecord,
  type RecordSignature,
  type Usage,
} from './profile-pcs/fields.ts';
export { type ParsedRecord, type ParseRecordCode, parseRecord } from './profile-pcs/parse-record.ts';
export { type SignedRecord, type SignRecordCode, signPcsRecord } from './profile-pcs/sign-record.ts';
export {
  type VerifiedPcsRecord,
  type VerifyOptions,
  type VerifyPcsCode,
  verifyPcsRecord,
} from './profile-pcs/verify-record.ts';
export {
  isSignatureAlg,
  type SignatureAlg,
  type SignatureCode,
  type SigningKey,
  type VerificationKey,
  verifySignature,
} from './signature/keys.ts';
