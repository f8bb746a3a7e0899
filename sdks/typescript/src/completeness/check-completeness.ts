/**
 * Whether a log withholds an entry from its tenant (spec/completeness.md), from public files alone and what the tenant holds.
 *
 *     checkpoint ─► signature ─► contains the one verified before
 *     bundles    ─► every leaf ─► root of the checkpoint
 *                        └─► leaves with the tenant's tag ─► an entry held for each, that commits to it
 *
 * Reads each bundle once, holds at most a few of them at a time, and goes on from a checkpoint that was verified before.
 *
 * Shows: of every leaf under this tag key up to the checkpoint, the tenant holds tag, salt and body. Does not show: that
 * the log uses this tag key for all the tenant's entries (a receipt for an entry under another one is found as `unknown`),
 * that others are shown the same log (witnesses are for that), or anything after the checkpoint.
 *
 * A hostile log comes back as a code. What `readFile`, `held` and `ask` throw passes through.
 */
import {
  type Checkpoint,
  type CompactRange,
  compactRangeNodes,
  consistencyProof,
  EMPTY_ROOT,
  equalBytes,
  extendRange,
  failure,
  leafHash,
  type ReadTile,
  type Result,
  rootOfRange,
  success,
  TILE_WIDTH,
  TileUnavailableError,
  tileReader,
  toBase64,
  utf8Decode,
  utf8Encode,
  type VerifyCheckpointCode,
  verifyCheckpoint,
  verifyCheckpointByPolicy,
  verifyConsistency,
} from '@fractal/tlog';
import { type ParsedTrust, type Trust, trustOf } from '../receipt/trust.ts';
import { bundlesOf } from './bundles.ts';
import { type Findings, findings } from './findings.ts';
import { type HeldEntry, isEntryOf, tagOfBundle } from './held-entry.ts';

/** Entries with `from` ≤ index < `to`, at most 256 apart, in any order; others are ignored. */
export type ReadEntries = (range: { readonly from: bigint; readonly to: bigint }) => Promise<readonly HeldEntry[]>;

export type CompletenessOptions = Trust & {
  /** The tenant's tag key, 32 bytes. Keep it: one that is fetched for each check is whatever the server says it is. */
  readonly tagKey: Uint8Array;
  /** A public file of the log at its C2SP path, undefined where there is none; `httpLogFiles` reads them over HTTP. */
  readonly readFile: ReadTile;
  /** What the tenant keeps itself: entries of receipts, for instance. Called once a bundle. */
  readonly held?: ReadEntries;
  /** Where the tenant can ask for entries that it does not keep; called only for bundles that have such leaves. */
  readonly ask?: ReadEntries;
  /** A checkpoint whose entries were all accounted for by an earlier check: only what came after it is looked at. */
  readonly after?: string;
  /** In place of the published checkpoint. */
  readonly checkpoint?: string | Uint8Array;
  readonly onProgress?: (leaves: { readonly checked: bigint; readonly size: bigint }) => void;
};

export type CompletenessCode =
  | VerifyCheckpointCode
  | 'vkey_malformed'
  | 'policy_malformed'
  | 'policy_unsatisfied'
  | 'client_option_invalid'
  | 'index_out_of_range'
  | 'proof_malformed'
  | 'consistency_invalid'
  | 'tile_missing'
  | 'tile_malformed'
  | 'bundle_malformed'
  | 'root_mismatch';

export interface Completeness extends Findings {
  /** No leaf without an entry, no entry without its leaf. */
  readonly complete: boolean;
  readonly origin: string;
  /** Leaves before this index were accounted for by the check before. */
  readonly from: bigint;
  /** Of the tree that was checked. */
  readonly size: bigint;
  /** Standard base64. */
  readonly root: string;
  /** The verified checkpoint: `after` of the next check, once this one is complete. */
  readonly checkpoint: string;
  /** Leaves with the tenant's tag from `from` on. */
  readonly own: number;
  /** How many of these the tenant held itself, and how many it was given when it asked. */
  readonly held: number;
  readonly given: number;
}

export async function checkCompleteness(options: CompletenessOptions): Promise<Result<Completeness, CompletenessCode>> {
  if (!(options.tagKey instanceof Uint8Array) || options.tagKey.length !== 32) {
    return failure('client_option_invalid', 'tagKey: 32 bytes');
  }
  const trust = trustOf(options);
  if (!trust.ok) return trust;
  try {
    return await checkUnder(options, trust.value);
  } catch (error) {
    if (error instanceof TileUnavailableError) return failure(error.code, error.path);
    throw error;
  }
}

type Signed = Pick<Checkpoint, 'origin' | 'size' | 'root'>;

