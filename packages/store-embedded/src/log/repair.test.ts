/**
 * The repair over real rows in memory: whatever single bit of whatever row or file is flipped, or whichever is gone, is
 * named, is mended where it can be, and is said where it can't.
 */
import {
  type EntrySource,
  fsck,
  openLedger,
  type RepairReport,
  repairLog,
  type StoredEntry,
  scrubEntries,
} from '@fractal/ledger';
import { instantClock, MemoryPublicFiles, ORIGIN, parsedVerifierKey, seededRng } from '@fractal/ledger/testing';
import { formatVerifierKey, noteSigner, sha256, utf8Decode, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryKeyValue, type RawRow } from '../testing/memory-key-value.ts';
import { LogRows } from './log-rows.ts';
import { repairRows } from './repair-rows.ts';

/** Two full bundles, a partial one, more than one leaf of keys. */
const SIZE = 600;
const RUNS = process.env.FRACTAL_LONG === '1' ? 400 : 15;

/** Every fiftieth entry has a derived row; three share each, the last one's word stands. */
function derive({ body }: Pick<StoredEntry, 'body'>) {
  const { n } = JSON.parse(utf8Decode(body)!) as { n: number };
  const key = sha256(utf8Encode(`record ${Math.floor(n / 150)}`));
  const rows = n % 50 === 0 ? [{ table: 'effective', key, value: utf8Encode(`{"said":${n}}`) }] : [];
  return { ok: true, rows } as const;
}

interface Log {
  readonly keyValue: MemoryKeyValue;
  readonly files: MemoryPublicFiles;
}

const partsOf = ({ keyValue, files }: Log) => {
  const options = { keyValue, log: '0', checkSession: () => {} };
  return { store: new LogRows(options), rows: repairRows(options), files };
};

async function grow(log: Log, to: number): Promise<void> {
  const { store, files } = partsOf(log);
  const ledger = await openLedger({
    origin: ORIGIN,
    store,
    files,
    signers: [noteSigner({ name: ORIGIN, secretKey: new Uint8Array(32).fill(7) })],
    verifierKey: formatVerifierKey(parsedVerifierKey()),
    tagKeyOf: (tenant) => sha256(utf8Encode(tenant)),
    clock: instantClock(),
    rng: seededRng(1),
  });
  const entries = Array.from({ length: to - ledger.size }, (_, i) => {
    const n = ledger.size + i;
    const body = utf8Encode(JSON.stringify({ n }));
    return {
      tenant: `t${n % 3}`,
      key: sha256(utf8Encode(`key ${n}`)),
      digest: sha256(body),
      body,
      ...derive({ body }),
    };
  });
  await Promise.all(entries.map((entry) => ledger.append(entry)));
  await ledger.close();
}

let whole: { rows: readonly RawRow[]; files: ReadonlyMap<string, Uint8Array> };

beforeAll(async () => {
  const log = { keyValue: new MemoryKeyValue(), files: new MemoryPublicFiles() };
  await grow(log, SIZE);
  whole = { rows: log.keyValue.rows(), files: new Map(log.files.files) };
});

function copy(): Log {
  const keyValue = new MemoryKeyValue();
  for (const { table, key, value } of whole.rows) keyValue.table(table).put(key, value);
  const files = new MemoryPublicFiles();
  for (const [path, bytes] of whole.files) files.files.set(path, bytes);
  return { keyValue, files };
}

/** The log as it was: a copy somewhere. */
const elsewhere = (): EntrySource => {
  const { store } = partsOf(copy());
  return { name: 'a copy', entry: (index) => store.readEntry(index) };
};
const note = (): string => utf8Decode(whole.files.get('checkpoint')!)!;

async function repair(
  log: Log,
  options: { sources?: EntrySource[]; notes?: string[]; dryRun?: boolean } = {},
): Promise<RepairReport> {
  const { sources = [], notes = [], dryRun = false } = options;
  const verifierKeys = [parsedVerifierKey()];
  return repairLog({ origin: ORIGIN, verifierKeys, ...partsOf(log), sources, checkpoints: notes, derive, dryRun });
}

const check = (log: Log) => fsck({ origin: ORIGIN, verifierKey: parsedVerifierKey(), ...partsOf(log) });

