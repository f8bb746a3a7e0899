/** For tests: a small log that signs its checkpoints, and witnesses for it. */
import { formatCheckpoint } from '../checkpoint/checkpoint.ts';
import { leafHash } from '../hash/tree-hash.ts';
import { appendToRange } from '../merkle/compact-range.ts';
import { type NoteSigner, noteCosigner, noteSigner, signNote } from '../note/sign.ts';
import { leafEntry } from '../receipt/leaf.ts';
import { formatReceipt } from '../receipt/receipt.ts';
import { bytesNamed } from './samples.ts';

export const ORIGIN = 'log.example/shard-1';

export function logSigner(name = ORIGIN): NoteSigner {
  return noteSigner({ name, secretKey: bytesNamed(`log ${name}`) });
}

export function witness(name: string, timeSeconds = 1_700_000_000n): NoteSigner {
  return noteCosigner({ name, secretKey: bytesNamed(`witness ${name}`), timeSeconds });
}

/** A log of these entries: the checkpoint under these signers and a proof of each. */
export function logOf(entries: readonly Uint8Array[], signers: readonly NoteSigner[], origin = ORIGIN) {
  const { size, root, proofs } = appendToRange({ size: 0, range: [], leafHashes: entries.map(leafHash) });
  return { size: BigInt(size), root, proofs, checkpoint: signNote(formatCheckpoint({ origin, size, root }), signers) };
}

/** The receipt of a body at `index` of a log whose other entries are made up. */
export function receiptOf(input: {
  readonly body: Uint8Array;
  readonly index?: number;
  readonly size?: number;
  readonly signers?: readonly NoteSigner[];
  readonly origin?: string;
}): string {
  const { body, index = 3, size = 6, signers = [logSigner()], origin = ORIGIN } = input;
  const tag = bytesNamed('tag', 16);
  const salt = bytesNamed('salt', 16);
  const entries = Array.from({ length: size }, (_, i) => bytesNamed(`entry ${i}`));
  entries[index] = leafEntry({ tag, salt, body });
  const { proofs, checkpoint } = logOf(entries, signers, origin);
  return formatReceipt({ tag, salt, body, index, proof: proofs[index]!, checkpoint });
}
