import { describe, expect, it } from 'vitest';
import { bodyOf, LOG_KEY, OUTPUT, PCS_ID, receiptOf, SALT } from '../../testing/receipts.ts';
import { FractalError, NotAcceptedError, ReceiptError } from '../errors/errors.ts';
import { requireAccepted } from './require-accepted.ts';
import { DECISIONS } from './verdict.ts';

const options = { key: LOG_KEY, output: OUTPUT, salt: SALT };

function refusal(run: () => unknown): FractalError {
  try {
    run();
  } catch (error) {
    if (error instanceof FractalError) return error;
    throw error;
  }
  throw new Error('was let through');
}

describe('requireAccepted', () => {
  it('returns the verdict of an accepted text', () => {
    const verified = requireAccepted(receiptOf(), { ...options, tenant: 'acme', task: 'answers', pcsId: PCS_ID });
    expect(verified.verdict.decision).toBe('accept');
    expect(verified.boundToOutput).toBe(true);
  });

  it.each(DECISIONS.filter((decision) => decision !== 'accept'))(
    'throws on %s, and hands over the verdict',
    (decision) => {
      const error = refusal(() => requireAccepted(receiptOf(bodyOf({}, { decision })), options));
      expect(error).toBeInstanceOf(NotAcceptedError);
      expect(error).toMatchObject({ code: 'verdict_not_accepted', retryable: false, verdict: { decision } });
    },
  );

  it('refuses what an observing policy accepted, unless it is told to treat it as enforced', () => {
    const observed = receiptOf(bodyOf({}, { mode: 'observe' }));
    expect(refusal(() => requireAccepted(observed, options))).toMatchObject({ code: 'verdict_not_enforced' });
    const asEnforced = { ...options, observe: 'treat-as-enforced' } as const;
    expect(requireAccepted(observed, asEnforced).verdict.mode).toBe('observe');
  });

  it('refuses what an observing policy would have stopped, whatever it is told', () => {
    const observed = receiptOf(bodyOf({}, { mode: 'observe', decision: 'block' }));
    const asEnforced = { ...options, observe: 'treat-as-enforced' } as const;
    expect(refusal(() => requireAccepted(observed, asEnforced))).toMatchObject({ code: 'verdict_not_accepted' });
  });

  it.each([
    ['no receipt', undefined, options, 'receipt_malformed'],
    ['no salt', receiptOf(), { ...options, salt: undefined }, 'receipt_salt_required'],
    ['no output', receiptOf(), { ...options, output: undefined }, 'receipt_salt_required'],
    ['an empty output', receiptOf(), { ...options, output: '' }, 'receipt_output_mismatch'],
    ['another text', receiptOf(), { ...options, output: OUTPUT.replace('1932', '1934') }, 'receipt_output_mismatch'],
    ['a record without content', receiptOf(bodyOf({ output: null })), options, 'receipt_output_mismatch'],
    ['another tenant', receiptOf(), { ...options, tenant: 'evil' }, 'verdict_mismatch'],
    ['another task', receiptOf(), { ...options, task: 'payments' }, 'verdict_mismatch'],
    ['another pcs_id', receiptOf(), { ...options, pcsId: 'b'.repeat(64) }, 'verdict_mismatch'],
    ['a body that is no verdict', receiptOf(bodyOf({ type: 'label' })), options, 'receipt_body_malformed'],
  ] as const)('refuses %s', (_, receipt, given, code) => {
    const error = refusal(() => requireAccepted(receipt, given));
    expect(error).toBeInstanceOf(ReceiptError);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain(OUTPUT.slice(0, 10));
  });

  it('cannot be talked out of it by a truthy option of the wrong kind', () => {
    const observed = receiptOf(bodyOf({}, { mode: 'observe' }));
    const wrong = { ...options, observe: true } as unknown as typeof options;
    expect(refusal(() => requireAccepted(observed, wrong)).code).toBe('verdict_not_enforced');
  });
});