function contentOf({ keyValue, files }: Log): unknown {
  const rows = keyValue.rows().map(({ table, key, value }) => `${table} ${hex(key)} ${hex(value)}`);
  return { rows: rows.sort(), files: [...files.files].map(([path, bytes]) => `${path} ${hex(bytes)}`).sort() };
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Things that can be damaged: all rows but the mark that a sync leaves, and the files of the present size. */
interface Place {
  readonly name: string;
  readonly damage: (log: Log, how: 'key' | 'value' | 'gone', bit: number) => void;
}

function placesOf(): Place[] {
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
    const changed = bytes.slice();
    const bit = at % (bytes.length * 8);
    changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
    return changed;
  };
  const rows = whole.rows
    .filter(({ key }) => Buffer.from(key).toString() !== 'synced')
    .map(
      (row): Place => ({
        name: `${row.table} ${hex(row.key)}`,
        damage: ({ keyValue }, how, bit) => {
          const { key, value } = row;
          if (how === 'gone') keyValue.damage(row);
          else if (how === 'key') keyValue.damage(row, { key: flipped(key, bit), value });
          else keyValue.damage(row, { key, value: flipped(value, bit) });
        },
      }),
    );
  const files = [...whole.files]
    .filter(
      ([path]) =>
        !path.includes('.p/') || [SIZE % 256, Math.floor(SIZE / 256)].includes(Number(path.split('/').at(-1))),
    )
    .map(
      ([path, bytes]): Place => ({
        name: path,
        damage: (log, how, bit) => {
          if (how === 'gone') log.files.files.delete(path);
          else log.files.files.set(path, flipped(bytes, bit));
        },
      }),
    );
  return [...rows, ...files];
}

const anyDamage = fc.record({
  place: fc.nat(),
  /** Rows of keys, heads and derived rows, and files, are few beside entries: half of the time one of them. */
  isRare: fc.boolean(),
  how: fc.constantFrom('key' as const, 'value' as const, 'gone' as const),
  bit: fc.nat(),
});

function pick(given: { place: number; isRare: boolean }): Place {
  const places = placesOf().filter(({ name }) => !given.isRare || !name.startsWith('0/entries'));
  return places[given.place % places.length]!;
}

