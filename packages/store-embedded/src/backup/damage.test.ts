/** Every kind of damage to a backup is found and its file named. */
import { createHash } from 'node:crypto';
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseVerifierKey } from '@fractal/tlog';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeEntryFrame, encodeEntryFrame } from './entry-frame.ts';
import { createFramedFile, readFrames } from './framed-file.ts';
import { formatManifest, type Manifest, parseManifest } from './manifest.ts';
import { decodePackRow, encodePackRow } from './pack.ts';
import { readBackup } from './target.ts';
import {
  backUp,
  filesBelow,
  openSourceDirectory,
  removeScratch,
  type SourceDirectory,
  scratch,
} from './testing/source-directory.ts';
import { verifyBackup } from './verify-backup.ts';

let source: SourceDirectory;
let whole: string;
beforeAll(async () => {
  source = await openSourceDirectory();
  await source.grow(4_096 + 20);
  for (const text of ['a', 'b', 'c']) await source.put(text);
  whole = await scratch('whole');
  await backUp(source, whole);
});
afterAll(async () => {
  await source.close();
  await removeScratch();
});

async function copy(): Promise<string> {
  const target = await scratch('damaged');
  await cp(whole, target, { recursive: true });
  return target;
}

describe('fractal backup verify', () => {
  it('names the file with one changed byte, wherever it is', async () => {
    const target = await copy();
    const files = [...(await filesBelow(target))].filter(([file]) => file !== 'run');
    expect(files.map(([file]) => file.replace(/\d+/g, 'n'))).toEqual(
      expect.arrayContaining(['manifest.json', 'logs/n/n-n.entries', 'vault/n.keys', 'vault/n.contents']),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async ([file, { bytes }], at, change) => {
          const changed = Buffer.from(bytes);
          changed[at % bytes.length]! ^= change;
          await writeFile(join(target, file), changed);
          const verified = await verifyBackup({ target }).catch((error: { code: string; message: string }) => error);
          await writeFile(join(target, file), bytes);
          if ('ok' in verified) expect(verified).toMatchObject({ ok: false, file });
          else
            expect([file, verified.code]).toEqual([
              'manifest.json',
              expect.stringMatching(/not_a_backup|backup_format_unknown/),
            ]);
        },
      ),
      { numRuns: 60 },
    );
    expect(await verifyBackup({ target })).toMatchObject({ ok: true });
  });

  it('names a file that is missing, cut off, longer, or another one of the backup', async () => {
    const names = [...(await filesBelow(whole)).keys()].filter((file) => file.includes('/'));
    for (const file of names) {
      const bytes = await readFile(join(whole, file));
      const target = await copy();
      await rm(join(target, file));
      expect(await verifyBackup({ target })).toEqual({ ok: false, file, problem: 'it is missing' });
      await writeFile(join(target, file), bytes);
      await truncate(join(target, file), bytes.length - 1);
      expect(await verifyBackup({ target })).toEqual({ ok: false, file, problem: 'it ends too early' });
      await writeFile(join(target, file), Buffer.concat([bytes, Buffer.of(0)]));
      expect(await verifyBackup({ target })).toEqual({ ok: false, file, problem: 'bytes follow its end' });
      const other = names.find((name) => name !== file)!;
      await cp(join(whole, other), join(target, file));
      expect(await verifyBackup({ target })).toMatchObject({ ok: false, file });
    }
  });

  it('finds a backup whose maker changed a body and all checksums: the root is under a signature', async () => {
    const target = await copy();
    const manifest = await readBackup(target);
    const [log] = manifest.logs;
    const segment = log!.segments[0]!;
    const frames: Uint8Array[] = [];
    for await (const frame of readFrames(target, segment)) frames.push(frame);
    frames[7]!.set([frames[7]!.at(-2)! ^ 1], frames[7]!.length - 2);
    const writer = await createFramedFile({ target, file: segment.file, temporary: join(target, 'x') });
    for (const frame of frames) await writer.append(frame);
    const forged = { ...segment, ...(await writer.finish()) };
    const logs = [{ ...log!, segments: [forged, ...log!.segments.slice(1)] }];
    await writeFile(join(target, 'manifest.json'), formatManifest({ ...manifest, logs }).text);
    expect(await verifyBackup({ target })).toEqual({
      ok: false,
      file: 'logs/0',
      problem: 'the entries do not give the root that the checkpoint signs',
    });
  });

  it('holds the checkpoint against the key given, and refuses a key of another log', async () => {
    const key = (text: string) => {
      const parsed = parseVerifierKey(text);
      if (!parsed.ok) throw new Error(parsed.code);
      return parsed.value;
    };
    const byGiven = await verifyBackup({ target: whole, verifierKeys: [key(source.verifierKey)] });
    expect(byGiven).toMatchObject({ ok: true, logs: [{ byGivenKey: true }] });
    expect(await verifyBackup({ target: whole })).toMatchObject({ ok: true, logs: [{ byGivenKey: false }] });
    const other = await openSourceDirectory({ origin: 'example.com/other/0' });
    expect(await verifyBackup({ target: whole, verifierKeys: [key(other.verifierKey)] })).toMatchObject({ ok: false });
    const impostor = { ...key(other.verifierKey), name: source.ledger.origin };
    expect(await verifyBackup({ target: whole, verifierKeys: [impostor] })).toMatchObject({
      ok: false,
      file: 'manifest.json',
    });
    await other.close();
  });
});

