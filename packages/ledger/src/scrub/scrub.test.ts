import { type Hash, leafHash, toHex } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TileState } from '../integrate/tile-state.ts';
import { CorruptRow, type StoredEntry } from '../ports/log-store.ts';
import { leafOf } from '../sequence/leaf.ts';
import { MemoryLogStore, MemoryPublicFiles } from '../testing/memory-parts.ts';
import { entryOf, ORIGIN, openMemoryLedger, parsedVerifierKey } from '../testing/open-memory-ledger.ts';
import type { Damage } from './damage.ts';
import { type ScrubOptions, scrubEntries } from './scrub.ts';

const LOG = { origin: ORIGIN, verifierKey: parsedVerifierKey() };

async function filled(count: number): Promise<{ store: MemoryLogStore; files: MemoryPublicFiles }> {
  const store = new MemoryLogStore();
  const files = new MemoryPublicFiles();
  const { ledger } = await openMemoryLedger({ store, files });
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.append(entryOf(n))));
  await ledger.close();
  return { store, files };
}

/** All of a log in steps of some size, as a scrubber goes over it; each damaged thing once. */
async function scrubAll(
  options: Pick<ScrubOptions, 'store' | 'files' | 'log'>,
  size: number,
  step = 512,
): Promise<Damage[]> {
  const found = new Map<string, Damage>();
  for (let from = 0; from < size; from += step) {
    const damages = await scrubEntries({ ...options, from, to: Math.min(from + step, size) });
    for (const damage of damages) found.set(damage.what, damage);
  }
  return [...found.values()];
}

/** Reads the entry at `index`, and its key, as a store does whose row there is damaged. */
function withDamagedRow(store: MemoryLogStore, index: number): MemoryLogStore {
  const readEntry = store.readEntry.bind(store);
  const readEntries = store.readEntries.bind(store);
  store.readEntry = async (at) => {
    if (at === index) throw new CorruptRow(`entry ${at}: damaged`);
    return readEntry(at);
  };
  store.readEntries = async (from, to) => {
    if (from <= index && index < to) throw new CorruptRow(`entry ${index}: damaged`);
    return readEntries(from, to);
  };
  return store;
}

