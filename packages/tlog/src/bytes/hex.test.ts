import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './hex.ts';

describe('hex', () => {
  it('comes back, at any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(['0', 'abc', 'AB', 'aB', '0x', ' a', 'a ', 'g0', '0g', '\u0660\u0660', '-1'])('refuses %j', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});
