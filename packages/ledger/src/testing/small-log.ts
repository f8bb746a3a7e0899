/** Someone else's log for the tests of a witness: signed checkpoints of any size, proofs between them, and forks of it. */
import {
  appendToRange,
  consistencyProof,
  EMPTY_ROOT,
  formatCheckpoint,
  type Hash,
  leafHash,
  type NoteSigner,
  nodeHash,
  noteSigner,
  sha256,
  signNote,
  utf8Encode,
  type VerifierKey,
} from '@fractal/tlog';
import { formatAddCheckpoint } from '../witness/request.ts';

export interface SmallLog {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly verifierKey: VerifierKey;
  rootAt(size: number): Hash;
  checkpoint(size: number): string;
  proof(from: number, to: number): Promise<Hash[]>;
  /** The body of add-checkpoint: from one size to another, with the proof between them. */
  request(from: number, to: number): Promise<Uint8Array>;
}

/** Entries from `forkAt` on are others than those of the log without it. */
export function smallLog({ origin = 'other.example/log', forkAt = Number.POSITIVE_INFINITY } = {}): SmallLog {
  const signer = noteSigner({ name: origin, secretKey: sha256(utf8Encode(`key of ${origin}`)) });
  const leaf = (n: number): Hash => leafHash(utf8Encode(`${origin} ${n}${n >= forkAt ? ' forked' : ''}`));
  const node = (level: number, index: number): Hash =>
    level === 0 ? leaf(index) : nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  const rootAt = (size: number): Hash =>
    size === 0
      ? EMPTY_ROOT
      : appendToRange({ size: 0, range: [], leafHashes: Array.from({ length: size }, (_, n) => leaf(n)) }).root;
  const checkpoints = new Map<number, string>();
  const checkpoint = (size: number): string => {
    const made = checkpoints.get(size) ?? signNote(formatCheckpoint({ origin, size, root: rootAt(size) }), [signer]);
    checkpoints.set(size, made);
    return made;
  };
  const proof = (from: number, to: number): Promise<Hash[]> =>
    consistencyProof({
      size1: BigInt(from),
      size2: BigInt(to),
      readNodes: async (ids) => ids.map(({ level, index }) => node(level, Number(index))),
    });
  return {
    origin,
    signer,
    verifierKey: signer.verifierKey,
    rootAt,
    checkpoint,
    proof,
    request: async (from, to) =>
      utf8Encode(
        formatAddCheckpoint({
          oldSize: from,
          proof: from < to ? await proof(from, to) : [],
          checkpoint: checkpoint(to),
        }),
      ),
  };
}
