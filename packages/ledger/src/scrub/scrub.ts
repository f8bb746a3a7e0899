/**
 * Compares a range of a log's rows with its public files, and names whatever is damaged (DESIGN sections 1 and 13). For a
 * log that is being written and served: it reads little at a time, changes nothing, and goes on after a finding.
 *
 *     row      its checksum; its key row points back at it; with `derive`, the derived rows it tells are there
 *     leaf     tag, salt and body of the row give the leaf in the bundle, whose hash is in the level 0 tile
 *     tile     each hash of the levels above is the root of the full tile below it, for each that ends in the range
 *     edge     the partial tiles give the root of the checkpoint, where the range reaches the published size
 *
 * Memory: a bundle of rows and a few tiles. Of row, bundle and tile the two that agree name the third; where no two do,
 * or one can't be read, both that disagree are named.
 *
 * Not checked: rows after the published size against anything but their checksums and key rows (fsck recomputes the head
 * from them); partial files of earlier sizes, which no checkpoint served now needs; what a derived row says (a later
 * entry may have had the last word); the signature of the checkpoint, unless `log` is given. A change of row, key row, bundle, tiles and checkpoint together shows against a
 * receipt or a witness only.
 */
import {
  equalBytes,
  type Hash,
  leafHash,
  parseCheckpoint,
  parseNote,
  rootOfRange,
  TILE_WIDTH,
  toBase64,
  type VerifierKey,
  verifyCheckpoint,
} from '@fractal/tlog';
import { readBundle, readHashes, widthOf } from '../fsck/published.ts';
import { rootOfTile } from '../integrate/tile-state.ts';
import { rangeOfLevels } from '../open/edge.ts';
import type { StoredEntry } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { DeriveRows } from '../repair/repair-rows.ts';
import { leafOf } from '../sequence/leaf.ts';
import { type Damage, type Damages, damages } from './damage.ts';
import { readOf, type ScrubbedStore, scrubDerived, scrubRows } from './scrub-rows.ts';

export interface ScrubOptions {
  readonly store: ScrubbedStore;
  readonly files: Pick<PublicFiles, 'read'>;
  /** First index. The bundle it lies in is checked from its beginning: call with steps of some bundles. */
  readonly from: number;
  /** One past the last index. */
  readonly to: number;
  /** With it each derived row that an entry tells is looked for. */
  readonly derive?: DeriveRows;
  /** With it the checkpoint's signature is checked too. */
  readonly log?: { readonly origin: string; readonly verifierKey: VerifierKey };
}

interface Published {
  readonly size: number;
  readonly root: Hash;
}

/** Every damage found in the range, each thing once; empty where all is right. Throws what the ports throw but CorruptRow. */
export async function scrubEntries(options: ScrubOptions): Promise<readonly Damage[]> {
  const { store, files, from, to } = options;
  const found = damages();
  const head = await readOf(() => store.readHead());
  if (!head.ok) found.add('rows/head', head.problem, true);
  const published = await readPublished(options, found);
  const size = published?.size ?? 0;
  const headSize = head.ok ? (head.value?.size ?? 0) : size;
  if (headSize < size) found.add('rows/head', `it says ${headSize} entries, ${size} are published`, false);
  const end = Math.min(to, headSize);
  for (let first = from - (from % TILE_WIDTH); first < end; first += TILE_WIDTH) {
    const rows = await scrubRows(store, first, Math.min(first + TILE_WIDTH, end), found);
    if (options.derive !== undefined) await scrubDerived(store, rows, options.derive, found);
    const leaves = await scrubLeaves(files, first, size, rows, found);
    await scrubTilesAbove({ files, size, end: first + TILE_WIDTH, leaves, found });
  }
  if (published !== undefined && to >= size) await scrubEdge(files, published, found);
  return found.list();
}

