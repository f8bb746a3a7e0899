/**
 * Compares the rows of a log with what its guard holds, before anything is signed (DESIGN I5). Four answers: nothing was
 * ever recorded, the guard is a prefix of the rows (a crash between commit and record), it is the rows, or the log must be
 * closed.
 *
 * Not found by this: rows and guard put back together from one moment in time.
 */
import {
  compactRangeNodes,
  EMPTY_ROOT,
  equalBytes,
  formatCheckpoint,
  type Hash,
  type NoteSigner,
  parseVerifierKey,
  rootOfRange,
  signNote,
  TileUnavailableError,
  tileReader,
  toBase64,
  type VerifierKey,
} from '@fractal/tlog';
import { LedgerError, MustClose } from '../errors.ts';
import { type GuardNote, readGuardNote } from '../guard/guard-note.ts';
import type { CheckpointGuard, GuardEntry } from '../ports/checkpoint-guard.ts';
import type { Head, LogStore } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { readTile } from '../receipt/proof.ts';
import { CHUNK_ENTRIES, type Edge, edgeFromEntries, growEdge, rootOfEdge } from './edge.ts';

/** Table of derived rows in which the ledger keeps the newest signed checkpoint of a guarded log, for when it is closed. */
export const SIGNED_TABLE = 'signed-checkpoint';
export const SIGNED_KEY = new TextEncoder().encode('newest');

export interface CompareGuard {
  readonly guard: CheckpointGuard;
  readonly origin: string;
  readonly verifierKeys: readonly VerifierKey[];
  readonly store: LogStore;
  readonly files: Pick<PublicFiles, 'read'>;
  readonly head: Head;
  /** The published edge, which agrees with the rows. */
  readonly edge: Edge;
}

/**
 * What the guard holds; undefined where it never held anything for this origin and these rows were never guarded.
 * @throws MustClose behind, unlike, forged, guard_lost; LedgerError checkpoint_guard_unavailable
 */
export async function compareGuard(options: CompareGuard): Promise<GuardEntry | undefined> {
  const { guard, origin, store, head, verifierKeys } = options;
  const held = await readGuard(guard, origin);
  if (held === undefined) {
    if ((await store.readRow(SIGNED_TABLE, SIGNED_KEY)) === undefined) return undefined;
    const message =
      `the checkpoint guard holds nothing for ${origin}, though one recorded these ${head.size} entries: whether they ` +
      'are the newest cannot be known; they are not signed under this origin again';
    throw new MustClose('guard_lost', message, { own: head.size });
  }
  const note = readGuardNote({ text: held.text, origin, verifierKeys });
  if (!note.ok) {
    const message = `what the checkpoint guard holds for ${origin} is not of this log: ${note.problem}`;
    throw new MustClose('forged', message, { own: head.size });
  }
  await requireAgreement(options, note.value);
  return held;
}

/** @throws LedgerError checkpoint_guard_unavailable */
export async function readGuard(guard: CheckpointGuard, origin: string): Promise<GuardEntry | undefined> {
  try {
    return await guard.read(origin);
  } catch (cause) {
    const message = `the checkpoint guard could not be read for ${origin}: without it nothing may be signed`;
    throw new LedgerError('checkpoint_guard_unavailable', message, { cause });
  }
}

/** The size a guard holds for a log, for an operator; undefined where it holds none of it. Throws as readGuard does. */
export async function recordedSize(input: {
  readonly guard: CheckpointGuard;
  readonly origin: string;
  readonly verifierKey: string;
  readonly olderKeys?: readonly string[] | undefined;
}): Promise<number | undefined> {
  const held = await readGuard(input.guard, input.origin);
  const verifierKeys = [input.verifierKey, ...(input.olderKeys ?? [])].flatMap((text) => {
    const key = parseVerifierKey(text);
    return key.ok ? [key.value] : [];
  });
  if (held === undefined || verifierKeys.length === 0) return undefined;
  const note = readGuardNote({ text: held.text, origin: input.origin, verifierKeys });
  return note.ok ? note.value.size : undefined;
}

async function requireAgreement(options: CompareGuard, note: GuardNote): Promise<void> {
  const { head, origin } = options;
  const sizes = { own: head.size, known: note.size };
  if (note.size > head.size) {
    const message =
      `the checkpoint guard holds size ${note.size} of ${origin}, the rows hold ${head.size}: they are from the past ` +
      'and must not be signed under this origin again';
    throw new MustClose('behind', message, sizes);
  }
  const root = await rootAt(options, note.size);
  if (equalBytes(root, note.root)) return;
  // A tile with a flipped bit gives another root too, and a log is closed for good: the rows have the last word.
  if (note.size < options.edge.size) {
    const fromRows = rootOfEdge(await edgeFromEntries(options.store, note.size, CHUNK_ENTRIES));
    if (equalBytes(fromRows, note.root)) return;
  }
  const message =
    `the checkpoint guard holds another root at size ${note.size} of ${origin} than the rows give: ` +
    `${toBase64(note.root)}, not ${toBase64(root)}`;
  throw new MustClose('unlike', message, sizes);
}

/** Root of the first `size` entries, size ≤ head.size. */
async function rootAt({ files, store, edge, head }: CompareGuard, size: number): Promise<Hash> {
  if (size === head.size) return rootOfHead(head);
  if (size >= edge.size) return rootOfEdge(await growEdge(edge, store, size));
  if (size === 0) return EMPTY_ROOT;
  try {
    const readNodes = tileReader({ size: BigInt(edge.size), readTile: (path: string) => readTile(files, path) });
    return rootOfRange([...(await readNodes(compactRangeNodes(BigInt(size))))]);
  } catch (error) {
    if (!(error instanceof TileUnavailableError)) throw error;
    return rootOfEdge(await edgeFromEntries(store, size, CHUNK_ENTRIES));
  }
}

export function rootOfHead(head: Head): Hash {
  return head.size === 0 ? EMPTY_ROOT : rootOfRange(head.range);
}

/** The checkpoint of a head, signed. Only for a head that is durable and, where there is a guard, recorded. */
export function signHead(input: {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly signers: readonly NoteSigner[];
}): { size: number; note: string } {
  const { origin, size, root, signers } = input;
  return { size, note: signNote(formatCheckpoint({ origin, size: BigInt(size), root }), signers) };
}
