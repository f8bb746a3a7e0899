import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../bytes/utf8.ts';
import { formatProof } from '../proof/format.ts';
import { unwrap } from '../testing/expect.ts';
import { bytesNamed, mutations } from '../testing/samples.ts';
import { BODY_BYTES_MAX } from './leaf.ts';
import { formatReceipt, parseReceipt } from './receipt.ts';

const tag = bytesNamed('tag', 16);
const salt = bytesNamed('salt', 16);
const proof = [bytesNamed('a'), bytesNamed('b')];
const checkpoint = 'log.example\n9\nAAAA\n\n— log.example AAAAAAAA\n';
const body = utf8Encode('{"type":"verdict"}');
const rest = { index: 5, proof, checkpoint };

describe('receipts', () => {
  it('are a tlog-proof whose extra is tag, salt and body', () => {
    const receipt = formatReceipt({ tag, salt, body, ...rest });
    expect(receipt).toBe(formatProof({ ...rest, extra: Uint8Array.of(...tag, ...salt, ...body) }));
    expect(unwrap(parseReceipt(receipt))).toMatchObject({ tag, salt, body, index: 5n, proof, checkpoint });
  });

  it('hold bodies of 1 to 65,535 bytes', () => {
    for (const length of [1, BODY_BYTES_MAX]) {
      const receipt = formatReceipt({ tag, salt, body: new Uint8Array(length), ...rest });
      expect(unwrap(parseReceipt(receipt)).body.length).toBe(length);
    }
    for (const length of [0, BODY_BYTES_MAX + 1]) {
      expect(() => formatReceipt({ tag, salt, body: new Uint8Array(length), ...rest })).toThrow('invariant');
      const extra = new Uint8Array(32 + length);
      expect(parseReceipt(formatProof({ ...rest, extra }))).toMatchObject({ ok: false, code: 'receipt_malformed' });
    }
  });

  it('throw on a tag or a salt of another length, which would shift the body', () => {
    expect(() => formatReceipt({ tag: new Uint8Array(15), salt, body, ...rest })).toThrow('invariant');
    expect(() => formatReceipt({ tag, salt: new Uint8Array(17), body, ...rest })).toThrow('invariant');
  });

  it('tell a proof that is no receipt from what is no proof', () => {
    expect(parseReceipt(formatProof(rest))).toMatchObject({ ok: false, code: 'receipt_malformed' });
    expect(parseReceipt(formatProof({ ...rest, extra: tag }))).toMatchObject({ ok: false, code: 'receipt_malformed' });
    expect(parseReceipt('')).toMatchObject({ ok: false, code: 'proof_malformed' });
  });

  it('are accepted changed only as the one text of their values', () => {
    const sample = utf8Encode(formatReceipt({ tag, salt, body, ...rest }));
    fc.assert(
      fc.property(mutations(sample), (bytes) => {
        const parsed = parseReceipt(bytes);
        if (parsed.ok) expect(utf8Encode(formatReceipt(parsed.value))).toEqual(bytes);
        else expect(parsed.code).toMatch(/^(proof|receipt)_malformed$/);
      }),
      { numRuns: 1000 },
    );
  });
});