/** Undefined where nothing was published, or where the checkpoint is damaged: then only rows are compared. */
async function readPublished({ files, log }: ScrubOptions, found: Damages): Promise<Published | undefined> {
  const bytes = await files.read('checkpoint');
  if (bytes === undefined) return undefined;
  if (log !== undefined) {
    const verified = verifyCheckpoint({ checkpoint: bytes, ...log });
    if (verified.ok) return { size: Number(verified.value.size), root: verified.value.root };
    found.add('checkpoint', `it does not verify: ${verified.code}`, false);
    return undefined;
  }
  const note = parseNote(bytes);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  if (checkpoint.ok) return { size: Number(checkpoint.value.size), root: checkpoint.value.root };
  found.add('checkpoint', `it can't be read: ${checkpoint.code}`, false);
  return undefined;
}

/** Row, bundle and tile of each entry of one bundle. Returns the leaf hashes that were found right, where all were. */
async function scrubLeaves(
  files: Pick<PublicFiles, 'read'>,
  first: number,
  size: number,
  rows: readonly (StoredEntry | undefined)[],
  found: Damages,
): Promise<readonly Hash[] | undefined> {
  const index = first / TILE_WIDTH;
  const width = widthOf(index, size);
  if (width === 0) return undefined;
  const intact = rows.length >= width && rows.every((row) => row !== undefined);
  const bundle = await readBundle(files, index, width);
  if (!bundle.ok) found.add(bundle.path, bundle.problem, intact);
  const tile = await readHashes(files, 0, index, width);
  if (!tile.ok) found.add(tile.path, tile.problem, bundle.ok || intact);
  const right: Hash[] = [];
  for (let offset = 0; offset < Math.min(width, rows.length); offset += 1) {
    const row = rows[offset];
    const hash = judge({
      index: first + offset,
      rowHash: row === undefined ? undefined : leafHash(leafOf(row)),
      bundleHash: bundle.ok ? leafHash(bundle.value[offset]!) : undefined,
      tileHash: tile.ok ? tile.value[offset] : undefined,
      bundlePath: bundle.path,
      tilePath: tile.path,
      found,
    });
    if (hash !== undefined) right.push(hash);
  }
  return right.length === TILE_WIDTH ? right : undefined;
}

/** Of three witnesses of one leaf, the two that agree are right. Returns their hash; undefined where there are no two. */
function judge(input: {
  readonly index: number;
  readonly rowHash: Hash | undefined;
  readonly bundleHash: Hash | undefined;
  readonly tileHash: Hash | undefined;
  readonly bundlePath: string;
  readonly tilePath: string;
  readonly found: Damages;
}): Hash | undefined {
  const { index, rowHash, bundleHash, tileHash, found } = input;
  const row = {
    what: `rows/entries/${index}`,
    hash: rowHash,
    problem: 'its salted commitment is not the published leaf',
  };
  const bundle = {
    what: input.bundlePath,
    hash: bundleHash,
    problem: `its entry ${index} is not what the log committed to`,
  };
  const tile = { what: input.tilePath, hash: tileHash, problem: `its hash of entry ${index} is not that of the leaf` };
  const present = [row, bundle, tile].filter(({ hash }) => hash !== undefined);
  for (const one of present) {
    const others = present.filter((other) => other !== one);
    if (!others.some(({ hash }) => equalBytes(hash!, one.hash!))) continue;
    // A row can't be made again from its commitment; the files can be, from either of the two that agree.
    for (const { what, hash, problem } of others) {
      if (!equalBytes(hash!, one.hash!)) found.add(what, problem, what !== row.what);
    }
    return one.hash;
  }
  if (present.length > 1)
    for (const { what, problem } of present) found.add(what, `${problem} (or another is damaged)`, false);
  return undefined;
}

