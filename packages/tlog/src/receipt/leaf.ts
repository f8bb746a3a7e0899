/**
 * The public leaf of a private body (DESIGN section 4): 49 bytes, the entry that the tiles carry.
 *
 *     0x01 ‖ tag (16) ‖ SHA-256(salt (16) ‖ body) (32)
 *
 *     tag = HMAC-SHA-256(tenant's tag key, origin ‖ 0x00 ‖ uint64 BE(index div 256))[:16]
 *
 * A tenant's leaves in one bundle share a tag; across bundles tags are unlinkable without the key. Nothing here checks
 * that a tag was made with the right key.
 */
import { toUint64 } from '../bytes/uint64.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { hmacSha256, sha256 } from '../hash/sha256.ts';
import { invariant } from '../invariant.ts';

export const LEAF_VERSION = 0x01;
export const TAG_BYTES = 16;
export const SALT_BYTES = 16;
export const LEAF_ENTRY_BYTES = 49;
/** A body is at most as long as an entry may be. */
export const BODY_BYTES_MAX = 65_535;
/** Leaves that share a tag: those of one bundle. */
const LEAVES_PER_TAG = 256n;

/** The entry for a body. `tag` and `salt` have 16 bytes. */
export function leafEntry(input: {
  readonly tag: Uint8Array;
  readonly salt: Uint8Array;
  readonly body: Uint8Array;
}): Uint8Array {
  const { tag, salt, body } = input;
  invariant(tag.length === TAG_BYTES && salt.length === SALT_BYTES, 'a tag and a salt have 16 bytes');
  const committed = new Uint8Array(SALT_BYTES + body.length);
  committed.set(salt);
  committed.set(body, SALT_BYTES);
  const entry = new Uint8Array(LEAF_ENTRY_BYTES);
  entry[0] = LEAF_VERSION;
  entry.set(tag, 1);
  entry.set(sha256(committed), 1 + TAG_BYTES);
  return entry;
}

/** The tag, 16 bytes, of a tenant's leaf at `index` (u64) of the log `origin`. The same for a bundle's 256 indices. */
export function entryTag(input: {
  readonly tagKey: Uint8Array;
  readonly origin: string;
  readonly index: bigint | number;
}): Uint8Array {
  const origin = utf8Encode(input.origin);
  const message = new Uint8Array(origin.length + 9);
  message.set(origin);
  new DataView(message.buffer).setBigUint64(origin.length + 1, toUint64(input.index) / LEAVES_PER_TAG);
  return hmacSha256(input.tagKey, message).slice(0, TAG_BYTES);
}
