import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, utf8Decode, utf8Encode, utf8EncodeStrict } from './utf8.ts';

describe('utf8', () => {
  it('comes back for well-formed text, a leading byte order mark included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Decode(utf8Encode(text))).toBe(text);
        expect(utf8EncodeStrict(text)).toEqual(utf8Encode(text));
      }),
    );
    expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\uFEFFA');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a cut sequence', [0xe2, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_why, bytes) => {
    expect(utf8Decode(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('refuses to encode a lone surrogate strictly', () => {
    expect(utf8EncodeStrict('a\uD800')).toBeUndefined();
    expect(utf8EncodeStrict('\uDC00\uD800')).toBeUndefined();
  });
});

describe('decodeText', () => {
  it('counts bytes, not characters: at the limit and one past it', () => {
    expect(decodeText('éé', 4)).toEqual({ ok: true, value: 'éé' });
    expect(decodeText('ééa', 4)).toEqual({ ok: false, code: 'too_large' });
    expect(decodeText(utf8Encode('éé'), 4)).toEqual({ ok: true, value: 'éé' });
    expect(decodeText(utf8Encode('ééa'), 4)).toEqual({ ok: false, code: 'too_large' });
  });

  it('refuses what is not well-formed, in either shape', () => {
    expect(decodeText('\uD800', 9)).toEqual({ ok: false, code: 'not_utf8' });
    expect(decodeText(Uint8Array.of(0xff), 9)).toEqual({ ok: false, code: 'not_utf8' });
  });
});