describe('scrubEntries', () => {
  it.each([0, 1, 255, 256, 257, 600])(
    'finds nothing in a log of %i entries, in steps of whatever size',
    async (size) => {
      const { store, files } = await filled(size);
      for (const step of [7, 256, 300, 1_000])
        expect(await scrubAll({ store, files, log: LOG }, size, step)).toEqual([]);
    },
  );

  it('finds nothing where rows are ahead of what is published', async () => {
    const { store } = await filled(600);
    const { files } = await filled(300);
    expect(await scrubAll({ store, files, log: LOG }, 600)).toEqual([]);
  });

  it('names the file in which any single bit is flipped', async () => {
    const { store, files } = await filled(700);
    const partial = /\.p\/(\d+)$/;
    const paths = [...files.files.keys()].filter((path) => {
      const width = Number(partial.exec(path)?.[1] ?? 0);
      return width === 0 || width === 700 % 256 || width === Math.floor(700 / 256); // those of this size
    });
    expect(paths.length).toBeGreaterThan(6);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), async (path, at) => {
        const whole = files.files.get(path)!;
        const changed = whole.slice();
        const bit = at % (whole.length * 8);
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        files.files.set(path, changed);
        const found = await scrubAll({ store, files, log: LOG }, 700);
        files.files.set(path, whole);
        expect(found.map(({ what }) => what)).toEqual([path]);
        expect(found[0]!.rebuildable).toBe(path !== 'checkpoint');
      }),
      { numRuns: 60 },
    );
  });

  it('names the file that is cut, longer or gone', async () => {
    const { store, files } = await filled(700);
    for (const path of ['tile/0/001', 'tile/entries/001', 'tile/entries/002.p/188', 'tile/1/000.p/2']) {
      const whole = files.files.get(path)!;
      for (const bytes of [whole.subarray(0, -1), new Uint8Array([...whole, 0]), new Uint8Array(), undefined]) {
        if (bytes === undefined) files.files.delete(path);
        else files.files.set(path, bytes);
        expect((await scrubAll({ store, files }, 700)).map(({ what }) => what)).toEqual([path]);
      }
      files.files.set(path, whole);
    }
  });

  it('names each damaged row, not its neighbours nor the files, and says that it needs a copy', async () => {
    const { store, files } = await filled(700);
    withDamagedRow(store, 300);
    expect(await scrubAll({ store, files, log: LOG }, 700)).toEqual([
      { what: 'rows/entries/300', problem: 'entry 300: damaged', rebuildable: false },
    ]);
  });

  it('names a row that is whole but another than what was published', async () => {
    const { store, files } = await filled(300);
    store.entries[123] = { ...store.entries[123]!, body: new TextEncoder().encode('{"n":999}') };
    expect(await scrubAll({ store, files }, 300)).toMatchObject([{ what: 'rows/entries/123', rebuildable: false }]);
  });

  it('names missing rows', async () => {
    const { store, files } = await filled(300);
    delete (store.entries as (StoredEntry | undefined)[])[7];
    store.readEntries = async (from, to) => store.entries.slice(from, from <= 7 ? Math.min(7, to) : to);
    expect(await scrubAll({ store, files }, 300)).toMatchObject([{ what: 'rows/entries/7', problem: 'it is missing' }]);
  });

  it.each([
    ['gone', undefined],
    ['of another entry', { index: 4 }],
  ])('names a key row that is %s, as one that can be made again', async (_, change) => {
    const { store, files } = await filled(300);
    const readKey = store.readKey.bind(store);
    const key = store.entries[3]!.key;
    store.readKey = async (asked) => {
      const row = await readKey(asked);
      if (asked !== key) return row;
      return change === undefined ? undefined : { ...row!, ...change };
    };
    expect(await scrubAll({ store, files }, 300)).toMatchObject([{ what: 'rows/keys of entry 3', rebuildable: true }]);
  });

  it('names a damaged key row and a damaged head', async () => {
    const { store, files } = await filled(300);
    store.readHead = () => Promise.reject(new CorruptRow('head damaged'));
    store.readKey = () => Promise.reject(new CorruptRow('key damaged'));
    const found = await scrubEntries({ store, files, from: 256, to: 300 });
    expect(found[0]).toMatchObject({ what: 'rows/head', rebuildable: true });
    expect(found.slice(1).map(({ what }) => what)).toEqual(
      Array.from({ length: 44 }, (_, i) => `rows/keys of entry ${256 + i}`),
    );
  });

  it('of row, bundle and tile names both that disagree when the third is damaged', async () => {
    const { store, files } = await filled(300);
    withDamagedRow(store, 5);
    const tile = files.files.get('tile/0/000')!.slice();
    tile[5 * 32] = tile[5 * 32]! ^ 1;
    files.files.set('tile/0/000', tile);
    const found = await scrubAll({ store, files }, 300);
    expect(found.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['rows/entries/5', 'tile/entries/000', 'tile/0/000']),
    );
  });

  it('names a derived row that is gone or damaged, where it is told how they derive', async () => {
    const { store, files } = await filled(30);
    const table = 'effective';
    const derive = ({ index, key }: StoredEntry) =>
      ({ ok: true, rows: index % 10 === 0 ? [{ table, key, value: new Uint8Array(1) }] : [] }) as const;
    store.readRow = async (_, key) => {
      if (key === store.entries[0]!.key) return new Uint8Array(2); // a later entry's word
      if (key === store.entries[10]!.key) throw new CorruptRow('damaged');
      return undefined;
    };
    const found = await scrubEntries({ store, files, from: 0, to: 30, derive });
    expect(found).toEqual([
      { what: `rows/effective/${toHex(store.entries[10]!.key)}`, problem: 'damaged', rebuildable: true },
      {
        what: `rows/effective/${toHex(store.entries[20]!.key)}`,
        problem: 'it is missing, though entry 20 tells it',
        rebuildable: true,
      },
    ]);
  });

  it('throws on what is no damage, so that nothing is called checked that was not', async () => {
    const { store, files } = await filled(30);
    store.readEntries = () => Promise.reject(new Error('the disk is gone'));
    await expect(scrubEntries({ store, files, from: 0, to: 30 })).rejects.toThrow('the disk is gone');
  });

  it('says that rows are behind what is published', async () => {
    const { files } = await filled(300);
    const { store } = await filled(299);
    expect(await scrubAll({ store, files }, 300)).toMatchObject([{ what: 'rows/head' }]);
  });
});

describe('scrubEntries over tiles of the second level', () => {
  const SIZE = 66_000;

  /** The parts of a ledger of `SIZE` small entries, without a ledger: it would take seconds. */
  async function large(): Promise<{ store: MemoryLogStore; files: MemoryPublicFiles }> {
    const store = new MemoryLogStore();
    const files = new MemoryPublicFiles();
    const tiles = new TileState(0, [], []);
    const entries = Array.from({ length: SIZE }, (_, index): StoredEntry => {
      const key = new Uint8Array(32);
      new DataView(key.buffer).setUint32(0, index);
      return { index, tag: new Uint8Array(16), salt: key.slice(0, 16), key, digest: key, body: new Uint8Array(2) };
    });
    await store.commit({ previousSize: 0, head: { size: SIZE, range: [], timeMs: 0 }, entries, rows: [] });
    const leaves = entries.map(leafOf);
    const hashes: Hash[] = leaves.map(leafHash);
    tiles.add(leaves, hashes);
    await files.writeAll(tiles.snapshot().files);
    const small = await filled(1);
    const note = new TextDecoder().decode(small.files.files.get('checkpoint')).replace('\n1\n', `\n${SIZE}\n`);
    files.files.set('checkpoint', new TextEncoder().encode(note));
    return { store, files };
  }

  it('names the tile of either level in which a bit is flipped, and not the other', async () => {
    const { store, files } = await large();
    const range = { store, files, from: 65_280, to: 65_536 };
    expect(await scrubEntries(range)).toEqual([]);
    for (const [path, at] of [
      ['tile/2/000.p/1', 3],
      ['tile/1/000', 200 * 32],
      ['tile/1/000', 255 * 32],
      ['tile/0/255', 9],
    ] as const) {
      const whole = files.files.get(path)!;
      const changed = whole.slice();
      changed[at] = changed[at]! ^ 4;
      files.files.set(path, changed);
      expect((await scrubEntries(range)).map(({ what }) => what)).toEqual([path]);
      files.files.set(path, whole);
    }
  });
});
