import { canonicalJson } from '@fractal/record';
import { fromBase64, toBase64 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  LOG_KEY,
  ORIGIN,
  OTHER_KEY,
  OUTPUT,
  PCS_ID,
  POLICY,
  receiptOf,
  SALT,
  VERDICT,
} from '../../testing/receipts.ts';
import { verifyReceipt } from './verify-receipt.ts';

const bound = { key: LOG_KEY, output: OUTPUT, salt: SALT };

describe('verifyReceipt', () => {
  it('takes all keys of a log that changed its key, in any order', () => {
    for (const key of [[LOG_KEY], [OTHER_KEY, LOG_KEY], [LOG_KEY, OTHER_KEY]]) {
      expect(verifyReceipt(receiptOf(), { ...bound, key })).toMatchObject({ ok: true });
    }
  });

  it('gives the verdict a receipt proves, bound to the text', () => {
    expect(verifyReceipt(receiptOf(), bound)).toEqual({
      ok: true,
      value: {
        origin: ORIGIN,
        index: 5n,
        size: 8n,
        cosigned: [],
        boundToOutput: true,
        body: bodyOf(),
        tenant: 'acme',
        namespace: 'default',
        stream: 'support',
        task: 'answers',
        run: undefined,
        attempt: 1,
        pcsId: PCS_ID,
        digest: 'd'.repeat(64),
        profile: 'fractal-pcs',
        signer: 'edge',
        kid: 'edge-1',
        merkleRoot: 'e'.repeat(64),
        output: expect.stringMatching(/^[0-9a-f]{64}$/),
        timeMs: 1_790_000_000_000,
        verdict: {
          decision: 'accept',
          risk: 0.02,
          bound: null,
          certificate: null,
          mode: 'enforce',
          policyVersion: 3,
          reasons: VERDICT.reasons,
          signals: VERDICT.signals,
          versions: VERDICT.versions,
        },
      },
    });
  });

  it('takes bytes as well as text, of the receipt and of the output', () => {
    const bytes = new TextEncoder().encode(receiptOf());
    expect(verifyReceipt(bytes, { ...bound, output: new TextEncoder().encode(OUTPUT) }).ok).toBe(true);
  });

  it('says that it is bound to no text when it was given none', () => {
    const verified = verifyReceipt(receiptOf(), { key: LOG_KEY });
    expect(verified.ok && verified.value.boundToOutput).toBe(false);
  });

  it('wants the quorum of a policy, and names the witnesses', () => {
    const verified = verifyReceipt(receiptOf(bodyOf(), { witnessed: true }), {
      ...bound,
      key: undefined,
      policy: POLICY,
    });
    expect(verified.ok && verified.value.cosigned).toEqual([{ name: 'witness.example/1', timestamp: 1_790_000_000n }]);
    expect(verifyReceipt(receiptOf(), { ...bound, key: undefined, policy: POLICY })).toMatchObject({
      ok: false,
      code: 'policy_unsatisfied',
    });
  });

  it.each([
    ['another text', { ...bound, output: `${OUTPUT} ` }, 'receipt_output_mismatch'],
    ['another salt', { ...bound, salt: SALT.slice().fill(0, 15) }, 'receipt_output_mismatch'],
    ['a salt of another length', { ...bound, salt: SALT.slice(0, 15) }, 'receipt_output_mismatch'],
    ['no salt', { key: LOG_KEY, output: OUTPUT }, 'receipt_salt_required'],
    ['a log key of the same name', { ...bound, key: OTHER_KEY }, 'note_unverified'],
    ['a text that is no key', { ...bound, key: 'key' }, 'vkey_malformed'],
    ['no key at all', { ...bound, key: [] }, 'vkey_malformed'],
    ['a text that is no key among some', { ...bound, key: [LOG_KEY, 'key'] }, 'vkey_malformed'],
    [
      'keys of two logs',
      { ...bound, key: [LOG_KEY, OTHER_KEY.replace(/^[^+]+/, 'example.com/another')] },
      'vkey_malformed',
    ],
    ["keys that are all another log's", { ...bound, key: [OTHER_KEY] }, 'note_unverified'],
    ['a text that is no policy', { ...bound, key: undefined, policy: 'log' }, 'policy_malformed'],
  ] as const)('refuses %s', (_, options, code) => {
    expect(verifyReceipt(receiptOf(), options)).toMatchObject({ ok: false, code });
  });

  it('refuses key and policy together, and neither', () => {
    const both = { ...bound, policy: POLICY } as unknown as { key: string };
    expect(verifyReceipt(receiptOf(), both)).toMatchObject({ ok: false, code: 'client_option_invalid' });
    const neither = { output: OUTPUT, salt: SALT } as unknown as { key: string };
    expect(verifyReceipt(receiptOf(), neither)).toMatchObject({ ok: false, code: 'client_option_invalid' });
  });

  it('does not take U+FFFD for the lone surrogate that an encoder would turn into it', () => {
    const text = 'a\ufffdb';
    const body = bodyOf({ output: null });
    expect(verifyReceipt(receiptOf(body), { ...bound, output: text })).toMatchObject({
      code: 'receipt_output_mismatch',
    });
    expect(verifyReceipt(receiptOf(), { ...bound, output: 'a\ud800b' })).toMatchObject({
      code: 'receipt_output_mismatch',
    });
  });

  it.each([
    ['a body of another type', bodyOf({ type: 'label' })],
    ['a body of another version', bodyOf({ version: 2 })],
    ['a decision that is none', bodyOf({}, { decision: 'yes' })],
    ['a risk above one', bodyOf({}, { risk: 1.5 })],
    ['a reason without a code', bodyOf({}, { reasons: [{}] })],
    ['no verdict', bodyOf({ verdict: undefined })],
    ['no tenant', bodyOf({ tenant: undefined })],
    ['a pcs_id that is none', bodyOf({ pcs_id: 'A'.repeat(64) })],
    ['a signer that is none', bodyOf({ signer: 'nobody' })],
    ['white space in the body', new TextEncoder().encode(` ${new TextDecoder().decode(bodyOf())}`)],
    ['a body that is no object', canonicalJson(['verdict'])],
  ])('refuses %s, though the log committed to it', (_, body) => {
    expect(verifyReceipt(receiptOf(body), { key: LOG_KEY })).toMatchObject({
      ok: false,
      code: 'receipt_body_malformed',
    });
  });
});

