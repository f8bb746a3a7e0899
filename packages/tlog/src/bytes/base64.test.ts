import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';
import { equalBytes } from './bytes.ts';
import { utf8Encode } from './utf8.ts';

describe('toBase64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('encodes %j as RFC 4648 section 10 does', (text, base64) => {
    expect(toBase64(utf8Encode(text))).toBe(base64);
    expect(fromBase64(base64)).toEqual(utf8Encode(text));
  });

  it('agrees with the runtime and comes back, at any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(equalBytes(fromBase64(text)!, bytes)).toBe(true);
      }),
    );
  });

  it('does not let a long text disturb the next', () => {
    const long = new Uint8Array(3_000_000).fill(0xff);
    expect(toBase64(long)).toBe('/'.repeat(4_000_000));
    expect(toBase64(Uint8Array.of(0))).toBe('AA==');
  });
});

describe('fromBase64', () => {
  it.each([
    ['no padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zm8=='],
    ['padding alone', '===='],
    ['padding in the middle', 'Zg==Zm9v'],
    ['three pads', 'Z==='],
    ['trailing bits after one byte', 'Zh=='],
    ['trailing bits after two bytes', 'Zm9='],
    ['a newline', 'Zm9v\n'],
    ['a newline inside', 'Zm\n9v'],
    ['a space', 'Zm9 '],
    ['the URL alphabet', '_-8='],
    ['a character beyond ASCII', 'Zm9é'],
    ['a character whose low byte is a letter', 'Zm9\u0141'],
    ['five characters', 'Zm9vY'],
  ])('refuses %s', (_why, text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('reads a text only when it is the one text of its bytes', () => {
    const alphabet = fc.constantFrom(...'AZaz09+/=Zm_ -\n');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        const bytes = fromBase64(text);
        if (bytes !== undefined) expect(toBase64(bytes)).toBe(text);
        else expect(Buffer.from(text, 'base64').toString('base64')).not.toBe(text);
      }),
    );
  });
});