async function checkUnder(
  options: CompletenessOptions,
  trust: ParsedTrust,
): Promise<Result<Completeness, CompletenessCode>> {
  const { readFile, after } = options;
  const bytes = options.checkpoint ?? (await readFile('checkpoint'));
  if (bytes === undefined) return failure('tile_missing', 'checkpoint');
  const latest = openCheckpoint(bytes, trust);
  if (!latest.ok) return latest;
  const { origin, size, root } = latest.value;
  // Beyond it, sizes are no exact numbers; no log of this service gets there.
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return failure('index_out_of_range');
  const before = after === undefined ? undefined : openCheckpoint(after, trust);
  if (before !== undefined && !before.ok) return before;
  const from = before?.value.size ?? 0n;
  if (before !== undefined) {
    const grown = await checkGrowth(before.value, latest.value, readFile);
    if (!grown.ok) return grown;
  }
  const walked = await walk({ ...options, origin, from: Number(from), size: Number(size) });
  if (!walked.ok) return walked;
  if (!equalBytes(walked.value.root, root)) return failure('root_mismatch');
  const { found, own, held, given } = walked.value;
  const { missing, altered, unknown } = found;
  return success({
    complete: missing.count + altered.count + unknown.count === 0,
    origin,
    from,
    size,
    root: toBase64(root),
    checkpoint: typeof bytes === 'string' ? bytes : utf8Decode(bytes)!,
    own,
    held,
    given,
    missing,
    altered,
    unknown,
  });
}

function openCheckpoint(
  checkpoint: Uint8Array | string,
  { verifierKey, olderKeys, policy }: ParsedTrust,
): Result<Signed, VerifyCheckpointCode | 'policy_unsatisfied'> {
  const bytes = typeof checkpoint === 'string' ? utf8Encode(checkpoint) : checkpoint;
  if (policy !== undefined) return verifyCheckpointByPolicy({ checkpoint: bytes, policy });
  return verifyCheckpoint({ checkpoint: bytes, origin: verifierKey.name, verifierKey, olderKeys });
}

async function checkGrowth(
  before: Signed,
  latest: Signed,
  readTile: ReadTile,
): Promise<Result<void, CompletenessCode>> {
  if (before.origin !== latest.origin) return failure('checkpoint_origin_mismatch');
  if (before.size > latest.size) return failure('consistency_invalid', 'the log is smaller than it was');
  const [size1, size2] = [before.size, latest.size];
  const readNodes = tileReader({ size: size2, readTile });
  const proof = await consistencyProof({ size1, size2, readNodes });
  return verifyConsistency({ size1, size2, root1: before.root, root2: latest.root, proof });
}

interface Walk {
  readonly origin: string;
  readonly tagKey: Uint8Array;
  readonly from: number;
  readonly size: number;
  readonly readFile: ReadTile;
  readonly held?: ReadEntries;
  readonly ask?: ReadEntries;
  readonly onProgress?: CompletenessOptions['onProgress'];
}

interface Walked {
  readonly root: Uint8Array;
  readonly found: Findings;
  readonly own: number;
  readonly held: number;
  readonly given: number;
}

/**
 * Every bundle from the one that holds `from` on. The nodes before it are taken from tiles: a false one gives a false
 * root. Nothing that is found counts before the root was compared.
 */
async function walk(walk: Walk): Promise<Result<Walked, CompletenessCode>> {
  const { size, readFile, tagKey, origin } = walk;
  const first = Math.floor(walk.from / TILE_WIDTH);
  const readNodes = tileReader({ size: BigInt(size), readTile: readFile });
  let at = first * TILE_WIDTH;
  let range: CompactRange = await readNodes(compactRangeNodes(BigInt(at)));
  const found = findings();
  const counts = { own: 0, held: 0, given: 0 };
  for await (const leaves of bundlesOf({ readFile, size, first })) {
    if (leaves === undefined) return failure('bundle_malformed', `the bundle at ${at}`);
    range = extendRange({ size: at, range, leafHashes: leaves.map(leafHash) }).range;
    const isOwn = tagOfBundle(tagKey, origin, at / TILE_WIDTH);
    await account({ walk, at, leaves, isOwn, found, counts });
    at += leaves.length;
    walk.onProgress?.({ checked: BigInt(at), size: BigInt(size) });
  }
  return success({ root: size === 0 ? EMPTY_ROOT : rootOfRange(range), found: found.all(), ...counts });
}

interface Account {
  readonly walk: Walk;
  readonly at: number;
  readonly leaves: readonly Uint8Array[];
  readonly isOwn: (leaf: Uint8Array) => boolean;
  readonly found: ReturnType<typeof findings>;
  readonly counts: { own: number; held: number; given: number };
}

/** Holds the leaves of one bundle, from `walk.from` on, against what is held and, where that is not enough, what is given. */
async function account({ walk, at, leaves, isOwn, found, counts }: Account): Promise<void> {
  const from = Math.max(at, walk.from);
  const to = at + leaves.length;
  if (from === to) return;
  const wanted = new Set<number>();
  for (let index = from; index < to; index++) if (isOwn(leaves[index - at]!)) wanted.add(index);
  counts.own += wanted.size;
  const entriesOf = async (read: ReadEntries | undefined): Promise<HeldEntry[]> => {
    const range = { from: BigInt(from), to: BigInt(to) };
    const entries = read === undefined ? [] : await read(range);
    return entries.filter(({ index }) => index >= range.from && index < range.to);
  };
  const left = new Set(wanted);
  const take = (entries: readonly HeldEntry[], count: 'held' | 'given'): void => {
    for (const entry of entries) {
      const index = Number(entry.index);
      if (!wanted.has(index)) found.add('unknown', index);
      else if (!isEntryOf(entry, leaves[index - at]!)) found.add('altered', index);
      else if (left.has(index)) counts[count] += 1;
      left.delete(index);
    }
  };
  take(await entriesOf(walk.held), 'held');
  if (left.size > 0) take(await entriesOf(walk.ask), 'given');
  for (const index of left) found.add('missing', index);
}
