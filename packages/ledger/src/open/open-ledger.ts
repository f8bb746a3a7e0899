/**
 * Start-up: compares the rows with what is published and with the guard, rebuilds the growing edge of the tree, claims the
 * log with the guard, and opens the ledger.
 *
 * A crash can leave (1) rows ahead of the public files: the rest is published again, byte for byte the same;
 * (2) tiles without a checkpoint that covers them: they are overwritten with the same bytes; (3) rows ahead of the guard:
 * they are recorded before they are signed. It can't leave a checkpoint ahead of the rows, published or with the guard: a
 * store in that state was restored from the past, and never signs (I5).
 *
 * Reads are bounded: the published edge (at most 255 hashes a level) and the rows after it.
 */
import {
  appendToRange,
  EMPTY_ROOT,
  equalBytes,
  type Hash,
  leafHash,
  type NoteSigner,
  parseNote,
  parseVerifierKey,
  TILE_WIDTH,
  toBase64,
  toHex,
  type VerifierKey,
  verifyCheckpoint,
} from '@fractal/tlog';
import type { ClosedLog } from '../closed/closed-log.ts';
import { LedgerError, MustClose } from '../errors.ts';
import { readBundle } from '../fsck/published.ts';
import { Recorder } from '../guard/recorder.ts';
import { TileState } from '../integrate/tile-state.ts';
import { DEFAULT_LIMITS, Ledger, type LedgerEvents, type LedgerLimits } from '../ledger.ts';
import type { CheckpointGuard } from '../ports/checkpoint-guard.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import { CorruptRow, type Head, type LogStore } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { Witnessing } from '../publish/cosigning.ts';
import { leafOf } from '../sequence/leaf.ts';
import { compareGuard, rootOfHead, signHead } from './compare-guard.ts';
import { CHUNK_ENTRIES, type Edge, edgeFromEntries, edgeFromTiles, leavesAfter, rootOfEdge } from './edge.ts';

/** A log as it lies there: what opening it, and serving it closed, have in common. */
export interface LogParts {
  readonly origin: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** Verifier key of the log's own signer (`name+hash+key`), to check what is published and recorded. */
  readonly verifierKey: string;
  /** Verifier keys of the keys it signed by before, the newest first: what they signed still counts. */
  readonly olderKeys?: readonly string[] | undefined;
}

export interface LedgerOptions extends LogParts {
  /** The log's own signer first, then any others whose signature every checkpoint shall carry. */
  readonly signers: readonly NoteSigner[];
  /** Key of a tenant's tags, 32 bytes. */
  readonly tagKeyOf: (tenant: string) => Uint8Array;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly limits?: Partial<LedgerLimits>;
  /** Shortest time between two publications. */
  readonly publishIntervalMs?: number;
  /** Where each checkpoint is recorded before it is signed; absent: only what is published guards against the past. */
  readonly guard?: CheckpointGuard | undefined;
  /** Closed generations of the same log, the newest first: their entries are found, and never logged again (I3). */
  readonly past?: readonly ClosedLog[] | undefined;
  /** Who cosigns what is published; absent: nobody. */
  readonly witnessing?: Witnessing | undefined;
  readonly events?: LedgerEvents;
}

const CLAIM_BYTES = 16;

/**
 * Opens the ledger of one log; repairs the public files before it resolves.
 * @throws MustClose where the log may be served but not signed again (I5); LedgerError log_corrupt,
 *   checkpoint_guard_unavailable, ledger_stopped (another opening came between)
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { origin, store, files, signers, clock, rng, guard } = options;
  const verifierKeys = keysOf(options);
  const head = (await store.readHead()) ?? { size: 0, range: [], timeMs: clock.nowMs() };
  const published = await readPublished(options);
  if (published !== undefined && published.size > head.size) {
    const message =
      `the published checkpoint of ${origin} covers ${published.size} entries, the rows hold ${head.size}: ` +
      'they are from the past and must not be signed under this origin again';
    throw new MustClose('behind', message, { own: head.size, known: published.size });
  }
  const edge = await publishedEdge(options, published);
  const compare = (from: CheckpointGuard) =>
    compareGuard({ guard: from, origin, verifierKeys, store, files, head, edge });
  if (guard !== undefined) await compare(guard);
  const tiles = new TileState(edge.size, edge.levels, edge.bundle);
  await catchUp({ store, files, tiles, edge, head });
  const root = rootOfHead(head);
  const claim = toHex(rng.bytes(CLAIM_BYTES));
  const recorder =
    guard === undefined
      ? undefined
      : await claimed({ size: head.size, root }, async () => {
          return new Recorder({ guard, origin, claim, signer: signers[0]!, held: await compare(guard) });
        });
  const ledger = new Ledger(
    {
      origin,
      store,
      files,
      signers,
      verifierKeys,
      tagKeyOf: options.tagKeyOf,
      clock,
      rng,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      publishIntervalMs: options.publishIntervalMs ?? 100,
      recorder,
      past: options.past ?? [],
      witnessing: options.witnessing,
      events: options.events ?? {},
    },
    { head, checkpoint: signHead({ origin, size: head.size, root, signers }), tiles, published },
  );
  await ledger.start();
  // A crash came between a new key and the checkpoint signed by it.
  if (published !== undefined && !isSignedBy(published.note, signers)) {
    await ledger.signBy(signers).catch((error: unknown) => options.events?.onError?.(error));
  }
  return ledger;
}

function isSignedBy(note: string, signers: readonly NoteSigner[]): boolean {
  const parsed = parseNote(note);
  const signatures = parsed.ok ? parsed.value.signatures : [];
  return signers.every(({ verifierKey }) =>
    signatures.some(({ name, keyId }) => name === verifierKey.name && keyId === verifierKey.keyId),
  );
}

/** Openings that lost against another writer's record before they give up. */
const CLAIMS_MAX = 3;

