/** Transparency-log formats. Pure: reads no clock, no randomness, no environment; see README.md. */
export { fromBase64, toBase64 } from './bytes/base64.ts';
export { compareBytes, concatBytes, equalBytes } from './bytes/bytes.ts';
export { fromHex, toHex } from './bytes/hex.ts';
export { isUint64, parseUint64, UINT64_MAX, uint64FromBytes, uint64ToBytes } from './bytes/uint64.ts';
export { utf8Decode, utf8Encode, utf8EncodeStrict } from './bytes/utf8.ts';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint/checkpoint.ts';
export {
  type Cosigned,
  type VerifiedCheckpoint,
  type VerifyCheckpointCode,
  verifyCheckpoint,
} from './checkpoint/verify.ts';
export { hmacSha256, type Sha256, sha256, useSha256 } from './hash/sha256.ts';
export { EMPTY_ROOT, HASH_BYTES, type Hash, leafHash, nodeHash } from './hash/tree-hash.ts';
export {
  type AppendedRange,
  appendToRange,
  type CompactRange,
  extendRange,
  rootOfRange,
} from './merkle/compact-range.ts';
export { type ConsistencyCode, type ConsistencyInput, verifyConsistency } from './merkle/consistency.ts';
export { type InclusionCode, verifyInclusion } from './merkle/inclusion.ts';
export {
  compactRangeNodes,
  consistencyProof,
  consistencyProofNodes,
  inclusionProof,
  inclusionProofNodes,
  type NodeId,
  type ProofPlan,
  type ReadNodes,
} from './merkle/proof-nodes.ts';
export { COSIGNATURE_TIME_MAX, signCosignature, verifyCosignature } from './note/cosignature.ts';
export { isKeyName } from './note/key-name.ts';
export { type OpenedNote, type OpenNoteCode, openNote, type VerifiedSignature } from './note/open.ts';
export {
  formatSignatureLine,
  NOTE_BYTES_MAX,
  NOTE_SIGNATURES_MAX,
  type NoteGrammarCode,
  type NoteSignature,
  type ParsedNote,
  parseNote,
} from './note/parse.ts';
export { cosignNote, type NoteSigner, noteCosigner, noteSigner, signNote } from './note/sign.ts';
export {
  formatVerifierKey,
  keyIdOf,
  makeVerifierKey,
  parseVerifierKey,
  type SignatureType,
  TYPE_COSIGNATURE,
  TYPE_ED25519,
  type VerifierKey,
} from './note/verifier-key.ts';
export { type PolicyLog, parsePolicy, type Quorum, type TlogPolicy } from './policy/parse.ts';
export { satisfies, verifyCheckpointByPolicy } from './policy/verify.ts';
export { formatProof, type LogProof, PROOF_BYTES_MAX, PROOF_HASHES_MAX, parseProof } from './proof/format.ts';
export { type VerifiedProof, type VerifyProofCode, verifyProof } from './proof/verify.ts';
export { BODY_BYTES_MAX, entryTag, LEAF_ENTRY_BYTES, leafEntry, SALT_BYTES, TAG_BYTES } from './receipt/leaf.ts';
export { formatReceipt, parseReceipt, type Receipt } from './receipt/receipt.ts';
export {
  type ReceiptTrust,
  type VerifiedReceipt,
  type VerifyReceiptCode,
  type VerifyReceiptInput,
  verifyReceipt,
} from './receipt/verify.ts';
export { type Failure, failure, type Result, success } from './result.ts';
export {
  ED25519_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  type Ed25519,
  isAcceptableEd25519Key,
  nobleEd25519,
} from './signature/ed25519.ts';
export { ENTRY_BYTES_MAX, encodeBundle, parseBundle } from './tile/bundle.ts';
export { newTiles, tilesForSize } from './tile/growth.ts';
export {
  formatTilePath,
  parseTilePath,
  TILE_HEIGHT,
  TILE_LEVEL_MAX,
  TILE_WIDTH,
  type TileCoordinate,
  tilePath,
} from './tile/path.ts';
export { type ReadTile, TileUnavailableError, tileReader } from './tile/reader.ts';
