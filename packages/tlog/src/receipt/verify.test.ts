import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/hex.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { leafHash } from '../hash/tree-hash.ts';
import { formatVerifierKey } from '../note/verifier-key.ts';
import { parsePolicy } from '../policy/parse.ts';
import { formatProof } from '../proof/format.ts';
import { unwrap } from '../testing/expect.ts';
import { logSigner, ORIGIN, receiptOf, witness } from '../testing/logs.ts';
import { bytesNamed, mutations } from '../testing/samples.ts';
import { formatReceipt, parseReceipt } from './receipt.ts';
import { verifyReceipt } from './verify.ts';

const { verifierKey } = logSigner();
const salt = bytesNamed('salt of the output', 16);
const output = 'The contract ends in März.';

function commitmentOf(text: string): string {
  return toHex(leafHash(concatBytes(salt, Uint8Array.of(1), utf8Encode(text))));
}

const body = utf8Encode(`{"output":"${commitmentOf(output)}","type":"verdict","verdict":{"decision":"accept"}}`);
const receipt = receiptOf({ body });
const bodyOf = (text: string) => receiptOf({ body: utf8Encode(text) });

describe('verifyReceipt', () => {
  it('gives origin, index, size and body, from text and from bytes', () => {
    const expected = { origin: ORIGIN, index: 3n, size: 6n, body, tag: bytesNamed('tag', 16), cosigned: [] };
    expect(verifyReceipt({ receipt, verifierKey })).toEqual({ ok: true, value: expected });
    expect(verifyReceipt({ receipt: utf8Encode(receipt), verifierKey, output, salt })).toEqual({
      ok: true,
      value: expected,
    });
    expect(verifyReceipt({ receipt, verifierKey, output: utf8Encode(output), salt }).ok).toBe(true);
  });

  it('verifies a receipt at any place of a log', () => {
    for (const [index, size] of [
      [0, 1],
      [0, 300],
      [255, 300],
      [299, 300],
    ] as const) {
      const verified = verifyReceipt({ receipt: receiptOf({ body, index, size }), verifierKey });
      expect(unwrap(verified)).toMatchObject({ index: BigInt(index), size: BigInt(size) });
    }
  });

  it('wants the salt with the output, before it looks at the receipt', () => {
    expect(verifyReceipt({ receipt: '', verifierKey, output })).toMatchObject({ code: 'receipt_salt_required' });
    expect(verifyReceipt({ receipt, verifierKey, salt }).ok).toBe(true);
  });

  it("refuses a witness's key in the log's place before it looks at anything", () => {
    const cosigner = witness('w').verifierKey;
    expect(verifyReceipt({ receipt: '', verifierKey: cosigner, output })).toMatchObject({ code: 'vkey_malformed' });
  });

  it('cannot be stapled to another output, another salt or a salt that reaches into the text', () => {
    const mismatch = { ok: false, code: 'receipt_output_mismatch' };
    expect(verifyReceipt({ receipt, verifierKey, output: `${output} `, salt })).toMatchObject(mismatch);
    expect(verifyReceipt({ receipt, verifierKey, output, salt: bytesNamed('other', 16) })).toMatchObject(mismatch);
    expect(verifyReceipt({ receipt, verifierKey, output: '\uD800', salt })).toMatchObject(mismatch);
    // The same bytes under the hash, cut elsewhere: salt ‖ 0x01 ‖ "\u0001x" against (salt ‖ 0x01) ‖ 0x01 ‖ "x".
    const shifted = bodyOf(`{"output":"${commitmentOf('\u0001x')}"}`);
    expect(verifyReceipt({ receipt: shifted, verifierKey, output: '\u0001x', salt }).ok).toBe(true);
    const longSalt = Uint8Array.of(...salt, 1);
    expect(verifyReceipt({ receipt: shifted, verifierKey, output: 'x', salt: longSalt })).toMatchObject(mismatch);
    expect(verifyReceipt({ receipt, verifierKey, output, salt: new Uint8Array(0) })).toMatchObject(mismatch);
  });

  it.each([
    ['no output', '{"type":"label"}'],
    ['output null', '{"output":null}'],
    ['an upper-case commitment', `{"output":"${commitmentOf(output).toUpperCase()}"}`],
    ['the commitment further down', `{"verdict":{"output":"${commitmentOf(output)}"}}`],
    ['two outputs', `{"output":"${commitmentOf(output)}","output":"${commitmentOf('other')}"}`],
    ['two outputs, the right one last', `{"output":"x","output":"${commitmentOf(output)}"}`],
    ['no JSON', 'output'],
    ['an array', `["output","${commitmentOf(output)}"]`],
  ])('refuses an output for a body with %s, though the receipt itself holds', (_why, text) => {
    const odd = bodyOf(text);
    expect(verifyReceipt({ receipt: odd, verifierKey }).ok).toBe(true);
    expect(verifyReceipt({ receipt: odd, verifierKey, output, salt })).toMatchObject({
      code: 'receipt_output_mismatch',
    });
  });

  it('refuses a body, salt, tag, index or proof that was changed', () => {
    const parts = unwrap(parseReceipt(receipt));
    const invalid = { ok: false, code: 'inclusion_invalid' };
    const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    for (const change of [
      { body: flip(parts.body) },
      { salt: flip(parts.salt) },
      { tag: flip(parts.tag) },
      { index: 2n },
      { proof: parts.proof.slice(1) },
      { proof: parts.proof.map(flip) },
    ]) {
      expect(verifyReceipt({ receipt: formatReceipt({ ...parts, ...change }), verifierKey })).toMatchObject(invalid);
    }
    const far = formatReceipt({ ...parts, index: 6n });
    expect(verifyReceipt({ receipt: far, verifierKey })).toMatchObject({ code: 'index_out_of_range' });
  });

  it('says what is wrong with the rest', () => {
    const { index, proof, checkpoint } = unwrap(parseReceipt(receipt));
    const bare = formatProof({ index, proof, checkpoint });
    const stranger = logSigner('log.example/stranger');
    expect(verifyReceipt({ receipt: receipt.slice(2), verifierKey })).toMatchObject({ code: 'proof_malformed' });
    expect(verifyReceipt({ receipt: bare, verifierKey })).toMatchObject({ code: 'receipt_malformed' });
    expect(verifyReceipt({ receipt, verifierKey: stranger.verifierKey })).toMatchObject({ code: 'note_unverified' });
    const otherOrigin = receiptOf({ body, origin: 'log.example/other' });
    expect(verifyReceipt({ receipt: otherOrigin, verifierKey })).toMatchObject({ code: 'checkpoint_origin_mismatch' });
  });

  it('verifies under a policy, and tells who witnessed', () => {
    const w1 = witness('w1');
    const w2 = witness('w2', 1_700_000_009n);
    const policy = (threshold: string) =>
      unwrap(
        parsePolicy(
          [
            `log ${formatVerifierKey(verifierKey)}`,
            `witness w1 ${formatVerifierKey(w1.verifierKey)}`,
            `witness w2 ${formatVerifierKey(w2.verifierKey)}`,
            `group both ${threshold} w1 w2`,
            'quorum both\n',
          ].join('\n'),
        ),
      );
    const half = receiptOf({ body, signers: [logSigner(), w2] });
    const verified = unwrap(verifyReceipt({ receipt: half, policy: policy('any'), output, salt }));
    expect(verified.cosigned).toEqual([{ name: 'w2', timestamp: 1_700_000_009n }]);
    expect(verifyReceipt({ receipt: half, policy: policy('all') })).toMatchObject({ code: 'policy_unsatisfied' });
    expect(verifyReceipt({ receipt, policy: policy('any') })).toMatchObject({ code: 'policy_unsatisfied' });
    const noLog = receiptOf({ body, signers: [w1, w2] });
    expect(verifyReceipt({ receipt: noLog, policy: policy('all') })).toMatchObject({ code: 'checkpoint_unsigned' });
    const otherOrigin = receiptOf({ body, signers: [logSigner(), w1, w2], origin: 'log.example/other' });
    expect(verifyReceipt({ receipt: otherOrigin, policy: policy('all') })).toMatchObject({
      code: 'checkpoint_origin_mismatch',
    });
  });

  it('accepts changed bytes only with the body that was logged', () => {
    const codes = /^(proof_malformed|receipt_malformed|note_\w+|checkpoint_\w+|index_out_of_range|inclusion_invalid)$/;
    fc.assert(
      fc.property(mutations(utf8Encode(receipt)), (bytes) => {
        const verified = verifyReceipt({ receipt: bytes, verifierKey });
        if (verified.ok) expect(verified.value.body).toEqual(body);
        else expect(verified.code).toMatch(codes);
      }),
      { numRuns: 400 },
    );
  });
});
