/** The entries of a log in a backup, in order, each held against its own checksum, its file's, and in the end the root. */

import type { StoredEntry } from '@fractal/ledger';
import { equalBytes, fromHex, type Hash, leafEntry, leafHash, type VerifierKey } from '@fractal/tlog';
import { decodeEntryFrame } from './entry-frame.ts';
import { damaged } from './errors.ts';
import { readFrames } from './framed-file.ts';
import type { LogBackup, Segment } from './manifest.ts';
import { verifiedNote } from './source.ts';
import { MANIFEST } from './target.ts';
import { GrowingRange } from './tree.ts';

/** Some entries in a row, and the tree with them. None goes past the size of the checkpoint without ending there. */
export interface EntryChunk {
  readonly entries: readonly StoredEntry[];
  readonly leaves: readonly Uint8Array[];
  readonly leafHashes: readonly Hash[];
  readonly size: number;
  /** Compact range at `size`. */
  readonly range: readonly Hash[];
}

export interface ReadLog {
  readonly target: string;
  readonly log: LogBackup;
  /** Keys the checkpoint may be signed by. */
  readonly keys: readonly VerifierKey[];
  readonly chunkEntries: number;
  readonly chunkBytes: number;
}

/**
 * The last chunk comes before the last checks: what was made of the chunks is good only when the sequence has ended.
 * @throws BackupError backup_damaged
 */
export async function* logEntries(options: ReadLog): AsyncGenerator<EntryChunk, void, undefined> {
  const { target, log } = options;
  const checkpoint = checkpointOf(options);
  const tree = new GrowingRange();
  const chunk = new Chunk();
  let isSigned = true;
  const compareRoot = (): void => {
    if (tree.size === checkpoint?.size) isSigned = equalBytes(tree.root, checkpoint.root);
  };
  compareRoot();
  for (const segment of log.segments) {
    for await (const entry of segmentEntries(target, segment)) {
      chunk.add(entry);
      tree.push(chunk.lastHash());
      compareRoot();
      const isFull = chunk.entries.length >= options.chunkEntries || chunk.bytes >= options.chunkBytes;
      if (isFull || tree.size === checkpoint?.size) yield chunk.take(tree);
    }
    // Only here: a file that is not what was written is named first.
    if (!isSigned) throw unsigned(log);
  }
  if (!isSigned) throw unsigned(log);
  if (chunk.entries.length > 0) yield chunk.take(tree);
  const range = log.range.map((hash) => fromHex(hash)!);
  if (tree.size !== log.size || !range.every((hash, i) => equalBytes(hash, tree.range[i]!)))
    throw damaged(`logs/${log.name}`, 'the entries do not give the tree that the manifest names');
}

function unsigned({ name }: LogBackup): Error {
  return damaged(`logs/${name}`, 'the entries do not give the root that the checkpoint signs');
}

function checkpointOf({ log, keys }: ReadLog): { size: number; root: Hash } | undefined {
  if (log.checkpoint === null) return undefined;
  const note = verifiedNote(log.origin, keys, log.checkpoint.note);
  if (note === undefined) throw damaged(MANIFEST, `the checkpoint of log ${log.name} is under none of its keys`);
  if (note.size === log.checkpoint.size) return note;
  throw damaged(MANIFEST, `the checkpoint of log ${log.name} covers ${note.size} entries, not ${log.checkpoint.size}`);
}

export async function* segmentEntries(target: string, segment: Segment): AsyncGenerator<StoredEntry, void, undefined> {
  let index = segment.from;
  for await (const frame of readFrames(target, segment)) {
    if (index === segment.to) throw damaged(segment.file, `it holds more than ${segment.to - segment.from} entries`);
    const entry = decodeEntryFrame(index, frame);
    if (entry === undefined) throw damaged(segment.file, `entry ${index} is malformed`);
    yield entry;
    index += 1;
  }
  if (index !== segment.to) throw damaged(segment.file, `it ends with entry ${index - 1}, not ${segment.to - 1}`);
}

class Chunk {
  entries: StoredEntry[] = [];
  bytes = 0;
  #leaves: Uint8Array[] = [];
  #leafHashes: Hash[] = [];

  add(entry: StoredEntry): void {
    const leaf = leafEntry(entry);
    this.entries.push(entry);
    this.bytes += entry.body.length;
    this.#leaves.push(leaf);
    this.#leafHashes.push(leafHash(leaf));
  }

  lastHash(): Hash {
    return this.#leafHashes.at(-1)!;
  }

  take(tree: GrowingRange): EntryChunk {
    const leaves = this.#leaves;
    const taken = {
      entries: this.entries,
      leaves,
      leafHashes: this.#leafHashes,
      size: tree.size,
      range: [...tree.range],
    };
    this.entries = [];
    this.bytes = 0;
    this.#leaves = [];
    this.#leafHashes = [];
    return taken;
  }
}
