import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { fromHex } from '../bytes/hex.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { unwrap } from '../testing/expect.ts';
import { ARCHE_CHECKPOINT, C2SP_EXAMPLE, GO_EXAMPLE } from '../testing/known-notes.ts';
import { bytesNamed, mutations } from '../testing/samples.ts';
import { isKeyName } from './key-name.ts';
import { formatVerifierKey, keyIdOf, makeVerifierKey, parseVerifierKey } from './verifier-key.ts';

const publicKey = nobleEd25519.publicKey(bytesNamed('seed'));

/** A verifier key of any parts, with the key id that belongs to them. */
function vkey(name: string, type: number, key: Uint8Array): string {
  const id = keyIdOf(name, type, key).toString(16).padStart(8, '0');
  return `${name}+${id}+${toBase64(concatBytes(Uint8Array.of(type), key))}`;
}

describe('parseVerifierKey', () => {
  it.each([C2SP_EXAMPLE.vkey, GO_EXAMPLE.peterKey, GO_EXAMPLE.enochKey, ARCHE_CHECKPOINT.logKey])(
    'reads %s',
    (text) => {
      const key = unwrap(parseVerifierKey(text));
      expect(key.type).toBe(1);
      expect(formatVerifierKey(key)).toBe(text);
    },
  );

  it.each(Object.entries(ARCHE_CHECKPOINT.witnessKeys))('reads the witness key of %s', (name, text) => {
    const key = unwrap(parseVerifierKey(text));
    expect(key).toMatchObject({ name, type: 4 });
    expect(formatVerifierKey(key)).toBe(text);
  });

  it('reads a base64 part with a plus in it', () => {
    const plus = 'TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6';
    expect(unwrap(parseVerifierKey(plus))).toMatchObject({ name: 'TEST', keyId: 0x7997405c });
  });

  it('pads a key id that begins with zeros', () => {
    const name = Array.from({ length: 2000 }, (_, i) => `log${i}`).find((n) => keyIdOf(n, 1, publicKey) < 2 ** 24)!;
    const key = unwrap(makeVerifierKey({ name, type: 1, publicKey }));
    expect(unwrap(parseVerifierKey(formatVerifierKey(key)))).toEqual(key);
  });

  const good = vkey('log.example', 1, publicKey);
  const id = good.split('+')[1]!;
  const smallOrder = fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')!;
  it.each([
    ['nothing', ''],
    ['a name alone', 'log.example'],
    ['two parts', `log.example+${id}`],
    ['no name', vkey('', 1, publicKey)],
    ['a space in the name', vkey('log example', 1, publicKey)],
    ['a no-break space in the name', vkey('log\u00A0example', 1, publicKey)],
    ['an ideographic space in the name', vkey('log\u3000example', 1, publicKey)],
    ['a newline in the name', vkey('log\nexample', 1, publicKey)],
    ['a lone surrogate in the name', vkey('log\uD800', 1, publicKey)],
    ['another key id', good.replace(id, '00000000')],
    ['an upper-case key id', good.replace(id, id.toUpperCase())],
    ['a key id of seven digits', good.replace(id, id.slice(1))],
    ['a key id of nine digits', good.replace(id, `0${id}`)],
    ['base64 with padding it does not need', `${good}====`],
    ['an empty key', `log.example+${id}+`],
    ['a key of 31 bytes', vkey('log.example', 1, publicKey.subarray(1))],
    ['a key of 33 bytes', vkey('log.example', 1, concatBytes(publicKey, Uint8Array.of(0)))],
    ['a type alone', vkey('log.example', 1, new Uint8Array(0))],
    ['type 0', vkey('log.example', 0, publicKey)],
    ['type 2, ECDSA', vkey('log.example', 2, publicKey)],
    ['type 5, RFC 6962', vkey('log.example', 5, publicKey)],
    ['type 6, ML-DSA-44', vkey('log.example', 6, new Uint8Array(1312))],
    ['a key of small order', vkey('log.example', 1, smallOrder)],
    ['a key that is no point', vkey('log.example', 4, Uint8Array.of(7, ...new Uint8Array(31)))],
    ['a trailing newline', `${good}\n`],
    ['a leading space', ` ${good}`],
    [
      'the key of another type under this id',
      `log.example+${id}+${toBase64(concatBytes(Uint8Array.of(4), publicKey))}`,
    ],
    ['a megabyte of pluses', '+'.repeat(1_000_000)],
  ])('refuses %s', (_why, text) => {
    expect(text).not.toBe(good);
    expect(parseVerifierKey(text)).toMatchObject({ ok: false, code: 'vkey_malformed' });
  });

  it('has the same text for the same key, and never throws', () => {
    fc.assert(
      fc.property(mutations(utf8Encode(good)), (bytes) => {
        const text = utf8Decode(bytes) ?? '';
        const parsed = parseVerifierKey(text);
        if (parsed.ok) expect(formatVerifierKey(parsed.value)).toBe(text);
        else expect(parsed.code).toBe('vkey_malformed');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isKeyName', () => {
  it('refuses each code point of White_Space, each control character and the plus, and no other of the first plane', () => {
    const spaces = [
      0x20,
      0x85,
      0xa0,
      0x1680,
      0x2028,
      0x2029,
      0x202f,
      0x205f,
      0x3000,
      ...Array.from({ length: 11 }, (_, i) => 0x2000 + i),
    ];
    const refused = new Set([...spaces, 0x2b, ...Array.from({ length: 32 }, (_, i) => i)]);
    for (let code = 0; code < 0x10000; code++) {
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      const name = `a${String.fromCharCode(code)}b`;
      if (isKeyName(name) !== (!refused.has(code) && !isSurrogate)) throw new Error(`U+${code.toString(16)}`);
    }
    expect(isKeyName('')).toBe(false);
    expect(isKeyName('sum.example/\u{1F600}')).toBe(true);
  });
});
