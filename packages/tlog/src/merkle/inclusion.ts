/**
 * Verifies an RFC 6962 inclusion proof (section 2.1.1; the walk of RFC 9162 section 2.1.3.2).
 *
 * Checks that a leaf hash is at `index` of the tree with this size and root. Does not check that the root is one that
 * any log signed.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { isUint64 } from '../bytes/uint64.ts';
import { HASH_BYTES, type Hash, nodeHash } from '../hash/tree-hash.ts';
import { failure, type Result, success } from '../result.ts';

export type InclusionCode = 'proof_malformed' | 'index_out_of_range' | 'inclusion_invalid';

/** `proof_malformed` when a hash has not 32 bytes, `index_out_of_range` when index ≥ size or either is no u64. */
export function verifyInclusion(input: {
  readonly leafHash: Hash;
  readonly index: bigint;
  readonly size: bigint;
  readonly proof: readonly Hash[];
  readonly root: Hash;
}): Result<void, InclusionCode> {
  const { index, size, proof, root } = input;
  if (![input.leafHash, root, ...proof].every((hash) => hash.length === HASH_BYTES)) {
    return failure('proof_malformed', 'a hash has 32 bytes');
  }
  if (!isUint64(index) || !isUint64(size) || index >= size) return failure('index_out_of_range');
  const computed = rootFromInclusion(input.leafHash, index, size, proof);
  if (computed === undefined) return failure('inclusion_invalid', 'the proof has the wrong shape');
  return equalBytes(computed, root) ? success(undefined) : failure('inclusion_invalid', 'the root is another');
}

/** The root that this proof leads to; undefined when it is too short or too long. */
function rootFromInclusion(leaf: Hash, index: bigint, size: bigint, proof: readonly Hash[]): Hash | undefined {
  let node = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0n) return undefined;
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while ((node & 1n) === 0n) {
        // The last node of a level without a right sibling goes up as it is.
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : undefined;
}
