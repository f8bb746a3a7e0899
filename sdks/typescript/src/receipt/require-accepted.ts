/**
 * `requireAccepted` guards an action: it returns only when a receipt proves, offline, that this very text was accepted
 * under an enforcing policy. Everything else throws, a missing receipt, salt or output included (I10, fail closed):
 *
 *     receipt does not verify, or not for this text      ReceiptError        receipt_output_mismatch, inclusion_invalid, …
 *     no output or no salt to hold it against            ReceiptError        receipt_salt_required
 *     another tenant, task or pcs_id than expected       ReceiptError        verdict_mismatch
 *     decision is not accept                             NotAcceptedError    verdict_not_accepted
 *     accept, but the policy only observes               NotAcceptedError    verdict_not_enforced
 *
 * A policy in *observe* says what it would have done, under thresholds that nobody has yet said to act on. Its `accept`
 * is therefore refused unless the caller writes `observe: 'treat-as-enforced'`; any other decision is refused either way.
 *
 * Not shown: that no person has since resolved it otherwise (`Fractal.getVerdict` → `effective`), nor that the action
 * has not been taken before: a receipt may be presented twice, so make the action idempotent by `pcsId`.
 */
import { NotAcceptedError, ReceiptError } from '../errors/errors.ts';
import type { Trust } from './trust.ts';
import { type VerifiedVerdict, verifyReceipt } from './verify-receipt.ts';

export type RequireAcceptedOptions = Trust & {
  /** The text about to be acted on. */
  readonly output: string | Uint8Array | undefined;
  /** Salt of its commitment, 16 bytes. */
  readonly salt: Uint8Array | undefined;
  /** Expected values; each is demanded when given. Without `task`, an accept for any task of the log will do. */
  readonly tenant?: string | undefined;
  readonly task?: string | undefined;
  readonly pcsId?: string | undefined;
  readonly observe?: 'refuse' | 'treat-as-enforced' | undefined;
};

/** The verified verdict; throws as above. `receipt` may be undefined so that an answer's field can be handed in as it is. */
export function requireAccepted(
  receipt: string | Uint8Array | undefined,
  options: RequireAcceptedOptions,
): VerifiedVerdict {
  const { output, salt } = options;
  if (receipt === undefined) throw new ReceiptError('there is no receipt', { code: 'receipt_malformed' });
  if (output === undefined || salt === undefined) {
    throw new ReceiptError('a receipt is worth nothing without the output and the salt it is held against', {
      code: 'receipt_salt_required',
    });
  }
  const result = verifyReceipt(receipt, options);
  if (!result.ok) throw new ReceiptError(`the receipt was refused: ${result.code}`, { code: result.code });
  const verified = result.value;
  for (const name of ['tenant', 'task', 'pcsId'] as const) {
    if (options[name] !== undefined && options[name] !== verified[name]) {
      throw new ReceiptError(`the receipt is for another ${name}`, { code: 'verdict_mismatch' });
    }
  }
  const { verdict } = verified;
  if (verdict.decision !== 'accept') {
    throw new NotAcceptedError(`the verdict is ${verdict.decision}`, { code: 'verdict_not_accepted', verdict });
  }
  if (verdict.mode !== 'enforce' && options.observe !== 'treat-as-enforced') {
    throw new NotAcceptedError('the policy only observes', { code: 'verdict_not_enforced', verdict });
  }
  return verified;
}
