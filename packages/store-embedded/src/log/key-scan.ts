/**
 * The tree of keys, looked at row by row and mended in place. A damaged inner node says nothing that its children do not: it
 * is one again. A damaged leaf is made again from all keys that begin with its bits, which the caller brings.
 *
 * A node that is damaged or gone was an inner node where any row lies below it, else a leaf. A stray row (one whose own key
 * was damaged) may make a leaf look like an inner node; its children are then leaves that are gone, and are made again.
 */
import { CorruptRow, type KeyPair, type KeyScan } from '@fractal/ledger';
import type { Table } from '../disk/key-value.ts';
import { INNER, INNER_ROW, LEAF, leavesOf, nameOf, nodeKeyOf, nodeName, pairsIn, withBit } from './key-tree.ts';

const KEY_BYTES = 32;
const DEPTH_MAX = 255;

/** A node by the first key on its path and its depth. */
interface Node {
  readonly path: Uint8Array;
  readonly depth: number;
}

export interface ScannedKeys extends KeyScan {
  /** Keys in whole leaves. */
  readonly count: number;
  readonly inner: readonly Node[];
  readonly leaves: readonly Node[];
}

/** @param isEmpty whether the log has no entry, and so no root */
export function scanKeyTree(checked: Table, raw: Table, isEmpty: boolean, tree = 'keys'): ScannedKeys {
  const damaged: string[] = [];
  const inner: Node[] = [];
  const leaves: Node[] = [];
  const indices = new Indices();
  let count = 0;
  const waiting: Node[] = isEmpty ? [] : [{ path: new Uint8Array(KEY_BYTES), depth: 0 }];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const nodeKey = nodeKeyOf(node.path, node.depth);
    const row = readOf(checked, nodeKey);
    if (row?.[0] === LEAF) {
      const pairs = pairsIn(row);
      count += pairs.length;
      for (const { index } of pairs) indices.add(index);
      continue;
    }
    if (row === undefined) damaged.push(nodeName(nodeKey, tree));
    if (row === undefined && !hasBelow(raw, node)) {
      leaves.push(node);
      continue;
    }
    if (row?.[0] !== INNER) inner.push(node);
    for (const bit of [1, 0]) waiting.push({ path: withBit(node.path, node.depth, bit), depth: node.depth + 1 });
  }
  const lost = new Set(leaves.map(({ path, depth }) => nameOf(nodeKeyOf(path, depth))));
  const depths = [...new Set(leaves.map(({ depth }) => depth))];
  return {
    damaged,
    count,
    inner,
    leaves,
    hasKeyOf: (index) => indices.has(index),
    isLost: (key) => depths.some((depth) => lost.has(nameOf(nodeKeyOf(key, depth)))),
  };
}

/** Inside a transaction: puts back what the scan found damaged, with `lost`, all keys that were in the damaged leaves. */
export function mendKeyTree(checked: Table, { inner, leaves }: ScannedKeys, lost: readonly KeyPair[]): void {
  for (const { path, depth } of inner) checked.put(nodeKeyOf(path, depth), INNER_ROW);
  for (const { path, depth } of leaves) {
    const name = nameOf(nodeKeyOf(path, depth));
    const pairs = lost.filter(({ key }) => nameOf(nodeKeyOf(key, depth)) === name);
    for (const [below, row] of leavesOf(pairs, path, depth)) checked.put(Buffer.from(below, 'latin1'), row);
  }
}

function readOf(table: Table, nodeKey: Uint8Array): Uint8Array | undefined {
  try {
    return table.get(nodeKey);
  } catch (error) {
    if (error instanceof CorruptRow) return undefined;
    throw error;
  }
}

/** Whether any row, whole or not, lies at a node below this one. */
function hasBelow(raw: Table, { path, depth }: Node): boolean {
  for (let below = depth + 1; below <= DEPTH_MAX; below += 1) {
    const start = nodeKeyOf(path, below);
    const [first] = raw.range({ start, limit: 1 });
    // Rows are sorted by depth: past the last depth there is nothing.
    if (first === undefined) return false;
    if (first.key[0] !== below) {
      below = Math.max(below, (first.key[0] ?? below) - 1);
      continue;
    }
    const begins = nameOf(nodeKeyOf(padded(first.key.subarray(1)), depth)) === nameOf(nodeKeyOf(path, depth));
    if (begins) return true;
  }
  return false;
}

function padded(bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  key.set(bytes.subarray(0, KEY_BYTES));
  return key;
}

/** A set of indices: one bit each, so that millions of entries take a megabyte. */
class Indices {
  #bits = new Uint8Array(1 << 16);

  add(index: number): void {
    const at = Math.floor(index / 8);
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[at] = this.#bits[at]! | (1 << (index % 8));
  }

  has(index: number): boolean {
    return ((this.#bits[Math.floor(index / 8)] ?? 0) & (1 << (index % 8))) !== 0;
  }
}
