/**
 * Which entry has a key: a tree of checked rows in which *absence* is proven too. A table of one row a key would answer
 * "not there" for a key whose row was lost or whose key bytes were damaged, and its record would be logged twice (I3).
 *
 *     node (depth d, first d bits of a key) → 0x00                                   its two children are at depth d + 1
 *                                           → 0x01 ‖ (key (32) ‖ index (8)) …        all keys that begin with these bits
 *
 * A key is looked for in the one leaf on its path. From the root down each node is there or the tree is damaged; a leaf
 * says all keys it has, under its check. A leaf of more than 32 keys becomes an inner node with two leaves, so that a row
 * fits in a third of a page whoever chooses the keys: to make the tree deeper costs twice the work a level.
 *
 * Inner nodes stay inner nodes. So a walk down from the root is right even while commits go on beside it; guesses (the depth
 * where the last leaf was) only save steps, and decide nothing but that a leaf was found.
 *
 * Not noticed here: a row that is back in an older version of itself. The scrubber, which looks for the key of every
 * entry, notices.
 */
import { CorruptRow, type KeyPair } from '@fractal/ledger';
import { equalBytes } from '@fractal/tlog';
import type { Table } from '../disk/key-value.ts';
import { readUint64, uint64 } from './entry-row.ts';

export const INNER = 0;
export const LEAF = 1;
const KEY_BYTES = 32;
const PAIR_BYTES = KEY_BYTES + 8;
export const LEAF_PAIRS_MAX = 32;
/** Steps from the guessed depth before the walk starts at the root. */
const GUESS_STEPS = 3;

export const INNER_ROW = Uint8Array.of(INNER);
const EMPTY_LEAF = Uint8Array.of(LEAF);

/** Reads a node's row; throws CorruptRow for a damaged one. */
type ReadNode = (nodeKey: Uint8Array) => Uint8Array | undefined;

export class KeyTree {
  readonly #table: Table;
  readonly #isEmpty: () => boolean;
  #guessedDepth = 0;

  /**
   * @param table a checked table
   * @param isEmpty whether the log has no entry: then, and only then, there is no root
   */
  constructor(table: Table, isEmpty: () => boolean) {
    this.#table = table;
    this.#isEmpty = isEmpty;
  }

  /** The index under a key, undefined where it is proven that there is none. @throws CorruptRow */
  find(key: Uint8Array): number | undefined {
    const leaf = this.#leafOf(key, (nodeKey) => this.#table.get(nodeKey));
    return leaf === undefined ? undefined : indexIn(leaf.row, key);
  }

  /** Inside a transaction. Returns the first pair whose key is there already; the transaction must then fail. @throws CorruptRow */
  insert(pairs: readonly KeyPair[]): KeyPair | undefined {
    const changed = new Map<string, Uint8Array>();
    const read: ReadNode = (nodeKey) => changed.get(nameOf(nodeKey)) ?? this.#table.get(nodeKey);
    for (const pair of pairs) {
      const leaf = this.#leafOf(pair.key, read) ?? { depth: 0, row: EMPTY_LEAF };
      if (indexIn(leaf.row, pair.key) !== undefined) return pair;
      for (const [name, row] of grown(leaf, pair)) changed.set(name, row);
    }
    for (const [name, row] of changed) this.#table.put(Buffer.from(name, 'latin1'), row);
    return undefined;
  }

  /** Inside a transaction: an empty tree, which has its root. */
  begin(): void {
    this.#table.put(nodeKeyOf(new Uint8Array(KEY_BYTES), 0), EMPTY_LEAF);
  }

  #leafOf(key: Uint8Array, read: ReadNode): Leaf | undefined {
    const leaf = this.#guessedLeaf(key, read) ?? this.#leafFromRoot(key, read);
    if (leaf !== undefined) this.#guessedDepth = leaf.depth;
    return leaf;
  }

  #guessedLeaf(key: Uint8Array, read: ReadNode): Leaf | undefined {
    for (let depth = this.#guessedDepth, step = 0; depth >= 0 && step < GUESS_STEPS; step += 1) {
      const row = readGuess(read, nodeKeyOf(key, depth));
      if (row?.[0] === LEAF) return { depth, row };
      depth += row === undefined ? -1 : 1;
    }
    return undefined;
  }

  #leafFromRoot(key: Uint8Array, read: ReadNode): Leaf | undefined {
    for (let depth = 0; depth <= KEY_BYTES * 8; depth += 1) {
      const row = read(nodeKeyOf(key, depth));
      if (row === undefined && depth === 0 && this.#isEmpty()) return undefined;
      if (row === undefined) throw new CorruptRow(`${nodeName(nodeKeyOf(key, depth))} is missing`);
      if (row[0] === LEAF) return { depth, row };
    }
    throw new CorruptRow('the tree of keys has no leaf for a key');
  }
}

