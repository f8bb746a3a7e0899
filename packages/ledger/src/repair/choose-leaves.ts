/**
 * What the leaves of one bundle are, out of rows, bundle, tile and sources of which any may be damaged. This is a choice,
 * not a proof: `proveLog` holds all choices against signed checkpoints, and nothing is written unless they agree.
 */
import { equalBytes, type Hash, leafHash, TILE_WIDTH } from '@fractal/tlog';
import { readBundle, readHashes, widthOf } from '../fsck/published.ts';
import { rootOfTile } from '../integrate/tile-state.ts';
import type { LogStore, StoredEntry } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { readOf } from '../scrub/scrub-rows.ts';
import { leafOf } from '../sequence/leaf.ts';
import { type Brought, broughtFor, type EntrySource } from './sources.ts';

export interface ChosenLeaf {
  readonly index: number;
  readonly hash: Hash;
  /** The 49 public bytes, where anything has them. */
  readonly leaf: Uint8Array | undefined;
  /** The row, where it is whole and of this leaf. */
  readonly row: StoredEntry | undefined;
  /** Why there is no row. */
  readonly problem: string | undefined;
  /** In the row's place, of this leaf. */
  readonly brought: Brought | undefined;
}

export interface ChooseLeaves {
  readonly store: Pick<LogStore, 'readEntry' | 'readEntries'>;
  readonly files: Pick<PublicFiles, 'read'>;
  readonly sources: readonly EntrySource[];
  /** First index, the beginning of a bundle. */
  readonly first: number;
  /** How many entries of it the log has. */
  readonly count: number;
  /** Size of the tree that the public files are of. */
  readonly publishedSize: number;
}

interface Witnesses {
  readonly rows: readonly (StoredEntry | undefined)[];
  readonly problems: readonly (string | undefined)[];
  readonly bundle: readonly Uint8Array[] | undefined;
  readonly tile: readonly Hash[] | undefined;
  readonly brought: readonly (readonly Brought[])[];
}

/** Undefined in the place of a leaf that nothing has. */
export async function chooseLeaves(options: ChooseLeaves): Promise<readonly (ChosenLeaf | undefined)[]> {
  const witnesses = await readWitnesses(options);
  const hashes = await choose(options, witnesses);
  return hashes.map((hash, offset) => (hash === undefined ? undefined : chosenOf(options, witnesses, offset, hash)));
}

async function readWitnesses(options: ChooseLeaves): Promise<Witnesses> {
  const { store, files, sources, first, count, publishedSize } = options;
  const index = first / TILE_WIDTH;
  const width = Math.min(count, widthOf(index, publishedSize));
  const fileWidth = widthOf(index, publishedSize);
  const bundle = fileWidth === 0 ? undefined : await readBundle(files, index, fileWidth);
  const tile = fileWidth === 0 ? undefined : await readHashes(files, 0, index, fileWidth);
  const rows: (StoredEntry | undefined)[] = [];
  const problems: (string | undefined)[] = [];
  const brought: (readonly Brought[])[] = [];
  const range = await readOf(() => store.readEntries(first, first + count));
  const whole = range.ok && range.value.length === count ? range.value : undefined;
  for (let offset = 0; offset < count; offset += 1) {
    const read = whole === undefined ? await readOf(() => store.readEntry(first + offset)) : undefined;
    const row = whole?.[offset] ?? (read?.ok === true ? read.value : undefined);
    const hash = row === undefined ? undefined : leafHash(leafOf(row));
    const published = offset < width && tile?.ok === true ? tile.value[offset] : undefined;
    const isSure = hash !== undefined && (published === undefined || equalBytes(hash, published));
    rows.push(row);
    problems.push(read?.ok === false ? read.problem : row === undefined ? 'it is missing' : undefined);
    brought.push(isSure ? [] : await broughtFor(sources, first + offset));
  }
  return {
    rows,
    problems,
    bundle: bundle?.ok === true ? bundle.value : undefined,
    tile: tile?.ok === true ? tile.value : undefined,
    brought,
  };
}

/**
 * Of a full bundle, the first of rows, bundle and tile (each filled up from the others) that gives the root in the tile
 * above; else, entry by entry, what two agree on, or the first there is.
 */
async function choose(options: ChooseLeaves, witnesses: Witnesses): Promise<readonly (Hash | undefined)[]> {
  const { files, first, count, publishedSize } = options;
  const columns = Array.from({ length: count }, (_, offset) => hashesFor(witnesses, offset));
  const byVote = columns.map(voted);
  if (count < TILE_WIDTH || first + TILE_WIDTH > publishedSize) return byVote;
  const index = first / TILE_WIDTH;
  const aboveIndex = Math.floor(index / TILE_WIDTH);
  const aboveWidth = widthOf(aboveIndex, Math.floor(publishedSize / TILE_WIDTH));
  const above = await readHashes(files, 1, aboveIndex, aboveWidth);
  if (!above.ok) return byVote;
  const expected = above.value[index % TILE_WIDTH]!;
  const preferring = [0, 1, 2].map((place) => columns.map((column) => column[place] ?? voted(column)));
  const fits = [byVote, ...preferring].find((hashes) => {
    const known = hashes.filter((hash) => hash !== undefined);
    return known.length === TILE_WIDTH && equalBytes(rootOfTile(known), expected);
  });
  return fits ?? byVote;
}

/** Hash by row, by bundle, by tile, then by what was brought. */
function hashesFor({ rows, bundle, tile, brought }: Witnesses, offset: number): readonly (Hash | undefined)[] {
  const row = rows[offset];
  const leaf = bundle?.[offset];
  return [
    row === undefined ? undefined : leafHash(leafOf(row)),
    leaf === undefined ? undefined : leafHash(leaf),
    tile?.[offset],
    ...brought[offset]!.map(({ entry }) => leafHash(leafOf(entry))),
  ];
}

function voted(hashes: readonly (Hash | undefined)[]): Hash | undefined {
  const present = hashes.filter((hash) => hash !== undefined);
  return present.find((hash) => present.filter((other) => equalBytes(other, hash)).length > 1) ?? present[0];
}

function chosenOf(options: ChooseLeaves, witnesses: Witnesses, offset: number, hash: Hash): ChosenLeaf {
  const isOf = (entry: StoredEntry): boolean => equalBytes(leafHash(leafOf(entry)), hash);
  const found = witnesses.rows[offset];
  const row = found !== undefined && isOf(found) ? found : undefined;
  const brought = row === undefined ? witnesses.brought[offset]!.find(({ entry }) => isOf(entry)) : undefined;
  const published = witnesses.bundle?.[offset];
  const isPublished = published !== undefined && equalBytes(leafHash(published), hash);
  const entry = row ?? brought?.entry;
  return {
    index: options.first + offset,
    hash,
    leaf: entry !== undefined ? leafOf(entry) : isPublished ? published : undefined,
    row,
    problem: row === undefined ? (witnesses.problems[offset] ?? 'it is not what the log committed to') : undefined,
    brought,
  };
}
