import { concatBytes } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { fsck } from '../fsck/fsck.ts';
import { CorruptRow } from '../ports/log-store.ts';
import { MemoryLogStore, MemoryPublicFiles } from '../testing/memory-parts.ts';
import { entryOf, ORIGIN, openMemoryLedger, parsedVerifierKey } from '../testing/open-memory-ledger.ts';

async function filled(count: number): Promise<{ store: MemoryLogStore; files: MemoryPublicFiles }> {
  const store = new MemoryLogStore();
  const files = new MemoryPublicFiles();
  const { ledger } = await openMemoryLedger({ store, files });
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.append(entryOf(n))));
  await ledger.close();
  return { store, files };
}

async function fsckOf(store: MemoryLogStore, files: MemoryPublicFiles): Promise<unknown> {
  return fsck({ origin: ORIGIN, verifierKey: parsedVerifierKey(), files, store });
}

describe('openLedger', () => {
  it('publishes an empty log', async () => {
    const { files } = await openMemoryLedger();
    expect(new TextDecoder().decode(files.files.get('checkpoint'))).toMatch(/^example\.com\/log\/0\n0\n47DEQpj8/);
  });

  it.each([1, 255, 256, 257, 511, 512, 700])('goes on after a stop at %i entries', async (count) => {
    const { store, files } = await filled(count);
    const { ledger } = await openMemoryLedger({ store, files });
    await Promise.all([0, 1, 2].map((n) => ledger.append(entryOf(count + n))));
    await ledger.close();
    expect(await fsckOf(store, files)).toMatchObject({ ok: true, size: count + 3, rows: count + 3 });
  });

  it('publishes what a crash left between commit and publication, to the same bytes', async () => {
    const { store, files } = await filled(600);
    const whole = new Map(files.files);
    const crashed = await filled(200);
    crashed.files.files.delete('checkpoint');
    const early = new MemoryPublicFiles();
    for (const [path, bytes] of crashed.files.files) early.files.set(path, bytes);
    await (await openMemoryLedger({ store, files: early })).ledger.close();
    for (const [path, bytes] of whole) if (!path.includes('.p/')) expect(early.files.get(path)).toEqual(bytes);
    expect(await fsckOf(store, early)).toMatchObject({ ok: true, size: 600 });
  });

  it('rebuilds everything when the public folder is gone', async () => {
    const { store } = await filled(600);
    const files = new MemoryPublicFiles();
    await (await openMemoryLedger({ store, files })).ledger.close();
    expect(await fsckOf(store, files)).toMatchObject({ ok: true, size: 600 });
  });

  it.each(['tile/0/001.p/44', 'tile/1/000.p/1'])(
    'finds its edge from the rows when the edge tile %s is damaged, and mends it',
    async (path) => {
      const { store, files } = await filled(300);
      const whole = files.files.get(path)!;
      files.files.set(path, new Uint8Array(whole.length));
      const { ledger } = await openMemoryLedger({ store, files });
      expect(files.files.get(path)).toEqual(whole);
      await ledger.append(entryOf(300));
      await ledger.close();
      expect(await fsckOf(store, files)).toMatchObject({ ok: true, size: 301 });
    },
  );

  it('opens over a damaged row of the last bundle, whose leaf is published, and grows on', async () => {
    const { store, files } = await filled(300);
    const readEntries = store.readEntries.bind(store);
    store.readEntries = async (from, to) => {
      if (from <= 290 && 290 < to) throw new CorruptRow('rows/entries/290 is damaged');
      return readEntries(from, to);
    };
    const { ledger } = await openMemoryLedger({ store, files });
    await Promise.all(Array.from({ length: 300 }, (_, n) => ledger.append(entryOf(300 + n))));
    await ledger.close();
    store.readEntries = readEntries;
    expect(await fsckOf(store, files)).toMatchObject({ ok: true, size: 600 });
  });

  it('does not open over a damaged row whose leaf is not published: its leaf is known to nobody here', async () => {
    const { store } = await filled(300);
    const { files } = await filled(200);
    const readEntries = store.readEntries.bind(store);
    store.readEntries = async (from, to) => {
      if (from <= 290 && 290 < to) throw new CorruptRow('rows/entries/290 is damaged');
      return readEntries(from, to);
    };
    await expect(openMemoryLedger({ store, files })).rejects.toThrow('rows/entries/290 is damaged');
  });

  it('never signs when the rows are behind what was published (I5)', async () => {
    const { files } = await filled(300);
    const { store } = await filled(299);
    await expect(openMemoryLedger({ store, files })).rejects.toMatchObject({ code: 'store_behind_checkpoint' });
  });

  it('never signs when the rows are another history than what was published (I5)', async () => {
    const { files } = await filled(300);
    const store = new MemoryLogStore();
    const { ledger } = await openMemoryLedger({ store });
    await Promise.all(Array.from({ length: 300 }, (_, n) => ledger.append(entryOf(n + 1))));
    await expect(openMemoryLedger({ store, files })).rejects.toMatchObject({ code: 'log_corrupt' });
  });

  it('refuses a checkpoint that does not verify', async () => {
    const { store, files } = await filled(3);
    const checkpoint = files.files.get('checkpoint')!.slice();
    checkpoint[ORIGIN.length + 5] = (checkpoint[ORIGIN.length + 5] ?? 0) ^ 1;
    files.files.set('checkpoint', checkpoint);
    await expect(openMemoryLedger({ store, files })).rejects.toMatchObject({ code: 'log_corrupt' });
  });
});

