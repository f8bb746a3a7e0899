/**
 * A log that is closed for good (DESIGN I5): its entries are found, its receipts and public files are served, and nothing is
 * signed or committed any more. What it shows is the largest checkpoint known to have been signed that its rows agree with:
 * the published one, or the newest one that was kept with the rows. Entries after it (they may have been acknowledged) are
 * found and replayed; a receipt for them can no longer be made here. Where witnesses cosigned a checkpoint that the shown one
 * contains, receipts of what it covers are under that.
 *
 * Opening may publish that kept checkpoint, with its tiles. It signs nothing: no key comes in here.
 */
import {
  compactRangeNodes,
  equalBytes,
  formatReceipt,
  type Hash,
  rootOfRange,
  TileUnavailableError,
  tileReader,
} from '@fractal/tlog';
import { LedgerError } from '../errors.ts';
import { TileState } from '../integrate/tile-state.ts';
import { rootOfHead, SIGNED_KEY, SIGNED_TABLE } from '../open/compare-guard.ts';
import { growEdge, rootOfEdge } from '../open/edge.ts';
import {
  catchUp,
  type LogParts,
  type Published,
  publishedEdge,
  readOwnCheckpoint,
  readPublished,
} from '../open/open-ledger.ts';
import type { Head, StoredEntry } from '../ports/log-store.ts';
import { WITNESSED_PATH } from '../publish/cosigning.ts';
import { entryUnder } from '../receipt/entry-under.ts';
import { proofOf, readTile } from '../receipt/proof.ts';

export interface ClosedLog {
  readonly origin: string;
  /** Entries the rows hold. */
  readonly size: number;
  /** Entries that the checkpoint it shows covers; receipts can be made for those of its rows. */
  readonly shownSize: number;
  lookup(key: Uint8Array): Promise<StoredEntry | undefined>;
  readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined>;
  entries(from: number, to: number): Promise<readonly StoredEntry[]>;
  /** @throws LedgerError receipt_unavailable */
  receiptOf(entry: StoredEntry): Promise<string>;
}

/** @throws LedgerError log_corrupt */
export async function openClosedLog(log: LogParts): Promise<ClosedLog> {
  const { origin, store, files } = log;
  const head = (await store.readHead()) ?? { size: 0, range: [], timeMs: 0 };
  const shown = await shownCheckpoint(log, head);
  const witnessed = shown === undefined ? undefined : await witnessedCheckpoint(log, shown.size);
  return {
    origin,
    size: head.size,
    shownSize: shown?.size ?? 0,
    lookup: (key) => entryUnder(store, key),
    readRow: (table, key) => store.readRow(table, key),
    entries: (from, to) => store.readEntries(from, to),
    async receiptOf(entry) {
      const { index, tag, salt, body } = entry;
      if (shown === undefined || index >= shown.size) {
        const message = `${origin} is closed and shows ${shown?.size ?? 0} entries; no checkpoint over entry ${index} is known here`;
        throw new LedgerError('receipt_unavailable', message);
      }
      const under = witnessed !== undefined && index < witnessed.size ? witnessed : shown;
      const proof = await proofOf(files, entry, under);
      return formatReceipt({ tag, salt, body, index: BigInt(index), proof, checkpoint: under.note });
    },
  };
}

async function shownCheckpoint(log: LogParts, head: Head): Promise<Published | undefined> {
  const published = await readPublished(log);
  const kept = await keptCheckpoint(log);
  if (published !== undefined && published.size > head.size) {
    return (await agreesWithFiles(log, published, head)) ? published : undefined;
  }
  if (kept === undefined || kept.size > head.size || kept.size <= (published?.size ?? -1)) return published;
  return publishKept(log, published, kept);
}

/** The newest checkpoint that was signed when the last group was committed; undefined where none was kept. */
async function keptCheckpoint(log: LogParts): Promise<Published | undefined> {
  const row = await log.store.readRow(SIGNED_TABLE, SIGNED_KEY);
  if (row === undefined) return undefined;
  const kept = readOwnCheckpoint(log, row);
  return kept.ok ? kept.value : undefined;
}

/** The checkpoint that witnesses cosigned last, where the published tree contains it. */
async function witnessedCheckpoint(log: LogParts, shownSize: number): Promise<Published | undefined> {
  const bytes = await log.files.read(WITNESSED_PATH);
  const kept = bytes === undefined ? undefined : readOwnCheckpoint(log, bytes);
  if (kept?.ok !== true || kept.value.size > shownSize) return undefined;
  return (await isPrefix(log, shownSize, kept.value)) ? kept.value : undefined;
}

/** Whether the rows are a prefix of a larger published tree. */
function agreesWithFiles(log: LogParts, published: Published, head: Head): Promise<boolean> {
  return isPrefix(log, published.size, { size: head.size, root: rootOfHead(head) });
}

/** Whether the published tree of `treeSize` begins with the tree of this size and root, by the tiles. */
async function isPrefix(
  { files }: LogParts,
  treeSize: number,
  { size, root }: { readonly size: number; readonly root: Hash },
): Promise<boolean> {
  if (size === 0) return true;
  try {
    const readNodes = tileReader({ size: BigInt(treeSize), readTile: (path: string) => readTile(files, path) });
    const range = await readNodes(compactRangeNodes(BigInt(size)));
    return equalBytes(rootOfRange([...range]), root);
  } catch (error) {
    if (error instanceof TileUnavailableError) return false;
    throw error;
  }
}

async function publishKept(
  log: LogParts,
  published: Published | undefined,
  kept: Published,
): Promise<Published | undefined> {
  const { store, files } = log;
  const edge = await publishedEdge(log, published);
  const grown = await growEdge(edge, store, kept.size);
  if (!equalBytes(rootOfEdge(grown), kept.root)) return published;
  const tiles = new TileState(edge.size, edge.levels, edge.bundle);
  await catchUp({ store, files, tiles, edge, head: grown });
  await files.writeAll(tiles.snapshot().files);
  await files.replaceCheckpoint(new TextEncoder().encode(kept.note));
  return kept;
}
