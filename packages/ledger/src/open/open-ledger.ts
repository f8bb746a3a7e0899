/**
 * Start-up: compares the rows with what is published, rebuilds the growing edge of the tree, and opens the ledger.
 *
 * A crash can leave (1) rows ahead of the public files: the rest is published again, byte for byte the same;
 * (2) tiles without a checkpoint that covers them: they are overwritten with the same bytes. It can't leave a
 * checkpoint ahead of the rows: a store in that state was restored from the past, and never signs (I5).
 *
 * Reads are bounded: the published edge (at most 255 hashes a level) and the rows after it.
 */
import {
  appendToRange,
  EMPTY_ROOT,
  equalBytes,
  formatCheckpoint,
  type Hash,
  leafEntry,
  leafHash,
  type NoteSigner,
  parseVerifierKey,
  rootOfRange,
  signNote,
  toBase64,
  verifyCheckpoint,
} from '@fractal/tlog';
import { LedgerError } from '../errors.ts';
import { TileState } from '../integrate/tile-state.ts';
import { DEFAULT_LIMITS, Ledger, type LedgerEvents, type LedgerLimits } from '../ledger.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Head, LogStore, StoredEntry } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { Witnessing } from '../publish/cosigning.ts';
import { type Edge, edgeFromEntries, edgeFromTiles } from './edge.ts';

export interface LedgerOptions {
  readonly origin: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** The log's own signer first, then any others whose signature every checkpoint shall carry. */
  readonly signers: readonly NoteSigner[];
  /** Verifier key of the log's own signer (`name+hash+key`), to check what is published. */
  readonly verifierKey: string;
  /** Key of a tenant's tags, 32 bytes. */
  readonly tagKeyOf: (tenant: string) => Uint8Array;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly limits?: Partial<LedgerLimits>;
  /** Shortest time between two publications. */
  readonly publishIntervalMs?: number;
  /** Who cosigns what is published; absent: nobody. */
  readonly witnessing?: Witnessing | undefined;
  readonly events?: LedgerEvents;
}

/** Rows read and hashed at once while the edge is rebuilt. */
const CHUNK_ENTRIES = 4_096;

/**
 * Opens the ledger of one log; repairs the public files before it resolves.
 * @throws LedgerError store_behind_checkpoint, log_corrupt
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { store, files, clock } = options;
  const head = (await store.readHead()) ?? { size: 0, range: [], timeMs: clock.nowMs() };
  const published = await readPublished(options);
  if (published !== undefined && published.size > head.size) {
    throw new LedgerError(
      'store_behind_checkpoint',
      `the published checkpoint covers ${published.size} entries, the rows hold ${head.size}: ` +
        'rows from the past must not be signed; restore the newer rows or start a new log',
    );
  }
  const edge = await publishedEdge(options, published);
  const tiles = new TileState(edge.size, edge.levels, edge.bundle);
  await catchUp({ store, files, tiles, edge, head });
  const checkpoint = signedHead(options, head);
  const ledger = new Ledger(
    {
      origin: options.origin,
      store,
      files,
      signers: options.signers,
      tagKeyOf: options.tagKeyOf,
      clock,
      rng: options.rng,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      publishIntervalMs: options.publishIntervalMs ?? 100,
      witnessing: options.witnessing,
      events: options.events ?? {},
    },
    { head, checkpoint, tiles, published },
  );
  await ledger.start();
  return ledger;
}

interface Published {
  readonly size: number;
  readonly note: string;
  readonly root: Hash;
}

async function readPublished(options: LedgerOptions): Promise<Published | undefined> {
  const bytes = await options.files.read('checkpoint');
  if (bytes === undefined) return undefined;
  const key = parseVerifierKey(options.verifierKey);
  if (!key.ok) throw new LedgerError('log_corrupt', `the verifier key of ${options.origin} is unreadable: ${key.code}`);
  const verified = verifyCheckpoint({ checkpoint: bytes, origin: options.origin, verifierKey: key.value });
  if (!verified.ok) {
    throw new LedgerError(
      'log_corrupt',
      `the published checkpoint does not verify (${verified.code}); it is the only guard against signing a second history: find out who changed it`,
    );
  }
  return { size: Number(verified.value.size), root: verified.value.root, note: new TextDecoder().decode(bytes) };
}

/** The edge at the published size: from the tiles if they give the published root, else from the rows. */
async function publishedEdge(options: LedgerOptions, published: Published | undefined): Promise<Edge> {
  const size = published?.size ?? 0;
  const root = published?.root ?? EMPTY_ROOT;
  const bundle = (await options.store.readEntries(size - (size % 256), size)).map(leafOf);
  const fromTiles = await edgeFromTiles(options.files, size, bundle);
  if (fromTiles !== undefined && equalBytes(rootOfEdge(fromTiles), root)) return fromTiles;
  const fromRows = await edgeFromEntries(options.store, size, CHUNK_ENTRIES);
  if (!equalBytes(rootOfEdge(fromRows), root)) {
    throw new LedgerError('log_corrupt', `the rows give another root at ${size} than the published ${toBase64(root)}`);
  }
  // A tile of the edge was damaged or gone: the same bytes again, before anybody is sent there.
  const { files } = new TileState(size, fromRows.levels, fromRows.bundle).snapshot();
  await options.files.writeAll(files);
  return fromRows;
}

function rootOfEdge({ size, range }: Edge): Hash {
  return size === 0 ? EMPTY_ROOT : rootOfRange(range);
}

interface CatchUp {
  readonly store: LogStore;
  readonly files: PublicFiles;
  readonly tiles: TileState;
  readonly edge: Edge;
  readonly head: Head;
}

/** Integrates the rows after the published edge and checks that they lead to the committed head. */
async function catchUp({ store, files, tiles, edge, head }: CatchUp): Promise<void> {
  let range = edge.range;
  for (let size = edge.size; size < head.size; size = tiles.size) {
    const entries = await store.readEntries(size, Math.min(size + CHUNK_ENTRIES, head.size));
    if (entries.length === 0)
      throw new LedgerError('log_corrupt', `the head says ${head.size} entries, entry ${size} is missing`);
    const leaves = entries.map(leafOf);
    const leafHashes = leaves.map(leafHash);
    range = appendToRange({ size, range, leafHashes }).range;
    tiles.add(leaves, leafHashes);
    const snapshot = tiles.snapshot();
    if (snapshot.fullCount > 0) {
      await files.writeAll(snapshot.files.slice(0, snapshot.fullCount));
      tiles.markPublished(snapshot);
    }
  }
  const agree = range.length === head.range.length && range.every((hash, i) => equalBytes(hash, head.range[i]!));
  if (!agree)
    throw new LedgerError('log_corrupt', `the rows give another tree than the committed head of size ${head.size}`);
}

function leafOf(entry: StoredEntry): Uint8Array {
  return leafEntry({ tag: entry.tag, salt: entry.salt, body: entry.body });
}

function signedHead(options: LedgerOptions, head: Head): { size: number; note: string } {
  const root = head.size === 0 ? EMPTY_ROOT : rootOfRange(head.range);
  const text = formatCheckpoint({ origin: options.origin, size: BigInt(head.size), root });
  return { size: head.size, note: signNote(text, options.signers) };
}