describe('fsck', () => {
  it('names the file with one bit changed, whichever it is', async () => {
    const { store, files } = await filled(600);
    for (const [path, bytes] of [...files.files]) {
      if (path.includes('.p/') && !isOfSize(path, 600)) continue; // partials of earlier sizes are not part of this tree
      const changed = bytes.slice();
      const at = Math.floor(changed.length / 2);
      changed[at] = (changed[at] ?? 0) ^ 1;
      files.files.set(path, changed);
      const report = (await fsckOf(store, files)) as { ok: boolean; path: string };
      expect(report.ok).toBe(false);
      if (!path.startsWith('tile/entries/')) expect(report.path).toBe(path);
      files.files.set(path, bytes);
    }
    expect(await fsckOf(store, files)).toMatchObject({ ok: true });
  });

  it('names a partial bundle with an entry more than its width', async () => {
    const { store, files } = await filled(300);
    const path = 'tile/entries/001.p/44';
    files.files.set(path, concatBytes(files.files.get(path)!, Uint8Array.of(0, 1, 7)));
    expect(await fsckOf(store, files)).toMatchObject({ ok: false, path, problem: 'it holds 45 entries, not 44' });
  });

  it('names a row that is not what was published', async () => {
    const { store, files } = await filled(300);
    store.entries[123] = { ...store.entries[123]!, body: new TextEncoder().encode('{"n":999}') };
    expect(await fsckOf(store, files)).toMatchObject({ ok: false, path: 'rows/entries/123' });
  });

  it('names a key row that points elsewhere', async () => {
    const { store, files } = await filled(30);
    const [a, b] = [store.entries[3]!, store.entries[4]!];
    store.entries[3] = { ...a, key: b.key };
    expect(await fsckOf(store, files)).toMatchObject({ ok: false, path: 'rows/keys of entry 3' });
  });

  it('checks a log without its rows', async () => {
    const { files } = await filled(300);
    const report = await fsck({ origin: ORIGIN, verifierKey: parsedVerifierKey(), files });
    expect(report).toMatchObject({ ok: true, size: 300, rows: undefined });
  });
});

function isOfSize(path: string, size: number): boolean {
  const width = Number(path.split('/').at(-1));
  return width === size % 256 || width === Math.floor(size / 256);
}
