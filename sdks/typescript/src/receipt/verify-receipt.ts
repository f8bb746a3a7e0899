/**
 * Offline verification of a receipt: no client, no network, no clock. Wraps @fractal/tlog's proof of inclusion and reads
 * the body it proves.
 *
 *     receipt ─► proof ─► checkpoint ─► signature of the log's key (or a policy's quorum)
 *        └─► body ─► leaf ─► root of that checkpoint;  output + salt ─► commitment named in the body
 *
 * Shows: this body was committed to in the log of this key, and, with `output` and `salt`, that it speaks of exactly this
 * text. Does not show: that the decision is `accept` (requireAccepted), or that no later resolution says otherwise
 * (only the server knows: getVerdict).
 *
 * Hostile receipts, keys and policies come back as a code and never throw.
 */
import {
  failure,
  type Result,
  success,
  type VerifiedReceipt,
  type VerifyReceiptCode,
  verifyReceipt as verifyLogReceipt,
} from '@fractal/tlog';
import { parseVerdictBody, type VerdictBody } from './body.ts';
import { type Trust, trustOf } from './trust.ts';

export type VerifyReceiptOptions = Trust & {
  /** The text in hand. With it, `salt` is required. */
  readonly output?: string | Uint8Array | undefined;
  /** Salt of the output's commitment, 16 bytes: of the answer to `check`, or of the content that was signed. */
  readonly salt?: Uint8Array | undefined;
};

export type ReceiptCode =
  | VerifyReceiptCode
  | 'vkey_malformed'
  | 'policy_malformed'
  | 'receipt_body_malformed'
  | 'client_option_invalid';

export interface VerifiedVerdict extends VerdictBody {
  readonly origin: string;
  readonly index: bigint;
  /** Of the tree the proof leads to. */
  readonly size: bigint;
  /** Witnesses whose cosignature was verified (with a policy), and when they signed. */
  readonly cosigned: VerifiedReceipt['cosigned'];
  /** Whether the receipt was held against a text. */
  readonly boundToOutput: boolean;
  /** The committed bytes. */
  readonly body: Uint8Array;
}

export function verifyReceipt(
  receipt: string | Uint8Array,
  options: VerifyReceiptOptions,
): Result<VerifiedVerdict, ReceiptCode> {
  const trust = trustOf(options);
  if (!trust.ok) return trust;
  if (typeof receipt !== 'string' && !(receipt instanceof Uint8Array)) return failure('receipt_malformed');
  const { output, salt } = options;
  const verified = verifyLogReceipt({
    ...trust.value,
    receipt,
    ...(output === undefined ? {} : { output }),
    ...(salt === undefined ? {} : { salt }),
  });
  if (!verified.ok) return verified;
  const body = parseVerdictBody(verified.value.body);
  if (body === undefined) return failure('receipt_body_malformed');
  const { origin, index, size, cosigned } = verified.value;
  const boundToOutput = output !== undefined;
  return success({ ...body, origin, index, size, cosigned, boundToOutput, body: verified.value.body });
}
