/**
 * Strangers agree (DESIGN sections 1 and 4): Tessera's fsck accepts what the ledger published at sizes on both sides of every
 * tile boundary that matters, and refuses the same directory with one byte changed.
 */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedLog, embeddedVerifierKey, growTo, ORIGIN, openEmbeddedLog } from '../harness/embedded-log.ts';
import { readPublishedLog, rootsAt } from '../harness/published-log.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { buildTesseraFsck, tesseraFsck } from '../harness/tessera.ts';

const program = buildTesseraFsck();
const vkey = embeddedVerifierKey();
const seed = seedOfRun();
const random = seededRandom(seed);
console.log(`strangers: FRACTAL_SEED=${seed}`);

/** Sizes at which the growing log is copied, to be damaged later. */
const damagedSizes = [257, 65_537];

let log: EmbeddedLog;
let copies: string;

beforeAll(async () => {
  log = await openEmbeddedLog(scratchDirectory('strangers'));
  copies = scratchDirectory('strangers-copies');
});

afterAll(async () => {
  await log.close();
  removeScratch();
});

describe.skipIf(program === undefined)("Tessera's fsck", () => {
  it.each([0, 1, 255, 256, 257, 65_537, 300_000])(
    'accepts the published log at %d leaves',
    { timeout: 180_000 },
    async (size) => {
      await growTo(log, size);
      const published = readPublishedLog(log.publicFolder);
      if (damagedSizes.includes(size)) cpSync(log.publicFolder, join(copies, String(size)), { recursive: true });
      const root = rootsAt(published.entries, [size]).get(size);
      expect({ origin: published.origin, size: published.size, root: published.root }).toEqual({
        origin: ORIGIN,
        size,
        root,
      });
      const verdict = tesseraFsck(program!, log.publicFolder, vkey);
      expect(verdict).toEqual({ accepted: true, size, root });
    },
  );

  describe('refuses one changed byte', () => {
    const kinds = ['entries', '0', '1', 'checkpoint'] as const;
    const cases = damagedSizes.flatMap((size) => kinds.map((kind) => [kind, size] as const));
    it.each(cases)('in %s of %d leaves', (kind, size) => {
      const copy = join(copies, String(size));
      expect(tesseraFsck(program!, copy, vkey)).toMatchObject({ accepted: true, size });
      const path = kind === 'checkpoint' ? 'checkpoint' : random.pick(neededFiles(copy, kind, size));
      const right = readFileSync(join(copy, path));
      const { wrong, where } = withOneByteChanged(right);
      writeFileSync(join(copy, path), wrong);
      expect(tesseraFsck(program!, copy, vkey), `${path}: ${where}`).toMatchObject({ accepted: false });
      writeFileSync(join(copy, path), right);
    });
  });
});

/** The files of one kind that a log of this size needs: full tiles, and the partial one of the last width. */
function neededFiles(directory: string, kind: 'entries' | '0' | '1', size: number): string[] {
  const width = kind === '1' ? Math.floor(size / 256) % 256 : size % 256;
  const paths = filesBelow(join(directory, 'tile', kind)).map((path) => `tile/${kind}/${path}`);
  return paths.filter((path) => !path.includes('.p/') || path.endsWith(`.p/${width}`));
}

function filesBelow(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(directory, name)).isFile());
}

function withOneByteChanged(right: Uint8Array): { wrong: Uint8Array; where: string } {
  const wrong = Uint8Array.from(right);
  const at = random.below(wrong.length);
  wrong[at] = right[at]! ^ (1 << random.below(8));
  return { wrong, where: `byte ${at}, ${right[at]} to ${wrong[at]}` };
}