describe('one bit or one row or file', () => {
  it('is named by fsck or by the repair that runs dry, and mended with a copy, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamage, async (given) => {
        const log = copy();
        const before = contentOf(log);
        pick(given).damage(log, given.how, given.bit);
        const damagedState = contentOf(log);
        const dry = await repair(log, { sources: [elsewhere()], notes: [note()], dryRun: true });
        expect(contentOf(log)).toEqual(damagedState);
        expect(dry.left).toEqual([]);
        expect(dry.repaired.length).toBeGreaterThan(0);
        expect((await check(log)).ok).toBe(false);

        const done = await repair(log, { sources: [elsewhere()], notes: [note()] });
        expect(done).toEqual(dry);
        expect(await check(log)).toMatchObject({ ok: true, size: SIZE, rows: SIZE });
        expect(await repair(log)).toMatchObject({ repaired: [], left: [] });
        if (!pick(given).name.startsWith('0/keys') && !pick(given).name.startsWith('0/meta'))
          expect(contentOf(log)).toEqual(before);
        await grow(log, SIZE + 3);
        expect(await check(log)).toMatchObject({ ok: true, size: SIZE + 3 });
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('is mended without a copy, but for an entry and the checkpoint, which are said', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamage, async (given) => {
        const log = copy();
        const place = pick(given);
        place.damage(log, given.how, given.bit);
        const { left } = await repair(log);
        const index = /^0\/entries ([0-9a-f]{16})$/.exec(place.name)?.[1];
        if (index !== undefined) {
          expect(left.map(({ what }) => what)).toContain(`rows/entries/${Number.parseInt(index, 16)}`);
          expect(left.every(({ help }) => help.length > 0)).toBe(true);
        } else if (place.name === 'checkpoint') {
          expect(left).toMatchObject([{ what: 'checkpoint' }]);
        } else {
          expect(left).toEqual([]);
          expect((await check(log)).ok).toBe(true);
        }
        const { what: _, ...rest } = { what: 0, ...(await repair(log)) };
        expect(rest.repaired).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('in an entry is named by the scrub, and in no other', async () => {
    const log = copy();
    const place = placesOf().find(({ name }) => name === '0/entries 0000000000000123')!;
    place.damage(log, 'value', 77);
    const found = await scrubEntries({ ...partsOf(log), from: 0, to: SIZE });
    expect(found.map(({ what }) => what)).toEqual(['rows/entries/291']);
  });
});

describe('much at once', () => {
  it('of files and key rows and derived rows and the head is mended from entries alone', async () => {
    const log = copy();
    for (const { name, damage } of placesOf()) {
      if (name.startsWith('0/entries') || name === 'checkpoint') continue;
      damage(log, 'value', name.length * 131);
    }
    expect((await repair(log)).left).toEqual([]);
    expect(await check(log)).toMatchObject({ ok: true, rows: SIZE });
  });

  it('where all but entries and checkpoint is gone, too', async () => {
    const log = copy();
    for (const { name, damage } of placesOf()) {
      if (!name.startsWith('0/entries') && name !== 'checkpoint') damage(log, 'gone', 0);
    }
    expect((await repair(log)).left).toEqual([]);
    expect(await check(log)).toMatchObject({ ok: true, rows: SIZE });
  });

  it('of entries is mended from several copies that lack some, and from copies that lie nothing is taken', async () => {
    const log = copy();
    for (const index of [3, 4, 255, 256, 599]) {
      placesOf()
        .find(({ name }) => name === `0/entries ${index.toString(16).padStart(16, '0')}`)!
        .damage(log, 'value', 99);
    }
    const good = elsewhere();
    const some = (keep: number[]): EntrySource => ({
      name: `copy of ${keep}`,
      entry: async (index) => (keep.includes(index) ? good.entry(index) : undefined),
    });
    const liar: EntrySource = {
      name: 'a liar',
      entry: async (index) => {
        const entry = await good.entry(index);
        return entry === undefined ? undefined : { ...entry, body: utf8Encode('{"n":0}') };
      },
    };
    const first = await repair(log, { sources: [liar, some([3, 255])] });
    expect(first.repaired.map(({ what, from }) => `${what} ${from}`)).toEqual(
      expect.arrayContaining(['rows/entries/3 copy of 3,255', 'rows/entries/255 copy of 3,255']),
    );
    expect(first.left.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['rows/entries/4', 'rows/entries/256', 'rows/entries/599']),
    );
    const second = await repair(log, { sources: [liar, some([4, 256, 599])] });
    expect(second.left).toEqual([]);
    expect(await check(log)).toMatchObject({ ok: true, rows: SIZE });
  });

  it('is left alone where no signed root agrees: nothing is written', async () => {
    const log = copy();
    const other = { keyValue: new MemoryKeyValue(), files: new MemoryPublicFiles() };
    await grow(other, 5);
    const forged = [...other.keyValue.rows()].find(({ table }) => table === '0/entries')!;
    log.keyValue.damage(forged, forged);
    log.files.files.delete('tile/entries/000');
    log.files.files.delete('tile/0/000');
    log.files.files.delete('tile/1/000.p/2');
    const before = contentOf(log);
    // Entry 0 of another log, whole by its check, with nothing beside it that says otherwise but the signature.
    if (
      hex(forged.value) !==
      hex(whole.rows.find(({ table, key }) => table === '0/entries' && hex(key) === hex(forged.key))!.value)
    ) {
      const { left, repaired } = await repair(log);
      expect([repaired, left.map(({ what }) => what)]).toEqual([[], ['checkpoint']]);
      expect(contentOf(log)).toEqual(before);
    }
  });
});

describe('an entry that is lost with its key row', () => {
  it('keeps its leaf of keys closed, so that its record is not logged twice (I3)', async () => {
    const log = copy();
    const { store } = partsOf(copy());
    const lost = (await store.readEntry(42))!;
    const places = placesOf();
    places.find(({ name }) => name === '0/entries 000000000000002a')!.damage(log, 'value', 99);
    const leaf = whole.rows.find(
      ({ table, value }) => table === '0/keys' && Buffer.from(value).includes(Buffer.from(lost.key)),
    )!;
    log.keyValue.damage(leaf);
    const { left } = await repair(log);
    expect(left.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['rows/entries/42', expect.stringMatching(/^rows\/keys\//)]),
    );
    await expect(partsOf(log).store.readKey(lost.key)).rejects.toMatchObject({ code: 'row_corrupt' });
    expect((await repair(log, { sources: [elsewhere()] })).left).toEqual([]);
    expect(await partsOf(log).store.readKey(lost.key)).toEqual({ index: 42 });
  });
});

describe('a repair that dies', () => {
  it('at any of its writes leaves what the next one mends', async () => {
    const damaged = (): Log => {
      const log = copy();
      for (const [i, { name, damage }] of placesOf().entries()) {
        const isHit = i % 97 === 0 || !name.startsWith('0/entries');
        if (isHit) damage(log, i % 2 === 0 ? 'value' : 'gone', i * 31);
      }
      return log;
    };
    const options = { sources: [elsewhere()], notes: [note()] };
    const probe = damaged();
    let writes = 0;
    const counting = dying(probe, () => {
      writes += 1;
    });
    await repair(counting, options);
    expect(writes).toBeGreaterThan(10);
    for (let dies = 1; dies <= writes; dies += 3) {
      const log = damaged();
      let left = dies;
      await expect(
        repair(
          dying(log, () => {
            left -= 1;
            if (left === 0) throw new Error('the process died');
          }),
          options,
        ),
      ).rejects.toThrow('the process died');
      expect((await repair(log, options)).left).toEqual([]);
      expect(await check(log)).toMatchObject({ ok: true, rows: SIZE });
    }
  }, 600_000);

  /** The same log; `onWrite` comes before each write and may throw. */
  function dying({ keyValue, files }: Log, onWrite: () => void): Log {
    const dyingRows = Object.create(keyValue) as MemoryKeyValue;
    dyingRows.table = keyValue.table.bind(keyValue);
    dyingRows.transaction = async (work) => {
      onWrite();
      return keyValue.transaction(work);
    };
    const dyingFiles = Object.create(files) as MemoryPublicFiles;
    dyingFiles.read = files.read.bind(files);
    dyingFiles.writeAll = async (all) => {
      for (const file of all) {
        onWrite();
        await files.writeAll([file]);
      }
    };
    dyingFiles.replaceCheckpoint = async (bytes) => {
      onWrite();
      await files.replaceCheckpoint(bytes);
    };
    return { keyValue: dyingRows, files: dyingFiles };
  }
});
