/**
 * Verifies proofs (C2SP tlog-proof): this entry is in the log of this origin, by a checkpoint under this key. In this
 * order, the first failure answers: `proof_malformed`, the codes of the checkpoint, `index_out_of_range`,
 * `inclusion_invalid`.
 *
 * The extra data is handed through unauthenticated.
 */
import { type VerifiedCheckpoint, type VerifyCheckpointCode, verifyCheckpoint } from '../checkpoint/verify.ts';
import { leafHash } from '../hash/tree-hash.ts';
import { type InclusionCode, verifyInclusion } from '../merkle/inclusion.ts';
import { areKeysInPlace, type VerifierKey } from '../note/verifier-key.ts';
import { failure, type Result, success } from '../result.ts';
import type { Ed25519 } from '../signature/ed25519.ts';
import { parseProof } from './format.ts';

export type VerifyProofCode = 'proof_malformed' | VerifyCheckpointCode | InclusionCode;

export interface VerifiedProof extends VerifiedCheckpoint {
  readonly index: bigint;
  /** Not authenticated. */
  readonly extra?: Uint8Array;
}

/** `leaf` is the entry's bytes, not its hash. */
export function verifyProof(input: {
  readonly proof: Uint8Array | string;
  readonly leaf: Uint8Array;
  readonly origin: string;
  readonly verifierKey: VerifierKey;
  readonly witnessKeys?: readonly VerifierKey[];
  readonly ed25519?: Ed25519;
}): Result<VerifiedProof, VerifyProofCode> {
  const { leaf, proof: proofText, ...checkpointInput } = input;
  if (!areKeysInPlace(input.verifierKey, input.witnessKeys ?? [])) return failure('vkey_malformed');
  const parsed = parseProof(proofText);
  if (!parsed.ok) return parsed;
  const { index, proof, checkpoint, extra } = parsed.value;
  const verified = verifyCheckpoint({ ...checkpointInput, checkpoint });
  if (!verified.ok) return verified;
  const { size, root } = verified.value;
  const included = verifyInclusion({ leafHash: leafHash(leaf), index, size, proof, root });
  if (!included.ok) return included;
  return success({ ...verified.value, index, ...(extra === undefined ? {} : { extra }) });
}
