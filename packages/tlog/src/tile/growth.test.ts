import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTiles, tilesForSize } from './growth.ts';
import { tilePath } from './path.ts';

function paths(oldSize: number, newSize: number): string[] {
  return newTiles(oldSize, newSize).map(tilePath);
}

describe('tilesForSize', () => {
  it('is what the specification lists for a tree of 70,000', () => {
    const tiles = tilesForSize(70_000);
    const count = (kind: string, level: number | undefined, full: boolean) =>
      tiles.filter(
        (t) => t.kind === kind && (t.kind === 'tile' ? t.level : undefined) === level && (t.width === 0) === full,
      ).length;
    expect(count('tile', 0, true)).toBe(273);
    expect(count('tile', 1, true)).toBe(1);
    expect(count('entries', undefined, true)).toBe(273);
    const partial = tiles.filter((t) => t.width !== 0).map(tilePath);
    expect(partial).toEqual(['tile/entries/273.p/112', 'tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    expect(tiles.length).toBe(273 + 1 + 273 + 4);
  });

  it('has no empty tile, at the sizes where a level fills up', () => {
    expect(paths(0, 0)).toEqual([]);
    expect(paths(0, 1)).toEqual(['tile/entries/000.p/1', 'tile/0/000.p/1']);
    expect(paths(0, 255)).toEqual(['tile/entries/000.p/255', 'tile/0/000.p/255']);
    expect(paths(0, 256)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
    expect(paths(255, 257)).toEqual([
      'tile/entries/000',
      'tile/entries/001.p/1',
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ]);
    expect(paths(65_535, 65_536)).toEqual(['tile/entries/255', 'tile/0/255', 'tile/1/000', 'tile/2/000.p/1']);
  });
});

describe('newTiles', () => {
  it('leaves out a level on which nothing changed', () => {
    expect(paths(257, 258)).toEqual(['tile/entries/001.p/2', 'tile/0/001.p/2']);
    expect(paths(300, 300)).toEqual([]);
  });

  it('adds up: what a log has at b is what it had at a, less the partials outgrown, and what is new', () => {
    const grown = fc.tuple(fc.nat(70_000), fc.nat(70_000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(grown, ([oldSize, newSize]) => {
        const held = new Set([...paths(0, oldSize), ...paths(oldSize, newSize)]);
        for (const path of paths(0, newSize)) expect(held.has(path)).toBe(true);
        const before = new Set(paths(0, oldSize));
        for (const path of paths(oldSize, newSize)) expect(before.has(path)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('counts past 2^32', () => {
    const size = 2 ** 40 + 3;
    expect(paths(size - 1, size)).toEqual([`tile/entries/x004/x294/x967/296.p/3`, `tile/0/x004/x294/x967/296.p/3`]);
  });

  it('throws on a log that shrinks', () => {
    expect(() => newTiles(5, 4)).toThrow('invariant');
    expect(() => newTiles(-1, 4)).toThrow('invariant');
    expect(() => newTiles(0, 2 ** 53)).toThrow('invariant');
  });
});
