/**
 * Which nodes a proof is made of, and how they are folded into it.
 *
 * A node is (level, index): the root of the full subtree over leaves [index·2^level, (index+1)·2^level). Logs store
 * full subtrees only, while a proof element may stand for a ragged right part of the tree; such an element is a run of
 * several full nodes, largest first, folded from the right.
 *
 * Implements PATH and PROOF of RFC 6962 sections 2.1.1 and 2.1.2.
 */
import { isUint64 } from '../bytes/uint64.ts';
import { type Hash, nodeHash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';

export interface NodeId {
  /** 0 is the leaves. */
  readonly level: number;
  readonly index: bigint;
}

/** Fetches full nodes; answers in the order asked. */
export type ReadNodes = (ids: readonly NodeId[]) => Promise<readonly Hash[]>;

/** For each element of a proof, the nodes to fold into it, largest first. */
export type ProofPlan = readonly (readonly NodeId[])[];

/** The full subtrees that tile a tree of `size` leaves, largest first: the nodes of its compact range. */
export function compactRangeNodes(size: bigint): NodeId[] {
  return nodesOfSpan(0n, size);
}

/** Plan of the inclusion proof of leaf `index` in a tree of `size`; index < size, both u64. */
export function inclusionProofNodes(input: { readonly index: bigint; readonly size: bigint }): ProofPlan {
  const { index, size } = input;
  invariant(isUint64(index) && isUint64(size) && index < size, 'leaf index is under the tree size');
  const elements: NodeId[][] = [];
  let low = 0n;
  let high = size;
  while (high - low > 1n) {
    const middle = low + splitPoint(high - low);
    if (index < middle) {
      elements.push(nodesOfSpan(middle, high));
      high = middle;
    } else {
      elements.push(nodesOfSpan(low, middle));
      low = middle;
    }
  }
  return elements.reverse();
}

/** Plan of the consistency proof between trees of `size1` ≤ `size2`; no element when size1 is 0 or equal to size2. */
export function consistencyProofNodes(input: { readonly size1: bigint; readonly size2: bigint }): ProofPlan {
  const { size1, size2 } = input;
  invariant(isUint64(size1) && isUint64(size2) && size1 <= size2, 'a log does not shrink');
  if (size1 === 0n || size1 === size2) return [];
  const elements: NodeId[][] = [];
  let low = 0n;
  let high = size2;
  while (high !== size1) {
    const middle = low + splitPoint(high - low);
    if (size1 <= middle) {
      elements.push(nodesOfSpan(middle, high));
      high = middle;
    } else {
      elements.push(nodesOfSpan(low, middle));
      low = middle;
    }
  }
  // Where the smaller tree is itself this subtree, its root is known to the verifier.
  if (low !== 0n) elements.push(nodesOfSpan(low, high));
  return elements.reverse();
}

/** Proof of leaf `index` in the tree of `size`, from the leaf's sibling up. */
export async function inclusionProof(input: {
  readonly index: bigint;
  readonly size: bigint;
  readonly readNodes: ReadNodes;
}): Promise<Hash[]> {
  return readProof(inclusionProofNodes(input), input.readNodes);
}

/** Proof that the tree of `size1` is a prefix of the tree of `size2`. */
export async function consistencyProof(input: {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly readNodes: ReadNodes;
}): Promise<Hash[]> {
  return readProof(consistencyProofNodes(input), input.readNodes);
}

async function readProof(plan: ProofPlan, readNodes: ReadNodes): Promise<Hash[]> {
  const ids = plan.flat();
  const hashes = ids.length === 0 ? [] : await readNodes(ids);
  invariant(hashes.length === ids.length, 'readNodes answers every node');
  let at = 0;
  return plan.map((element) => {
    const run = hashes.slice(at, at + element.length);
    at += element.length;
    return run.reduceRight((right, left) => nodeHash(left, right));
  });
}

/** The largest power of two under `count`; count ≥ 2. */
function splitPoint(count: bigint): bigint {
  return 1n << BigInt((count - 1n).toString(2).length - 1);
}

/** Full nodes that tile [low, high), where low is a multiple of a power of two ≥ high − low. */
function nodesOfSpan(low: bigint, high: bigint): NodeId[] {
  const nodes: NodeId[] = [];
  let at = low;
  const bits = (high - low).toString(2);
  for (let level = bits.length - 1, i = 0; level >= 0; level--, i++) {
    if (bits[i] !== '1') continue;
    nodes.push({ level, index: at >> BigInt(level) });
    at += 1n << BigInt(level);
  }
  return nodes;
}