describe('what a backup is read by', () => {
  const digest = createHash('sha256').update('x').digest('hex');

  it('gives back a manifest as it was written, and refuses any other text', async () => {
    const { text } = formatManifest(await readBackup(whole));
    const { manifest } = parseManifest(Buffer.from(text), 'm');
    expect(formatManifest(manifest).text).toBe(text);
    fc.assert(
      fc.property(fc.nat(), fc.string({ maxLength: 3 }), fc.nat({ max: 3 }), (at, insert, remove) => {
        const cut = at % text.length;
        const other = text.slice(0, cut) + insert + text.slice(cut + remove);
        if (other === text) return;
        expect(() => parseManifest(Buffer.from(other), 'm')).toThrow(/m( is no manifest|: | says version)/);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (other) => {
        expect(() => parseManifest(Buffer.from(other), 'm')).toThrow(/^m/);
      }),
    );
  });

  it('lets no name in a manifest lead out of the target', () => {
    const file = { bytes: 1, sha256: digest };
    const empty: Manifest = { createdMs: 1, dataFormat: 1, logs: [], packs: [], owed: [], packsMade: 0 };
    const packs = (name: string) => [
      { keys: { file: name, rows: 0, ...file }, contents: { file: 'vault/1.contents', count: 0, ...file } },
    ];
    expect(
      parseManifest(Buffer.from(formatManifest({ ...empty, packs: packs('vault/1.keys') }).text), 'm'),
    ).toBeDefined();
    for (const name of ['../1.keys', 'vault/../../1.keys', '/etc/passwd', 'vault/1.keys/..', 'vault/x.keys']) {
      const { text } = formatManifest({ ...empty, packs: packs(name) });
      expect(() => parseManifest(Buffer.from(text), 'm'), name).toThrow('out of form');
    }
    const log = {
      origin: 'o',
      verifierKeys: [],
      closed: null,
      size: 0,
      range: [],
      headMs: 0,
      checkpoint: null,
      segments: [],
    };
    for (const name of ['..', '.', 'a/b', '', '-x', 'A']) {
      const { text } = formatManifest({ ...empty, logs: [{ name, ...log }] });
      expect(() => parseManifest(Buffer.from(text), 'm'), name).toThrow('out of form');
    }
  });

  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  it('gives back entries and rows of packs as they were, and reads no other bytes as one', () => {
    const entry = fc.record({
      index: fc.nat(),
      tag: bytes(16),
      salt: bytes(16),
      key: bytes(32),
      digest: bytes(32),
      body: fc.uint8Array({ maxLength: 50 }),
    });
    const row = fc.record({
      address: fc.record({
        tenant: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
        pcsId: bytes(32).map((id) => Buffer.from(id).toString('hex')),
      }),
      keyRow: fc.uint8Array({ maxLength: 200 }),
      contentHash: fc.option(bytes(32), { nil: undefined }),
    });
    fc.assert(
      fc.property(entry, (given) => {
        const frame = encodeEntryFrame(given);
        expect(decodeEntryFrame(given.index, frame)).toEqual(given);
        expect(decodeEntryFrame(given.index + 1, frame)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(row, (given) => {
        expect(decodePackRow(encodePackRow(given))).toEqual(given);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        const asRow = decodePackRow(any);
        if (asRow !== undefined) expect(encodePackRow(asRow)).toEqual(any);
        const asEntry = decodeEntryFrame(0, any);
        if (asEntry !== undefined) expect(encodeEntryFrame(asEntry)).toEqual(any);
      }),
    );
  });

  it('gives back the frames of a file as they were appended, across every size of buffer', async () => {
    const target = await scratch('frames');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 100 })),
        fc.integer({ min: 1, max: 64 }),
        async (frames, bufferBytes) => {
          const writer = await createFramedFile({ target, file: 'a/b', temporary: join(target, 'x') });
          for (const frame of frames) await writer.append(frame);
          const facts = await writer.finish();
          const read: Uint8Array[] = [];
          for await (const frame of readFrames(target, facts, bufferBytes)) read.push(frame);
          expect(read).toEqual(frames);
          expect(
            createHash('sha256')
              .update(await readFile(join(target, 'a/b')))
              .digest('hex'),
          ).toBe(facts.sha256);
        },
      ),
      { numRuns: 60 },
    );
  });
});
