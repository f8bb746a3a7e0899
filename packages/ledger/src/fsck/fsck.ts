/**
 * Recomputes a log from bytes and names the first wrong one (DESIGN section 13, `fractal log fsck`).
 *
 *  1. the checkpoint's signature, under the key given;
 *  2. every bundle: its length, its entries, its partial width;
 *  3. every tile of every level against the hashes recomputed from the bundles;
 *  4. the root against the checkpoint;
 *  5. with rows: every row against its public leaf, its key row, the rows after the published size, the head, and the
 *     checks of all key rows and derived rows.
 *
 * Memory is flat: one bundle and one partial tile a level. Not checked: what bodies say; that no other log was shown to
 * somebody else (that is what witnesses are for); that derived rows say what entries say (`fractal log repair --dry-run`).
 */
import {
  EMPTY_ROOT,
  equalBytes,
  type Hash,
  leafHash,
  rootOfRange,
  toBase64,
  type VerifierKey,
  verifyCheckpoint,
} from '@fractal/tlog';
import { TileState } from '../integrate/tile-state.ts';
import { rangeOfLevels } from '../open/edge.ts';
import { CorruptRow, type LogStore, type StoredEntry } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { RepairableRows } from '../ports/repairable-rows.ts';
import { readTile } from '../receipt/proof.ts';
import { leafOf } from '../sequence/leaf.ts';
import { readBundle } from './published.ts';

export interface FsckOptions {
  readonly origin: string;
  readonly verifierKey: VerifierKey;
  /** Of the keys the log signed by before. */
  readonly olderKeys?: readonly VerifierKey[];
  readonly files: Pick<PublicFiles, 'read'>;
  /** The private rows; without them only what is public is checked. */
  readonly store?: LogStore;
  /** A closed generation: its rows may end before what is published (they were restored), or nothing may be published. */
  readonly isClosed?: boolean;
  /** The same rows, to see those that no entry leads to: derived rows, empty key rows, strays. */
  readonly rows?: Pick<RepairableRows, 'scanKeys' | 'scanRowKeys' | 'damagedRows' | 'strayEntries'>;
  readonly onProgress?: (checked: number, total: number) => void;
}

export type FsckReport =
  | { readonly ok: true; readonly size: number; readonly root: string; readonly rows: number | undefined }
  | { readonly ok: false; readonly path: string; readonly problem: string };

/** Stops the walk at the first wrong byte; never leaves this module. */
class Wrong extends Error {
  readonly path: string;
  constructor(path: string, problem: string) {
    super(problem);
    this.path = path;
  }
}

const BUNDLE_ENTRIES = 256;

/** Checks the log; resolves with the first problem or with the size and root that were recomputed. */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  try {
    return await walk(options);
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, path: error.path, problem: error.message };
    if (error instanceof CorruptRow) {
      const [row] = error.message.split(' ', 1); // such a message begins with the row's name
      return { ok: false, path: row?.startsWith('rows/') ? row : 'rows', problem: error.message };
    }
    throw error;
  }
}

async function walk(options: FsckOptions): Promise<FsckReport> {
  const { size, root } = await readCheckpoint(options);
  const tiles = new TileState(0, [], []);
  for (let from = 0; from < size; from += BUNDLE_ENTRIES) {
    const to = Math.min(from + BUNDLE_ENTRIES, size);
    const leaves = await bundleOf(options.files, from, to);
    await compareRows(options, from, leaves);
    tiles.add(leaves, leaves.map(leafHash));
    await compareTiles(options.files, tiles, to === size);
    options.onProgress?.(to, size);
  }
  const range = rangeOfLevels(tiles.levels);
  const recomputed = size === 0 ? EMPTY_ROOT : rootOfRange(range);
  if (!equalBytes(recomputed, root)) {
    throw new Wrong('checkpoint', `its root is ${toBase64(root)}, the entries give ${toBase64(recomputed)}`);
  }
  const rows =
    options.store === undefined ? undefined : await compareTail(options.store, options.isClosed === true, tiles);
  if (options.rows !== undefined) await scanRows(options.rows, rows ?? 0);
  return { ok: true, size, root: toBase64(root), rows };
}

