/**
 * Verifies an RFC 6962 consistency proof (section 2.1.2; the walk of RFC 9162 section 2.1.4.2).
 *
 * Checks that the tree of `size1` with `root1` is a prefix of the tree of `size2` with `root2`. RFC 6962 defines no
 * proof from the empty tree nor between equal sizes: both want an empty proof here, and the roots must be the empty
 * root and equal, respectively. Does not check that either root was signed.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { isUint64 } from '../bytes/uint64.ts';
import { EMPTY_ROOT, HASH_BYTES, type Hash, nodeHash } from '../hash/tree-hash.ts';
import { failure, type Result, success } from '../result.ts';

export interface ConsistencyInput {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Hash;
  readonly root2: Hash;
  readonly proof: readonly Hash[];
}

export type ConsistencyCode = 'proof_malformed' | 'index_out_of_range' | 'consistency_invalid';

/** `proof_malformed` when a hash has not 32 bytes, `index_out_of_range` when size1 > size2 or either is no u64. */
export function verifyConsistency(input: ConsistencyInput): Result<void, ConsistencyCode> {
  const { size1, size2, root1, root2, proof } = input;
  if (![root1, root2, ...proof].every((hash) => hash.length === HASH_BYTES)) {
    return failure('proof_malformed', 'a hash has 32 bytes');
  }
  if (!isUint64(size1) || !isUint64(size2) || size1 > size2) return failure('index_out_of_range');
  if (size1 === 0n || size1 === size2) return verifyWithoutProof(input);
  return verifyGrowth(input);
}

function verifyWithoutProof(input: ConsistencyInput): Result<void, 'consistency_invalid'> {
  if (input.proof.length !== 0) return failure('consistency_invalid', 'nothing is to be proven');
  if (input.size1 === 0n && !equalBytes(input.root1, EMPTY_ROOT)) {
    return failure('consistency_invalid', 'an empty tree has the empty root');
  }
  if (input.size1 === input.size2 && !equalBytes(input.root1, input.root2)) {
    return failure('consistency_invalid', 'one size, two roots');
  }
  return success(undefined);
}

/** 0 < size1 < size2. Rebuilds both roots from the proof in one walk up from the last node of the smaller tree. */
function verifyGrowth({ size1, size2, root1, root2, proof }: ConsistencyInput): Result<void, 'consistency_invalid'> {
  let node = size1 - 1n;
  let last = size2 - 1n;
  while ((node & 1n) === 1n) {
    node >>= 1n;
    last >>= 1n;
  }
  // A smaller tree that is one full subtree is its own first proof element.
  const path = node === 0n ? [root1, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return failure('consistency_invalid', 'the proof is too short');
  let smaller = first;
  let larger = first;
  for (const sibling of rest) {
    if (last === 0n) return failure('consistency_invalid', 'the proof is too long');
    if ((node & 1n) === 1n || node === last) {
      smaller = nodeHash(sibling, smaller);
      larger = nodeHash(sibling, larger);
      while ((node & 1n) === 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      larger = nodeHash(larger, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) return failure('consistency_invalid', 'the proof is too short');
  if (!equalBytes(smaller, root1)) return failure('consistency_invalid', 'the first root is another');
  if (!equalBytes(larger, root2)) return failure('consistency_invalid', 'the second root is another');
  return success(undefined);
}