/** A damaged row where a guess looked may be a stray that is on nobody's path: the walk from the root decides. */
function readGuess(read: ReadNode, nodeKey: Uint8Array): Uint8Array | undefined {
  try {
    return read(nodeKey);
  } catch (error) {
    if (error instanceof CorruptRow) return undefined;
    throw error;
  }
}

interface Leaf {
  readonly depth: number;
  readonly row: Uint8Array;
}

/** The rows that a leaf becomes with one pair more: itself, or an inner node and leaves below it. */
function grown({ depth, row }: Leaf, pair: KeyPair): [string, Uint8Array][] {
  const { key } = pair;
  const larger = Buffer.concat([row, key, uint64(pair.index)]);
  if (larger.length <= 1 + LEAF_PAIRS_MAX * PAIR_BYTES) return [[nameOf(nodeKeyOf(key, depth)), larger]];
  return leavesOf(pairsIn(larger), key, depth);
}

/** The rows of a subtree: node `depth` bits below the root on the path of `key`, with all these pairs under it. */
export function leavesOf(pairs: readonly KeyPair[], path: Uint8Array, depth: number): [string, Uint8Array][] {
  const name = nameOf(nodeKeyOf(path, depth));
  if (pairs.length <= LEAF_PAIRS_MAX) return [[name, leafRow(pairs)]];
  const [zeros, ones] = [0, 1].map((bit) => pairs.filter(({ key }) => bitOf(key, depth) === bit));
  const [left, right] = [0, 1].map((bit) => withBit(path, depth, bit));
  return [[name, INNER_ROW], ...leavesOf(zeros!, left!, depth + 1), ...leavesOf(ones!, right!, depth + 1)];
}

function leafRow(pairs: readonly KeyPair[]): Uint8Array {
  return Buffer.concat([EMPTY_LEAF, ...pairs.flatMap(({ key, index }) => [key, uint64(index)])]);
}

export function pairsIn(row: Uint8Array): KeyPair[] {
  const pairs: KeyPair[] = [];
  for (let at = 1; at < row.length; at += PAIR_BYTES) {
    pairs.push({ key: row.subarray(at, at + KEY_BYTES), index: readUint64(row.subarray(at + KEY_BYTES)) });
  }
  return pairs;
}

function indexIn(row: Uint8Array, key: Uint8Array): number | undefined {
  for (let at = 1; at < row.length; at += PAIR_BYTES) {
    if (row[at] !== key[0] || row[at + 1] !== key[1] || row[at + 31] !== key[31]) continue;
    if (equalBytes(row.subarray(at, at + KEY_BYTES), key)) return readUint64(row.subarray(at + KEY_BYTES));
  }
  return undefined;
}

/** Key of the node on the path of `key`: depth (1) ‖ its first bits, the rest of the last byte zero. */
export function nodeKeyOf(key: Uint8Array, depth: number): Uint8Array {
  const bytes = (depth + 7) >> 3;
  const nodeKey = new Uint8Array(1 + bytes);
  nodeKey[0] = depth;
  nodeKey.set(key.subarray(0, bytes), 1);
  if (depth % 8 !== 0) nodeKey[bytes] = nodeKey[bytes]! & (0xff << (8 - (depth % 8)));
  return nodeKey;
}

function bitOf(key: Uint8Array, bit: number): number {
  return (key[bit >> 3]! >> (7 - (bit & 7))) & 1;
}

export function withBit(key: Uint8Array, bit: number, value: number): Uint8Array {
  const changed = new Uint8Array(key); // a copy: `slice` of a Buffer is none
  const mask = 1 << (7 - (bit & 7));
  changed[bit >> 3] = value === 1 ? changed[bit >> 3]! | mask : changed[bit >> 3]! & ~mask;
  return changed;
}

export function nameOf(nodeKey: Uint8Array): string {
  return Buffer.from(nodeKey.buffer, nodeKey.byteOffset, nodeKey.byteLength).toString('latin1');
}

/** `rows/keys/17/a1b2c0`: depth and first bits. */
export function nodeName(nodeKey: Uint8Array, tree = 'keys'): string {
  return `rows/${tree}/${nodeKey[0]}/${Buffer.from(nodeKey.subarray(1)).toString('hex')}`;
}