/** Rows that no entry led to above; their checks at least are right. */
async function scanRows(rows: NonNullable<FsckOptions['rows']>, size: number): Promise<void> {
  const { damaged } = await rows.scanKeys();
  const derived = await rows.damagedRows();
  const rowKeys = await rows.scanRowKeys();
  const [first] = [...damaged, ...derived.map(({ name }) => name), ...rowKeys.damaged];
  if (first !== undefined) throw new Wrong(first, 'its check is wrong, or it is missing');
  if (rowKeys.goneRows > 0) throw new Wrong('rows/row-keys', `${rowKeys.goneRows} derived rows are gone`);
  const [stray] = await rows.strayEntries(size);
  if (stray !== undefined) throw new Wrong(stray, 'it is damaged and lies past the end of the log');
}

async function readCheckpoint(options: FsckOptions): Promise<{ size: number; root: Hash }> {
  const { files, origin, verifierKey, olderKeys } = options;
  const checkpoint = await files.read('checkpoint');
  if (checkpoint === undefined && options.isClosed === true) return { size: 0, root: EMPTY_ROOT };
  if (checkpoint === undefined) throw new Wrong('checkpoint', 'there is none: nothing was published here');
  const verified = verifyCheckpoint({ checkpoint, origin, verifierKey, olderKeys });
  if (!verified.ok) throw new Wrong('checkpoint', `it does not verify: ${verified.code}`);
  return { size: Number(verified.value.size), root: verified.value.root };
}

async function bundleOf(files: Pick<PublicFiles, 'read'>, from: number, to: number): Promise<readonly Uint8Array[]> {
  const bundle = await readBundle(files, from / BUNDLE_ENTRIES, to - from);
  if (!bundle.ok) throw new Wrong(bundle.path, bundle.problem);
  return bundle.value;
}

async function compareTiles(files: Pick<PublicFiles, 'read'>, tiles: TileState, last: boolean): Promise<void> {
  const snapshot = tiles.snapshot();
  const expected = last ? snapshot.files : snapshot.files.slice(0, snapshot.fullCount);
  for (const { path, bytes } of expected) {
    if (path.startsWith('tile/entries/')) continue; // read and hashed already; its bytes gave these tiles
    const found = await readTile(files, path);
    if (found === undefined) throw new Wrong(path, 'it is missing');
    if (!equalBytes(found, bytes))
      throw new Wrong(path, `it differs from what the entries give, from byte ${firstDifference(found, bytes)}`);
  }
  tiles.markPublished(snapshot);
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i += 1;
  return i;
}

async function compareRows(
  { store, isClosed }: FsckOptions,
  from: number,
  leaves: readonly Uint8Array[],
): Promise<void> {
  if (store === undefined) return;
  const rowsEnd = isClosed === true ? ((await store.readHead())?.size ?? 0) : Number.POSITIVE_INFINITY;
  const entries = await store.readEntries(from, from + leaves.length);
  for (const [offset, leaf] of leaves.entries()) {
    const entry = entries[offset];
    const name = `rows/entries/${from + offset}`;
    if (from + offset >= rowsEnd) return;
    if (entry === undefined) throw new Wrong(name, 'it is missing');
    if (!equalBytes(leafOf(entry), leaf)) throw new Wrong(name, 'its salted commitment is not the published leaf');
    await compareKey(store, entry);
  }
}

async function compareKey(store: LogStore, entry: StoredEntry): Promise<void> {
  const row = await store.readKey(entry.key);
  const name = `rows/keys of entry ${entry.index}`;
  if (row === undefined) throw new Wrong(name, 'the entry has no key row: it could be logged twice');
  if (row.index !== entry.index) throw new Wrong(name, `its key row points at entry ${row.index}`);
}

/** The rows after the published size must lead to the committed head. Returns how many rows there are. */
async function compareTail(store: LogStore, isClosed: boolean, tiles: TileState): Promise<number> {
  const head = (await store.readHead()) ?? { size: 0, range: [] };
  if (isClosed && head.size < tiles.size) return head.size; // each of its rows is the published leaf
  if (head.size < tiles.size) throw new Wrong('rows/head', `it says ${head.size} entries, ${tiles.size} are published`);
  while (tiles.size < head.size) {
    const entries = await store.readEntries(tiles.size, Math.min(tiles.size + BUNDLE_ENTRIES, head.size));
    if (entries.length === 0) throw new Wrong(`rows/entries/${tiles.size}`, 'it is missing');
    const leaves = entries.map(leafOf);
    for (const entry of entries) await compareKey(store, entry);
    tiles.add(leaves, leaves.map(leafHash));
    tiles.markPublished(tiles.snapshot());
  }
  const range = rangeOfLevels(tiles.levels);
  const agree = range.length === head.range.length && range.every((hash, i) => equalBytes(hash, head.range[i]!));
  if (!agree) throw new Wrong('rows/head', 'its compact range is not what the rows give');
  return head.size;
}
