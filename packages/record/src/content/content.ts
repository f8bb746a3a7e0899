/**
 * Content and its commitment (spec/record.md, "Content"). An item's hash is the RFC 6962 leaf hash of
 *
 *     salt (16) ‖ kind (1: 0 prompt, 1 output, 2 evidence) ‖ UTF-8 text
 *
 * and merkle_root the RFC 6962 root of the items' hashes in order. The salts keep short texts from being guessed out of a
 * log; whoever draws them must draw them at random. An item's `id` is a label for people and is not committed to.
 */
import { EMPTY_ROOT, failure, leafHash, nodeHash, type Result, success, toHex, utf8Encode } from '@fractal/tlog';
import type { MerkleRoot } from '../id/pcs-id.ts';

export type ContentKind = 'prompt' | 'output' | 'evidence';

export interface ContentItem {
  readonly kind: ContentKind;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly text: string;
  readonly id?: string;
}

export const SALT_BYTES = 16;
export const CONTENT_ITEMS_MAX = 256;

const KIND_BYTES: Readonly<Record<ContentKind, number>> = { prompt: 0, output: 1, evidence: 2 };

/** RFC 6962 leaf hash of an item, 32 bytes. The item must be well formed (`checkItem`). */
export function itemHash(item: ContentItem): Uint8Array {
  const text = utf8Encode(item.text);
  const entry = new Uint8Array(SALT_BYTES + 1 + text.length);
  entry.set(item.salt);
  entry[SALT_BYTES] = KIND_BYTES[item.kind];
  entry.set(text, SALT_BYTES + 1);
  return leafHash(entry);
}

/** RFC 6962 root of the items in the given order, as hex. Of no items: SHA-256 of nothing. */
export function merkleRoot(items: readonly ContentItem[]): MerkleRoot {
  return toHex(rootOfHashes(items.map(itemHash))) as MerkleRoot;
}

/** Pairs level by level; a node without a sibling moves up as it is, which gives RFC 6962's split at a power of two. */
function rootOfHashes(leafHashes: readonly Uint8Array[]): Uint8Array {
  let level = leafHashes;
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at + 1 < level.length; at += 2) next.push(nodeHash(level[at]!, level[at + 1]!));
    if (level.length % 2 === 1) next.push(level.at(-1)!);
    level = next;
  }
  return level[0] ?? EMPTY_ROOT;
}

/** Whether an item can be committed to: known kind, 16 bytes of salt, text that UTF-8 can express. */
export function checkItem(item: ContentItem): Result<undefined, 'content_malformed'> {
  if (!Object.hasOwn(KIND_BYTES, item.kind)) return failure('content_malformed', 'kind');
  if (item.salt.length !== SALT_BYTES) return failure('content_malformed', 'salt');
  if (!item.text.isWellFormed()) return failure('content_malformed', 'text');
  return success(undefined);
}

/** The shape of a record's content: at most one prompt, then exactly one output, then evidence; at most 256 items. */
export function checkContent(items: readonly ContentItem[]): Result<undefined, 'content_malformed'> {
  if (items.length > CONTENT_ITEMS_MAX) return failure('content_malformed', `more than ${CONTENT_ITEMS_MAX} items`);
  for (const item of items) {
    const checked = checkItem(item);
    if (!checked.ok) return checked;
  }
  const outputAt = items[0]?.kind === 'prompt' ? 1 : 0;
  if (items[outputAt]?.kind !== 'output') return failure('content_malformed', 'order');
  for (const item of items.slice(outputAt + 1)) {
    if (item.kind !== 'evidence') return failure('content_malformed', 'order');
  }
  return success(undefined);
}

/** `checkContent`, and the items are those the record commits to (`merkle_root_mismatch`). */
export function verifyContent(options: {
  readonly items: readonly ContentItem[];
  readonly merkleRoot: string;
}): Result<undefined, 'content_malformed' | 'merkle_root_mismatch'> {
  const checked = checkContent(options.items);
  if (!checked.ok) return checked;
  return merkleRoot(options.items) === options.merkleRoot ? success(undefined) : failure('merkle_root_mismatch');
}