describe('a receipt with anything changed', () => {
  const good = new TextEncoder().encode(receiptOf());

  it('is refused for each byte flipped, at each place', () => {
    const accepted: number[] = [];
    for (let at = 0; at < good.length; at++) {
      for (const bit of [0x01, 0x80]) {
        const changed = good.slice();
        changed[at]! ^= bit;
        if (verifyReceipt(changed, bound).ok) accepted.push(at);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is refused for each byte left out, and each one doubled', () => {
    const accepted: number[] = [];
    for (let at = 0; at < good.length; at++) {
      const without = Uint8Array.from([...good.subarray(0, at), ...good.subarray(at + 1)]);
      const doubled = Uint8Array.from([...good.subarray(0, at + 1), ...good.subarray(at)]);
      if (verifyReceipt(without, bound).ok || verifyReceipt(doubled, bound).ok) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });

  it('is refused when the body says something else under the same proof', () => {
    const [header, extra, ...rest] = receiptOf(bodyOf({}, { decision: 'block' })).split('\n');
    const bytes = fromBase64(extra!.slice('extra '.length))!;
    const forged = toBase64(Uint8Array.from([...bytes.subarray(0, 32), ...bodyOf()]));
    const receipt = [header, `extra ${forged}`, ...rest].join('\n');
    expect(verifyReceipt(receipt, bound)).toMatchObject({ ok: false, code: 'inclusion_invalid' });
  });

  it('never throws and never passes, whatever the bytes (fuzz)', () => {
    const mutation = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(good.length) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
        let bytes = good.slice();
        for (const { at, byte, cut } of mutations) {
          if (at < bytes.length) bytes[at] = byte;
          if (byte % 16 === 0) bytes = bytes.slice(0, cut);
        }
        const same = bytes.length === good.length && bytes.every((value, at) => value === good[at]);
        expect(verifyReceipt(bytes, bound).ok).toBe(same);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array({ maxLength: 20 }), (receipt, output, salt) => {
        expect(verifyReceipt(receipt, { key: LOG_KEY, output, salt }).ok).toBe(false);
      }),
    );
  });

  it('never throws for what is neither text nor bytes', () => {
    for (const receipt of [null, 3, {}, [], Symbol('receipt')]) {
      expect(verifyReceipt(receipt as unknown as string, bound)).toMatchObject({
        ok: false,
        code: 'receipt_malformed',
      });
    }
  });
});
