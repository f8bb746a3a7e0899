import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { mutations } from '../testing/samples.ts';
import { formatTilePath, parseTilePath, type TileCoordinate, tilePath } from './path.ts';

const KNOWN: readonly [string, TileCoordinate<bigint>][] = [
  ['tile/0/000', { kind: 'tile', level: 0, index: 0n, width: 0 }],
  ['tile/0/999', { kind: 'tile', level: 0, index: 999n, width: 0 }],
  ['tile/0/x001/000', { kind: 'tile', level: 0, index: 1000n, width: 0 }],
  ['tile/0/x001/x234/067', { kind: 'tile', level: 0, index: 1234067n, width: 0 }],
  ['tile/63/000.p/1', { kind: 'tile', level: 63, index: 0n, width: 1 }],
  ['tile/1/017.p/255', { kind: 'tile', level: 1, index: 17n, width: 255 }],
  ['tile/entries/273.p/112', { kind: 'entries', index: 273n, width: 112 }],
  ['tile/entries/x001/x000/000', { kind: 'entries', index: 1_000_000n, width: 0 }],
  ['tile/0/x018/x446/x744/x073/x709/x551/615', { kind: 'tile', level: 0, index: UINT64_MAX, width: 0 }],
];

const coordinates: fc.Arbitrary<TileCoordinate<bigint>> = fc.oneof(
  fc.record({
    kind: fc.constant('tile' as const),
    level: fc.nat(63),
    index: fc.bigInt({ min: 0n, max: UINT64_MAX }),
    width: fc.nat(255),
  }),
  fc.record({ kind: fc.constant('entries' as const), index: fc.bigInt({ min: 0n, max: 5000n }), width: fc.nat(255) }),
);

describe('tile paths', () => {
  it.each(KNOWN)('%s', (path, coordinate) => {
    expect(tilePath(coordinate)).toBe(path);
    expect(parseTilePath(path)).toEqual({ ok: true, value: coordinate });
  });

  it('come back for every coordinate', () => {
    fc.assert(
      fc.property(coordinates, (coordinate) => {
        expect(parseTilePath(tilePath(coordinate))).toEqual({ ok: true, value: coordinate });
      }),
    );
  });

  it.each([
    ['level 64', 'tile/64/000'],
    ['a level with a leading zero', 'tile/00/000'],
    ['a level with three digits', 'tile/100/000'],
    ['a negative level', 'tile/-1/000'],
    ['no level', 'tile//000'],
    ['width 0', 'tile/0/000.p/0'],
    ['width 256', 'tile/0/000.p/256'],
    ['a width with a leading zero', 'tile/0/000.p/01'],
    ['a width of four digits', 'tile/0/000.p/1000'],
    ['a width of nothing', 'tile/0/000.p/'],
    ['two digits', 'tile/0/67'],
    ['four digits', 'tile/0/0067'],
    ['a group without its x', 'tile/0/001/234'],
    ['an x on the last group', 'tile/0/x001'],
    ['an upper-case X', 'tile/0/X001/000'],
    ['a leading group of zeros', 'tile/0/x000/001'],
    ['index 2^64', 'tile/0/x018/x446/x744/x073/x709/x551/616'],
    ['an index of eight groups', 'tile/0/x001/x000/x000/x000/x000/x000/x000/000'],
    ['an index of many groups', `tile/0/${'x001/'.repeat(10_000)}000`],
    ['a leading slash', '/tile/0/000'],
    ['a trailing slash', 'tile/0/000/'],
    ['a trailing newline', 'tile/0/000\n'],
    ['a line before', '\ntile/0/000'],
    ['dots', 'tile/0/../000'],
    ['digits of another script', 'tile/0/\u0660\u0660\u0660'],
    ['another kind', 'tile/data/000'],
    ['the checkpoint', 'checkpoint'],
    ['nothing', ''],
  ])('refuses %s', (_why, path) => {
    expect(parseTilePath(path)).toMatchObject({ ok: false, code: 'tile_path_malformed' });
  });

  it('accepts a changed path only when it is the one path of its coordinate', () => {
    const sample = fc.constantFrom(...KNOWN).chain(([path]) => mutations(utf8Encode(path)));
    fc.assert(
      fc.property(sample, (bytes) => {
        const path = utf8Decode(bytes) ?? '';
        const parsed = parseTilePath(path);
        if (parsed.ok) expect(tilePath(parsed.value)).toBe(path);
        else expect(parsed.code).toBe('tile_path_malformed');
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { kind: 'tile', level: -1, index: 0n, width: 0 },
    { kind: 'tile', level: 64, index: 0n, width: 0 },
    { kind: 'tile', level: 0.5, index: 0n, width: 0 },
    { kind: 'tile', level: Number.NaN, index: 0n, width: 0 },
    { kind: 'tile', level: 0, index: -1n, width: 0 },
    { kind: 'tile', level: 0, index: UINT64_MAX + 1n, width: 0 },
    { kind: 'tile', level: 0, index: 2 ** 53, width: 0 },
    { kind: 'tile', level: 0, index: -1, width: 0 },
    { kind: 'tile', level: 0, index: 1.5, width: 0 },
    { kind: 'entries', index: 0n, width: 256 },
    { kind: 'entries', index: 0n, width: -1 },
    { kind: 'entries', index: 0n, width: 1.5 },
  ] as const)('has no path for %o', (coordinate) => {
    expect(formatTilePath(coordinate)).toMatchObject({ ok: false, code: 'tile_path_malformed' });
    expect(() => tilePath(coordinate)).toThrow('invariant');
  });
});