/** The full tiles that end at `end`, lowest first: each one's root is its hash in the tile above. */
async function scrubTilesAbove(input: {
  readonly files: Pick<PublicFiles, 'read'>;
  readonly size: number;
  readonly end: number;
  readonly leaves: readonly Hash[] | undefined;
  readonly found: Damages;
}): Promise<void> {
  const { files, size, end, found } = input;
  if (end > size) return;
  let known = input.leaves;
  for (let level = 0; end % TILE_WIDTH ** (level + 1) === 0; level += 1) {
    const index = end / TILE_WIDTH ** (level + 1) - 1;
    const hashes = known ?? (await hashesOf(files, level, index));
    const aboveIndex = Math.floor(index / TILE_WIDTH);
    const above = await readHashes(files, level + 1, aboveIndex, widthOf(aboveIndex, floorDiv(size, level + 1)));
    known = undefined;
    if (!above.ok) found.add(above.path, above.problem, true);
    else if (hashes !== undefined && !equalBytes(rootOfTile(hashes), above.value[index % TILE_WIDTH]!)) {
      await blame({ ...input, level, index, hashes, path: above.path, hash: above.value[index % TILE_WIDTH]! });
    }
  }
}

/** Two tiles disagree: what the tiles below give says which of them is wrong. */
async function blame(input: {
  readonly files: Pick<PublicFiles, 'read'>;
  readonly found: Damages;
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Hash[];
  readonly path: string;
  readonly hash: Hash;
}): Promise<void> {
  const { files, found, level, index, hashes, path, hash } = input;
  const problem = `its hash ${index % TILE_WIDTH} is not the root of tile ${index} of level ${level}`;
  if (level === 0) {
    found.add(path, problem, true);
    return;
  }
  const below = await readHashes(files, level, index, TILE_WIDTH);
  const roots: Hash[] = [];
  for (let child = 0; child < TILE_WIDTH; child += 1) {
    const childHashes = await hashesOf(files, level - 1, index * TILE_WIDTH + child);
    if (childHashes !== undefined) roots.push(rootOfTile(childHashes));
  }
  const same = roots.length === TILE_WIDTH && roots.every((root, i) => equalBytes(root, hashes[i]!));
  if (!same) found.add(below.path, 'it is not what the tiles below it give', true);
  if (same || !equalBytes(rootOfTile(roots), hash)) found.add(path, problem, true);
}

/** Hashes of a full tile, undefined where it can't be read: it is named where its own range is checked. */
async function hashesOf(
  files: Pick<PublicFiles, 'read'>,
  level: number,
  index: number,
): Promise<readonly Hash[] | undefined> {
  const tile = await readHashes(files, level, index, TILE_WIDTH);
  return tile.ok ? tile.value : undefined;
}

/** The partial tiles of all levels give the root that was signed. Said only where none of them is found to be damaged. */
async function scrubEdge(files: Pick<PublicFiles, 'read'>, { size, root }: Published, found: Damages): Promise<void> {
  const edge: EdgeTile[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    const count = floorDiv(size, level);
    const index = Math.floor(count / TILE_WIDTH);
    const width = count % TILE_WIDTH;
    if (width === 0) {
      edge.push({ level, index, path: '', hashes: [] });
      continue;
    }
    const tile = await readHashes(files, level, index, width);
    if (!tile.ok) found.add(tile.path, tile.problem, true);
    if (!tile.ok || found.has(tile.path)) return;
    edge.push({ level, index, path: tile.path, hashes: tile.value });
  }
  if (edge.length === 0) return;
  const given = rootOfRange(rangeOfLevels(edge.map(({ hashes }) => hashes)));
  if (equalBytes(given, root)) return;
  for (const tile of edge.slice(1)) {
    if (await differsFromChildren(files, tile)) {
      found.add(tile.path, 'it is not what the tiles below it give', true);
      return;
    }
  }
  found.add('checkpoint', `its root is ${toBase64(root)}, the tiles give ${toBase64(given)}`, false);
}

interface EdgeTile {
  readonly level: number;
  readonly index: number;
  readonly path: string;
  readonly hashes: readonly Hash[];
}

async function differsFromChildren(
  files: Pick<PublicFiles, 'read'>,
  { level, index, hashes }: EdgeTile,
): Promise<boolean> {
  for (const [child, hash] of hashes.entries()) {
    const below = await hashesOf(files, level - 1, index * TILE_WIDTH + child);
    if (below !== undefined && !equalBytes(rootOfTile(below), hash)) return true;
  }
  return false;
}

function floorDiv(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}
