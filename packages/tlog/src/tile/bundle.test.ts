import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutations } from '../testing/samples.ts';
import { ENTRY_BYTES_MAX, encodeBundle, parseBundle } from './bundle.ts';

describe('bundles', () => {
  it('prefix each entry with its length, big endian', () => {
    const bundle = encodeBundle([Uint8Array.of(7, 8), new Uint8Array(0), new Uint8Array(258)]);
    expect([...bundle.subarray(0, 10)]).toEqual([0, 2, 7, 8, 0, 0, 1, 2, 0, 0]);
    expect(bundle.length).toBe(2 + 2 + 2 + 2 + 258);
  });

  it('come back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (entries) => {
        const parsed = parseBundle(encodeBundle(entries));
        expect(parsed.ok && parsed.value.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]));
      }),
      { numRuns: 30 },
    );
  });

  it('hold entries of up to 65,535 bytes, and up to 256 of them', () => {
    const longest = new Uint8Array(ENTRY_BYTES_MAX).fill(1);
    const parsed = parseBundle(encodeBundle([longest]));
    expect(parsed.ok && parsed.value[0]?.length).toBe(65_535);
    expect(() => encodeBundle([new Uint8Array(ENTRY_BYTES_MAX + 1)])).toThrow('65,535');
    const full = Array.from({ length: 256 }, () => Uint8Array.of(1));
    expect(parseBundle(encodeBundle(full))).toMatchObject({ ok: true });
    expect(() => encodeBundle([...full, Uint8Array.of(1)])).toThrow('1 to 256');
    expect(() => encodeBundle([])).toThrow('1 to 256');
    const tooMany = Uint8Array.of(...encodeBundle(full), 0, 0);
    expect(parseBundle(tooMany)).toMatchObject({ ok: false, code: 'bundle_malformed' });
  });

  it.each([
    ['nothing', []],
    ['half a length', [0]],
    ['a length without its entry', [0, 1]],
    ['an entry cut short', [0, 3, 1, 2]],
    ['half a length behind an entry', [0, 1, 9, 0]],
  ])('refuse %s', (_why, bytes) => {
    expect(parseBundle(Uint8Array.from(bytes))).toMatchObject({ ok: false, code: 'bundle_malformed' });
  });

  it('accept changed bytes only where they are the one form of their entries', () => {
    const sample = encodeBundle([Uint8Array.of(1, 2, 3), new Uint8Array(49), new Uint8Array(0), Uint8Array.of(255)]);
    fc.assert(
      fc.property(mutations(sample), (bytes) => {
        const parsed = parseBundle(bytes);
        if (parsed.ok) expect(encodeBundle(parsed.value)).toEqual(bytes);
        else expect(parsed.code).toBe('bundle_malformed');
      }),
      { numRuns: 1000 },
    );
  });
});
