/** A log of several tenants with its public files, made by the functions that a server uses. For tests only. */
import {
  encodeBundle,
  entryTag,
  extendRange,
  formatCheckpoint,
  formatVerifierKey,
  type Hash,
  leafEntry,
  leafHash,
  nodeHash,
  noteSigner,
  rootOfRange,
  sha256,
  signNote,
  tilePath,
  tilesForSize,
  utf8Encode,
} from '@fractal/tlog';
import type { HeldEntry } from '../src/completeness/held-entry.ts';

export const LOG_ORIGIN = 'log.example/shard-0';
const signer = noteSigner({ name: LOG_ORIGIN, secretKey: new Uint8Array(32).fill(5) });
export const PUBLIC_LOG_KEY = formatVerifierKey(signer.verifierKey);

export const tagKeyOf = (tenant: string): Uint8Array => sha256(utf8Encode(`tag key of ${tenant}`));

/** Entry `index` of a tenant: always the same. */
export function entryAt(tenant: string, index: number): HeldEntry {
  const tag = entryTag({ tagKey: tagKeyOf(tenant), origin: LOG_ORIGIN, index });
  const salt = sha256(utf8Encode(`salt ${index}`)).slice(0, 16);
  return { index: BigInt(index), tag, salt, body: utf8Encode(JSON.stringify({ index, tenant })) };
}

export interface PublicLog {
  readonly checkpoint: string;
  /** By path; a test may change what is in it. */
  readonly files: Map<string, Uint8Array>;
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
}

/** A log whose entry n belongs to `owners[n]`; its files are those of its last size. */
export function publicLog(owners: readonly string[]): PublicLog {
  const leaves = owners.map((tenant, index) => leafEntry(entryAt(tenant, index)));
  const levels: Hash[][] = [leaves.map(leafHash)];
  for (let hashes = levels[0]!; hashes.length >= 256; hashes = levels.at(-1)!) {
    const full = Array.from({ length: Math.floor(hashes.length / 256) }, (_, n) =>
      hashes.slice(n * 256, n * 256 + 256),
    );
    levels.push(full.map(rootOfTile));
  }
  const files = new Map<string, Uint8Array>();
  for (const tile of tilesForSize(owners.length)) {
    const from = tile.index * 256;
    const to = from + (tile.width === 0 ? 256 : tile.width);
    const bytes =
      tile.kind === 'entries'
        ? encodeBundle(leaves.slice(from, to))
        : Uint8Array.from(levels[tile.level]!.slice(from, to).flatMap((hash) => [...hash]));
    files.set(tilePath(tile), bytes);
  }
  const { range } = extendRange({ size: 0, range: [], leafHashes: levels[0]! });
  const text = formatCheckpoint({ origin: LOG_ORIGIN, size: BigInt(owners.length), root: rootOfRange(range) });
  const checkpoint = signNote(text, [signer]);
  files.set('checkpoint', utf8Encode(checkpoint));
  return { checkpoint, files, read: async (path) => files.get(path) };
}

function rootOfTile(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) row = row.flatMap((hash, i) => (i % 2 === 0 ? [nodeHash(hash, row[i + 1]!)] : []));
  return row[0]!;
}
