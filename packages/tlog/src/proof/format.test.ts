import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../bytes/base64.ts';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { unwrap } from '../testing/expect.ts';
import { bytesNamed, HOSTILE_NUMBERS, mutations } from '../testing/samples.ts';
import { formatProof, PROOF_BYTES_MAX, PROOF_HASHES_MAX, parseProof } from './format.ts';

const hash = bytesNamed('hash');
const line = toBase64(hash);
const checkpoint = 'log.example\n9\nAAAA\n\n— log.example AAAAAAAA\n';
const good = formatProof({ index: 5, proof: [hash, hash], checkpoint, extra: utf8Encode('extra') });

describe('formatProof', () => {
  it('writes the lines of the specification', () => {
    expect(good).toBe(`c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 5\n${line}\n${line}\n\n${checkpoint}`);
    const bare = `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`;
    expect(formatProof({ index: 0n, proof: [], checkpoint })).toBe(bare);
    expect(formatProof({ index: 0n, proof: [], checkpoint, extra: new Uint8Array(0) })).toBe(bare);
  });

  it('comes back', () => {
    const input = fc.record({
      index: fc.bigInt({ min: 0n, max: UINT64_MAX }),
      proof: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 64 }),
      extra: fc.uint8Array({ minLength: 1, maxLength: 4000 }),
    });
    fc.assert(
      fc.property(input, ({ index, proof, extra }) => {
        const text = formatProof({ index, proof, extra, checkpoint });
        expect(unwrap(parseProof(text))).toEqual({ index, proof, extra, checkpoint });
        expect(unwrap(parseProof(utf8Encode(text)))).toEqual({ index, proof, extra, checkpoint });
      }),
      { numRuns: 50 },
    );
  });

  it('throws on what could not be read again', () => {
    const base = { index: 0, proof: [], checkpoint };
    expect(() => formatProof({ ...base, index: -1 })).toThrow('invariant');
    expect(() => formatProof({ ...base, index: 1.5 })).toThrow('invariant');
    expect(() => formatProof({ ...base, index: UINT64_MAX + 1n })).toThrow('invariant');
    expect(() => formatProof({ ...base, proof: [new Uint8Array(31)] })).toThrow('invariant');
    expect(() => formatProof({ ...base, proof: new Array(65).fill(hash) })).toThrow('invariant');
  });
});

/** A newline behind the index would be the empty line that ends the hashes. */
const HOSTILE_INDICES = HOSTILE_NUMBERS.filter((text) => !text.includes('\n'));

describe('parseProof', () => {
  it.each(HOSTILE_INDICES.map((text) => [text.slice(0, 24), text]))('refuses the index %j', (_shown, index) => {
    expect(parseProof(good.replace('index 5', `index ${index}`))).toMatchObject({ ok: false, code: 'proof_malformed' });
  });

  it.each([
    ['nothing', ''],
    ['a header alone', 'c2sp.org/tlog-proof@v1\n\n'],
    ['another version', good.replace('@v1', '@v2')],
    ['a line before the header', `\n${good}`],
    ['a byte order mark', `\uFEFF${good}`],
    ['no index', good.replace('index 5\n', '')],
    ['the index behind the hashes', `c2sp.org/tlog-proof@v1\n${line}\nindex 5\n\n${checkpoint}`],
    ['the extra behind the index', `c2sp.org/tlog-proof@v1\nindex 5\nextra AAAA\n\n${checkpoint}`],
    ['two extra lines', good.replace('index', 'extra AAAA\nindex')],
    ['two index lines', good.replace('index 5', 'index 5\nindex 5')],
    ['an empty extra', good.replace('ZXh0cmE=', '')],
    ['an extra that is no base64', good.replace('ZXh0cmE=', 'ZXh0cmE')],
    ['two spaces behind extra', good.replace('extra ', 'extra  ')],
    ['a tab behind index', good.replace('index ', 'index\t')],
    ['a hash of 31 bytes', good.replace(line, toBase64(hash.subarray(1)))],
    ['a hash of 33 bytes', good.replace(line, toBase64(Uint8Array.of(...hash, 1)))],
    ['a space behind a hash', good.replace(line, `${line} `)],
    ['a hash without padding', good.replace(line, line.slice(0, -1))],
    ['no empty line', good.replace('\n\n', '\n')],
    ['no checkpoint', good.slice(0, good.indexOf('\n\n') + 2)],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['a lone surrogate', `${good}\uD800`],
  ])('refuses %s', (_why, text) => {
    expect(text).not.toBe(good);
    expect(parseProof(text)).toMatchObject({ ok: false, code: 'proof_malformed' });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(parseProof(Uint8Array.of(...utf8Encode(good), 0xff))).toMatchObject({ code: 'proof_malformed' });
  });

  it('takes 64 hashes and not 65, with and without an extra line', () => {
    for (const head of ['c2sp.org/tlog-proof@v1\nindex 5\n', 'c2sp.org/tlog-proof@v1\nextra AAAA\nindex 5\n']) {
      const lines = `${line}\n`.repeat(PROOF_HASHES_MAX);
      expect(unwrap(parseProof(`${head}${lines}\n${checkpoint}`)).proof.length).toBe(64);
      expect(parseProof(`${head}${lines}${line}\n\n${checkpoint}`)).toMatchObject({ code: 'proof_malformed' });
      expect(parseProof(`${head}${lines.repeat(200)}\n${checkpoint}`)).toMatchObject({ code: 'proof_malformed' });
    }
  });

  it('takes 2,000,000 bytes and not one more', () => {
    const longest = good + 'x'.repeat(PROOF_BYTES_MAX - utf8Encode(good).length);
    expect(parseProof(longest).ok).toBe(true);
    expect(parseProof(utf8Encode(longest)).ok).toBe(true);
    expect(parseProof(`${longest}x`)).toMatchObject({ code: 'proof_malformed' });
    expect(parseProof(utf8Encode(`${longest}x`))).toMatchObject({ code: 'proof_malformed' });
  });

  it('accepts changed bytes only when they are the one text of their values', () => {
    fc.assert(
      fc.property(mutations(utf8Encode(good)), (bytes) => {
        const parsed = parseProof(bytes);
        if (parsed.ok) expect(formatProof(parsed.value)).toBe(utf8Decode(bytes));
        else expect(parsed.code).toBe('proof_malformed');
      }),
      { numRuns: 2000 },
    );
  });
});
