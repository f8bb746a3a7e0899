/**
 * pcs_id, in both profiles: lower-case hex of SHA-256 over `merkle_root|epoch|stream` in UTF-8, the epoch in decimal.
 * The stream of profile fractal-lba-kakeya is its shard_id. No length or separator is escaped: merkle_root has 64 digits
 * and the epoch none but digits, so the first two bars part the three.
 */
import { sha256, toHex, utf8Encode } from '@fractal/tlog';

declare const brand: unique symbol;
/** 64 lower-case hex digits. */
export type PcsId = string & { readonly [brand]: 'PcsId' };
/** 64 lower-case hex digits: the RFC 6962 root over the items of the content. */
export type MerkleRoot = string & { readonly [brand]: 'MerkleRoot' };

const HEX64 = /^[0-9a-f]{64}$/;

export function isPcsId(text: string): text is PcsId {
  return HEX64.test(text);
}

export function isMerkleRoot(text: string): text is MerkleRoot {
  return HEX64.test(text);
}

export interface PcsIdParts {
  readonly merkleRoot: string;
  readonly epoch: number | bigint;
  readonly stream: string;
}

export function pcsId({ merkleRoot, epoch, stream }: PcsIdParts): PcsId {
  return toHex(sha256(utf8Encode(`${merkleRoot}|${epoch}|${stream}`))) as PcsId;
}
