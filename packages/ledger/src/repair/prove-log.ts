/**
 * Holds the leaves chosen for a whole log against every checkpoint of it that is in hand: the published one, the one kept
 * with the rows, those of receipts and copies. Leaves below the largest that agrees are proven. Memory: one bundle.
 */
import {
  appendToRange,
  EMPTY_ROOT,
  equalBytes,
  type Hash,
  rootOfRange,
  TILE_WIDTH,
  type VerifierKey,
  verifyCheckpoint,
} from '@fractal/tlog';
import type { Head } from '../ports/log-store.ts';
import type { ChosenLeaf } from './choose-leaves.ts';

export interface SignedTree {
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
}

/** The checkpoint in a note, if the log signed it under one of its keys. */
export function signedTree(
  note: string | Uint8Array,
  log: { readonly origin: string; readonly verifierKeys: readonly VerifierKey[] },
): SignedTree | undefined {
  for (const verifierKey of log.verifierKeys) {
    const verified = verifyCheckpoint({ checkpoint: note, origin: log.origin, verifierKey });
    if (!verified.ok) continue;
    const text = typeof note === 'string' ? note : new TextDecoder().decode(note);
    return { size: Number(verified.value.size), root: verified.value.root, note: text };
  }
  return undefined;
}

export type Proof =
  | {
      readonly ok: true;
      /** Leaves that a signed checkpoint covers. */
      readonly signed: SignedTree | undefined;
      /** The compact range of all leaves. */
      readonly range: readonly Hash[];
      /** Whether the committed head, where it is whole, is of this range. */
      readonly isOfHead: boolean;
    }
  | { readonly ok: false; readonly what: string; readonly problem: string };

export async function proveLog(input: {
  readonly size: number;
  readonly trees: readonly SignedTree[];
  readonly head: Head | undefined;
  readonly leavesFrom: (first: number) => Promise<readonly (ChosenLeaf | undefined)[]>;
}): Promise<Proof> {
  const { size, head, leavesFrom } = input;
  const trees = input.trees.filter((tree) => tree.size <= size).sort((a, b) => a.size - b.size);
  let grown: { size: number; range: readonly Hash[] } = { size: 0, range: [] };
  let signed: SignedTree | undefined;
  const compare = (): string | undefined => {
    for (const tree of trees) {
      if (tree.size !== grown.size) continue;
      if (!equalBytes(tree.root, grown.size === 0 ? EMPTY_ROOT : rootOfRange(grown.range))) {
        return `what rows, bundles and tiles agree on does not give the root that was signed over ${tree.size} entries`;
      }
      signed = tree;
    }
    return undefined;
  };
  const atStart = compare();
  if (atStart !== undefined) return { ok: false, what: 'checkpoint', problem: atStart };
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const leaves = await leavesFrom(first);
    const unknown = leaves.indexOf(undefined);
    if (unknown >= 0) {
      const problem = 'its leaf is in no row, bundle, tile or source: nothing after it can be proven';
      return { ok: false, what: `rows/entries/${first + unknown}`, problem };
    }
    const hashes = leaves.map((leaf) => leaf!.hash);
    const stops = trees.map((tree) => tree.size).filter((at) => at > first && at < first + hashes.length);
    for (const end of [...new Set(stops), first + hashes.length]) {
      const leafHashes = hashes.slice(grown.size - first, end - first);
      grown = appendToRange({ size: grown.size, range: grown.range, leafHashes });
      const problem = compare();
      if (problem !== undefined) return { ok: false, what: 'checkpoint', problem };
    }
  }
  const { range } = grown;
  const isOfHead =
    head?.size === size &&
    head.range.length === range.length &&
    range.every((hash, i) => equalBytes(hash, head.range[i]!));
  return { ok: true, signed, range, isOfHead };
}