/**
 * Puts our claim on the log into the guard. Whoever had the log open before may be recording its last groups just then: what
 * it recorded is compared again before it is replaced.
 * @throws MustClose, LedgerError checkpoint_guard_unavailable, ledger_stopped
 */
async function claimed(head: { size: number; root: Hash }, compared: () => Promise<Recorder>): Promise<Recorder> {
  for (let attempt = 1; ; attempt += 1) {
    const recorder = await compared();
    try {
      await recorder.record(head);
      return recorder;
    } catch (error) {
      const isOvertaken = error instanceof LedgerError && error.code === 'ledger_stopped';
      if (!isOvertaken || attempt === CLAIMS_MAX) throw error;
    }
  }
}

export interface Published {
  readonly size: number;
  readonly note: string;
  readonly root: Hash;
}

/** The checkpoint in the public files; undefined where there is none. Throws LedgerError log_corrupt. */
export async function readPublished(log: LogParts): Promise<Published | undefined> {
  const bytes = await log.files.read('checkpoint');
  if (bytes === undefined) return undefined;
  const verified = readOwnCheckpoint(log, bytes);
  if (!verified.ok) {
    throw new LedgerError(
      'log_corrupt',
      `the published checkpoint of ${log.origin} does not verify (${verified.code}): find out who changed it`,
    );
  }
  return verified.value;
}

type OwnCheckpoint = { readonly ok: true; readonly value: Published } | { readonly ok: false; readonly code: string };

/** A checkpoint that this log signed. */
export function readOwnCheckpoint(log: LogParts, bytes: Uint8Array): OwnCheckpoint {
  let problem = 'vkey_malformed';
  for (const verifierKey of keysOf(log)) {
    const verified = verifyCheckpoint({ checkpoint: bytes, origin: log.origin, verifierKey });
    if (verified.ok) {
      const { size, root } = verified.value;
      return { ok: true, value: { size: Number(size), root, note: new TextDecoder().decode(bytes) } };
    }
    problem = verified.code;
  }
  return { ok: false, code: problem };
}

/** The keys under which this log has signed, the newest first. Throws LedgerError log_corrupt. */
export function keysOf({
  origin,
  verifierKey,
  olderKeys = [],
}: Pick<LogParts, 'origin' | 'verifierKey' | 'olderKeys'>): readonly VerifierKey[] {
  return [verifierKey, ...olderKeys].map((text) => {
    const key = parseVerifierKey(text);
    if (!key.ok) throw new LedgerError('log_corrupt', `a verifier key of ${origin} is unreadable: ${key.code}`);
    return key.value;
  });
}

/** The edge at the published size: from the tiles if they give the published root, else from the rows. */
export async function publishedEdge(log: LogParts, published: Published | undefined): Promise<Edge> {
  const { store, files } = log;
  const size = published?.size ?? 0;
  const root = published?.root ?? EMPTY_ROOT;
  const bundle = await lastBundle(log, size);
  const fromTiles = await edgeFromTiles(files, size, bundle);
  if (fromTiles !== undefined && equalBytes(rootOfEdge(fromTiles), root)) return fromTiles;
  const fromRows = await edgeFromEntries(store, size, CHUNK_ENTRIES);
  if (!equalBytes(rootOfEdge(fromRows), root)) {
    throw new LedgerError('log_corrupt', `the rows give another root at ${size} than the published ${toBase64(root)}`);
  }
  // A tile of the edge was damaged or gone: the same bytes again, before anybody is sent there.
  await files.writeAll(new TileState(size, fromRows.levels, fromRows.bundle).snapshot().files);
  return fromRows;
}

/**
 * The leaves of the partial bundle: from the rows, or, where one of them is damaged, as they are published. Either way they
 * must hash to the last tile, and the tiles to the signed root, so that one damaged row does not keep a log from opening.
 */
async function lastBundle({ store, files }: LogParts, size: number): Promise<readonly Uint8Array[]> {
  const width = size % TILE_WIDTH;
  try {
    return (await store.readEntries(size - width, size)).map(leafOf);
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
    const published = await readBundle(files, Math.floor(size / TILE_WIDTH), width);
    if (!published.ok) throw error;
    return published.value;
  }
}

interface CatchUp {
  readonly store: LogStore;
  readonly files: PublicFiles;
  readonly tiles: TileState;
  readonly edge: Edge;
  readonly head: Pick<Head, 'size' | 'range'>;
}

/** Integrates the rows after the published edge and checks that they lead to the committed head. */
export async function catchUp({ store, files, tiles, edge, head }: CatchUp): Promise<void> {
  let range = edge.range;
  for (let size = edge.size; size < head.size; size = tiles.size) {
    const leaves = await leavesAfter(store, size, head.size);
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
