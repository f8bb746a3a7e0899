/**
 * Verifies receipts: this body is committed in the log of this origin, and it speaks of the output in hand. In this
 * order, the first failure answers:
 *
 *     receipt_salt_required          an output without its salt
 *     proof_malformed, receipt_malformed
 *     the codes of the checkpoint, with policy_unsatisfied last
 *     index_out_of_range, inclusion_invalid
 *     receipt_output_mismatch        also when the body commits to no output or is not strict JSON
 *
 * Does not judge the body: whether its decision is `accept`, and whether it is the latest word, is for whoever acts.
 */

import { concatBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/hex.ts';
import { utf8Decode, utf8EncodeStrict } from '../bytes/utf8.ts';
import {
  type Cosigned,
  type VerifiedCheckpoint,
  type VerifyCheckpointCode,
  verifyCheckpoint,
} from '../checkpoint/verify.ts';
import { leafHash } from '../hash/tree-hash.ts';
import { type InclusionCode, verifyInclusion } from '../merkle/inclusion.ts';
import { areKeysInPlace, type VerifierKey } from '../note/verifier-key.ts';
import type { TlogPolicy } from '../policy/parse.ts';
import { verifyCheckpointByPolicy } from '../policy/verify.ts';
import { failure, type Result, success } from '../result.ts';
import type { Ed25519 } from '../signature/ed25519.ts';
import { leafEntry, SALT_BYTES } from './leaf.ts';
import { parseReceipt } from './receipt.ts';
import { stringMember } from './strict-json.ts';

export type VerifyReceiptCode =
  | 'receipt_salt_required'
  | 'proof_malformed'
  | 'receipt_malformed'
  | VerifyCheckpointCode
  | 'policy_unsatisfied'
  | InclusionCode
  | 'receipt_output_mismatch';

/**
 * Under the log's key, whose name is then the origin, and any it signed by before; or under a policy that lists logs and
 * witnesses.
 */
export type ReceiptTrust =
  | {
      readonly verifierKey: VerifierKey;
      /** Of the same name. */
      readonly olderKeys?: readonly VerifierKey[] | undefined;
      readonly policy?: never;
    }
  | { readonly policy: TlogPolicy; readonly verifierKey?: never; readonly olderKeys?: never };

export type VerifyReceiptInput = ReceiptTrust & {
  readonly receipt: Uint8Array | string;
  /** The output in hand; with it, `salt` is required and the body must commit to this very text. */
  readonly output?: string | Uint8Array;
  /** Salt of the output's content item, 16 bytes. */
  readonly salt?: Uint8Array;
  readonly ed25519?: Ed25519;
};

export interface VerifiedReceipt {
  readonly origin: string;
  readonly index: bigint;
  /** Of the tree whose root the proof leads to. */
  readonly size: bigint;
  /** The committed bytes; canonical JSON by the log's word only. */
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
  readonly cosigned: readonly Cosigned[];
}

/** Kind byte of an output among the items of a content. */
const OUTPUT_KIND = 0x01;

export function verifyReceipt(input: VerifyReceiptInput): Result<VerifiedReceipt, VerifyReceiptCode> {
  if (!areOneLogs(input)) return failure('vkey_malformed');
  if (input.output !== undefined && input.salt === undefined) return failure('receipt_salt_required');
  const parsed = parseReceipt(input.receipt);
  if (!parsed.ok) return parsed;
  const { index, proof, checkpoint, tag, salt, body } = parsed.value;
  const verified = verifyUnderTrust(input, checkpoint);
  if (!verified.ok) return verified;
  const { origin, size, root, cosigned } = verified.value;
  const included = verifyInclusion({ leafHash: leafHash(leafEntry({ tag, salt, body })), index, size, proof, root });
  if (!included.ok) return included;
  if (input.output !== undefined && !commitsTo(body, input.output, input.salt!)) {
    return failure('receipt_output_mismatch');
  }
  return success({ origin, index, size, body, tag, cosigned });
}

function verifyUnderTrust(
  { verifierKey, olderKeys, policy, ed25519 }: VerifyReceiptInput,
  checkpoint: string,
): Result<VerifiedCheckpoint, VerifyCheckpointCode | 'policy_unsatisfied'> {
  const port = ed25519 === undefined ? {} : { ed25519 };
  if (policy !== undefined) return verifyCheckpointByPolicy({ checkpoint, policy, ...port });
  return verifyCheckpoint({ checkpoint, origin: verifierKey.name, verifierKey, olderKeys, ...port });
}

/** Whether the keys, where any are given, are those of a log, all of one name. */
function areOneLogs({ verifierKey, olderKeys = [] }: VerifyReceiptInput): boolean {
  if (verifierKey === undefined) return true;
  return [verifierKey, ...olderKeys].every((key) => areKeysInPlace(key, []) && key.name === verifierKey.name);
}

/** Whether the body's `output` is hex of the leaf hash of salt ‖ 0x01 ‖ UTF-8 text. */
function commitsTo(body: Uint8Array, output: string | Uint8Array, salt: Uint8Array): boolean {
  const json = utf8Decode(body);
  const text = typeof output === 'string' ? utf8EncodeStrict(output) : output;
  // Salt and text are hashed as one run of bytes, so a salt of another length could pass off text as salt.
  if (json === undefined || text === undefined || salt.length !== SALT_BYTES) return false;
  const commitment = toHex(leafHash(concatBytes(salt, Uint8Array.of(OUTPUT_KIND), text)));
  return stringMember(json, 'output') === commitment;
}
