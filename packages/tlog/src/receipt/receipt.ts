/**
 * Receipts (DESIGN section 4): a `tlog-proof` whose extra data is what the leaf commits to.
 *
 *     extra = tag (16) ‖ salt (16) ‖ body (1 to 65,535)
 *
 * Parsing proves nothing; `verify.ts` does.
 */

import type { Hash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';
import { formatProof, type LogProof, parseProof } from '../proof/format.ts';
import { failure, type Result, success } from '../result.ts';
import { BODY_BYTES_MAX, SALT_BYTES, TAG_BYTES } from './leaf.ts';

export interface Receipt extends LogProof {
  readonly tag: Uint8Array;
  readonly salt: Uint8Array;
  readonly body: Uint8Array;
}

/** The text of a receipt; `checkpoint` is the signed note under which `proof` holds. */
export function formatReceipt(input: {
  readonly tag: Uint8Array;
  readonly salt: Uint8Array;
  readonly body: Uint8Array;
  readonly index: bigint | number;
  readonly proof: readonly Hash[];
  readonly checkpoint: string;
}): string {
  const { tag, salt, body, index, proof, checkpoint } = input;
  invariant(tag.length === TAG_BYTES && salt.length === SALT_BYTES, 'a tag and a salt have 16 bytes');
  invariant(body.length > 0 && body.length <= BODY_BYTES_MAX, 'a body has 1 to 65,535 bytes');
  const extra = new Uint8Array(TAG_BYTES + SALT_BYTES + body.length);
  extra.set(tag);
  extra.set(salt, TAG_BYTES);
  extra.set(body, TAG_BYTES + SALT_BYTES);
  return formatProof({ index, proof, checkpoint, extra });
}

/** `proof_malformed` when it is no tlog-proof, `receipt_malformed` when its extra data is not tag, salt and body. */
export function parseReceipt(receipt: Uint8Array | string): Result<Receipt, 'proof_malformed' | 'receipt_malformed'> {
  const parsed = parseProof(receipt);
  if (!parsed.ok) return parsed;
  const { extra } = parsed.value;
  const bodyStart = TAG_BYTES + SALT_BYTES;
  if (extra === undefined || extra.length <= bodyStart || extra.length > bodyStart + BODY_BYTES_MAX) {
    return failure('receipt_malformed', 'the extra data is a tag, a salt and a body of 1 to 65,535 bytes');
  }
  const tag = extra.slice(0, TAG_BYTES);
  const salt = extra.slice(TAG_BYTES, bodyStart);
  return success({ ...parsed.value, tag, salt, body: extra.slice(bodyStart) });
}
