/**
 * The head of a log: its size and its compact range, and how a batch of leaves moves it.
 *
 * A compact range of a tree of `size` leaves is the list of roots of the full subtrees that tile it, largest first:
 * one for each bit set in `size`. Every left sibling that a new leaf's proof can need is either in that list or under
 * the batch, so the old range and the batch alone give the new root and a proof for each new leaf.
 *
 *     size 6 = 110₂        range = [ root of leaves 0–3, root of leaves 4–5 ]
 *
 * Sizes are numbers (≤ 2^53 − 1) because this is the writer's side. The input is our own: broken promises throw.
 */
import { EMPTY_ROOT, type Hash, nodeHash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';

/** Roots of the full subtrees that tile a tree, largest first; popcount(size) of them. */
export type CompactRange = readonly Hash[];

/** A log's head together with the proofs of the leaves that made it. */
export interface AppendedRange {
  readonly size: number;
  readonly range: CompactRange;
  readonly root: Hash;
  /** For each new leaf in order, its inclusion proof in the tree of `size`, from the leaf's sibling up. */
  readonly proofs: readonly (readonly Hash[])[];
}

/** What one level of the tree holds of the batch: the full nodes from `start` (even) on, and the edge beside them. */
interface Level {
  /** Full nodes at this level that are new, after the one of the old range if the old size has this level's bit. */
  readonly nodes: readonly Hash[];
  /** 1 when nodes[0] is of the old range. */
  readonly oldNodes: number;
  /** Root over the leaves right of the last full node at this level, if there are any. */
  readonly edge: Hash | undefined;
}

/** Root of the tree whose compact range this is. */
export function rootOfRange(range: CompactRange): Hash {
  let root = range.at(-1) ?? EMPTY_ROOT;
  for (let i = range.length - 2; i >= 0; i--) root = nodeHash(range[i]!, root);
  return root;
}

/**
 * Appends leaves (their hashes) to a tree known by its size and range alone. About one node hash a leaf, plus one a
 * level of the tree. The proofs share their hashes; nothing of the input is written to.
 */
export function appendToRange(input: {
  readonly size: number;
  readonly range: CompactRange;
  readonly leafHashes: readonly Hash[];
}): AppendedRange {
  const { size: oldSize, range: oldRange, leafHashes } = input;
  const size = oldSize + leafHashes.length;
  invariant(Number.isSafeInteger(oldSize) && oldSize >= 0 && Number.isSafeInteger(size), 'tree size is safe');
  const { levels, range, root } = grow(oldSize, oldRange, leafHashes);
  return { size, range, root, proofs: leafHashes.map((_, i) => proofOfNewLeaf(levels, i)) };
}

/** As `appendToRange`, without proofs: what a reader needs that recomputes a root, in memory bounded by the batch. */
export function extendRange(input: {
  readonly size: number;
  readonly range: CompactRange;
  readonly leafHashes: readonly Hash[];
}): { readonly size: number; readonly range: CompactRange } {
  const size = input.size + input.leafHashes.length;
  invariant(Number.isSafeInteger(input.size) && input.size >= 0 && Number.isSafeInteger(size), 'tree size is safe');
  return { size, range: grow(input.size, input.range, input.leafHashes).range };
}

/** Levels 0 up to the one on which the whole new tree is one node, or one node and an edge. */
function grow(
  oldSize: number,
  oldRange: CompactRange,
  leafHashes: readonly Hash[],
): { readonly levels: readonly Level[]; readonly range: CompactRange; readonly root: Hash } {
  const newSize = oldSize + leafHashes.length;
  const levels: Level[] = [];
  const smallestFirst: Hash[] = [];
  let fresh = leafHashes;
  let oldLeft = oldRange.length;
  let edge: Hash | undefined;
  for (let width = 1; width <= newSize; width *= 2) {
    const oldNodes = Math.floor(oldSize / width) % 2;
    const nodes = oldNodes === 1 ? [oldRange[--oldLeft]!, ...fresh] : fresh;
    levels.push({ nodes, oldNodes, edge });
    if (Math.floor(newSize / width) % 2 === 1) {
      const last = nodes.at(-1)!;
      smallestFirst.push(last);
      edge = edge === undefined ? last : nodeHash(last, edge);
    }
    fresh = pairUp(nodes);
  }
  invariant(oldLeft === 0, 'a compact range has popcount(size) hashes');
  return { levels, range: smallestFirst.reverse(), root: edge ?? EMPTY_ROOT };
}

function pairUp(nodes: readonly Hash[]): Hash[] {
  const parents: Hash[] = new Array(nodes.length >> 1);
  for (let i = 0; i < parents.length; i++) parents[i] = nodeHash(nodes[2 * i]!, nodes[2 * i + 1]!);
  return parents;
}

function proofOfNewLeaf(levels: readonly Level[], batchIndex: number): Hash[] {
  const proof: Hash[] = [];
  let position = batchIndex;
  for (const { nodes, oldNodes, edge } of levels) {
    position += oldNodes;
    const sibling = position ^ 1;
    if (sibling < nodes.length) proof.push(nodes[sibling]!);
    else if (sibling === nodes.length && edge !== undefined) proof.push(edge);
    position >>= 1;
  }
  return proof;
}
