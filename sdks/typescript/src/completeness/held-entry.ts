/** An entry as its tenant holds it: the private half of a leaf. */
import { entryTag, equalBytes, leafEntry, parseReceipt, type Result, success } from '@fractal/tlog';

export interface HeldEntry {
  readonly index: bigint;
  /** 16 bytes. */
  readonly tag: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * What a receipt holds of its entry. Nothing is verified: `checkCompleteness` compares it with the log, `verifyReceipt`
 * checks the receipt by itself.
 */
export function entryOfReceipt(
  receipt: string | Uint8Array,
): Result<HeldEntry, 'proof_malformed' | 'receipt_malformed'> {
  const parsed = parseReceipt(receipt);
  if (!parsed.ok) return parsed;
  const { index, tag, salt, body } = parsed.value;
  return success({ index, tag, salt, body });
}

/** Whether this is the entry that the leaf commits to. */
export function isEntryOf(held: HeldEntry, leaf: Uint8Array): boolean {
  if (held.tag.length !== 16 || held.salt.length !== 16) return false;
  return equalBytes(leafEntry(held), leaf);
}

/** Leaves of one tenant: those with its tag. */
export function tagOfBundle(tagKey: Uint8Array, origin: string, bundle: number): (leaf: Uint8Array) => boolean {
  const tag = entryTag({ tagKey, origin, index: bundle * 256 });
  return (leaf) => leaf.length === 49 && leaf[0] === 1 && equalBytes(leaf.subarray(1, 17), tag);
}
