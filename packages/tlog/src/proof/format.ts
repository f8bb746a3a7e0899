/**
 * The text of a proof (C2SP tlog-proof, a draft):
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>               left out when there is none
 *     index <decimal>
 *     <base64 of a hash>           the inclusion proof, from the leaf's sibling up
 *
 *     <signed checkpoint, verbatim>
 *
 * Parsing proves nothing: `verify.ts` does, and the extra data is never authenticated by the format itself.
 */
import { decodeAscii, scratch, writeAscii } from '../bytes/ascii.ts';
import { base64Length, fromBase64, writeBase64 } from '../bytes/base64.ts';
import { parseUint64, toUint64 } from '../bytes/uint64.ts';
import { decodeText } from '../bytes/utf8.ts';
import { HASH_BYTES, type Hash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';
import { failure, type Result, success } from '../result.ts';

export const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';
/** Bytes of a whole proof: room for the largest note, and for the largest body as extra data. */
export const PROOF_BYTES_MAX = 2_000_000;
/** A tree of a u64 size is at most this deep. */
export const PROOF_HASHES_MAX = 64;

export interface LogProof {
  readonly index: bigint;
  readonly proof: readonly Hash[];
  /** The signed note, as it stands in the proof. */
  readonly checkpoint: string;
  /** At least one byte where present. Not authenticated. */
  readonly extra?: Uint8Array;
}

/** The text of a proof. `index` is a u64; `checkpoint` is taken over verbatim. */
export function formatProof(input: {
  readonly index: bigint | number;
  readonly proof: readonly Hash[];
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
}): string {
  const { index, proof, checkpoint, extra } = input;
  invariant(proof.length <= PROOF_HASHES_MAX, 'an inclusion proof has at most 64 hashes');
  invariant(
    proof.every((hash) => hash.length === HASH_BYTES),
    'a hash has 32 bytes',
  );
  const target = scratch(proofHeadBytes(proof.length, extra?.length ?? 0));
  let end = writeAscii(`${PROOF_HEADER}\n`, target, 0);
  if (extra !== undefined && extra.length > 0) {
    end = writeAscii('extra ', target, end);
    end = writeBase64Line(extra, target, end);
  }
  end = writeAscii(`index ${toUint64(index)}\n`, target, end);
  for (const hash of proof) end = writeBase64Line(hash, target, end);
  return `${decodeAscii(target, end)}\n${checkpoint}`;
}

/** More than the longest header, `extra ` and index line together. */
const FIXED_BYTES_MAX = 128;

/** Room for all that stands before the empty line. */
function proofHeadBytes(hashes: number, extraBytes: number): number {
  return FIXED_BYTES_MAX + base64Length(extraBytes) + hashes * (base64Length(HASH_BYTES) + 1);
}

function writeBase64Line(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  const end = writeBase64(bytes, target, offset);
  target[end] = 0x0a;
  return end + 1;
}

/** Parses a proof; the checkpoint inside stays unparsed. At most 2,000,000 bytes and 64 hashes. */
export function parseProof(proof: Uint8Array | string): Result<LogProof, 'proof_malformed'> {
  const text = decodeText(proof, PROOF_BYTES_MAX);
  if (!text.ok) return failure('proof_malformed', text.code);
  const end = text.value.indexOf('\n\n');
  if (end < 0) return failure('proof_malformed', 'no empty line');
  // Header, extra, index and hashes; one line more than that is too many whatever it says.
  const lines = text.value.slice(0, end).split('\n', PROOF_HASHES_MAX + 4);
  if (lines.shift() !== PROOF_HEADER) return failure('proof_malformed', 'not a tlog-proof of version 1');
  const extra = lines[0]?.startsWith('extra ') ? parseExtra(lines.shift()!) : undefined;
  if (extra === 'malformed') return failure('proof_malformed', 'the extra line');
  const index = parseIndexLine(lines.shift());
  if (index === undefined) return failure('proof_malformed', 'the index line');
  const hashes = parseHashes(lines);
  if (hashes === undefined) return failure('proof_malformed', 'the proof lines');
  const checkpoint = text.value.slice(end + 2);
  if (checkpoint === '') return failure('proof_malformed', 'no checkpoint');
  return success({ index, proof: hashes, checkpoint, ...(extra === undefined ? {} : { extra }) });
}

function parseExtra(line: string): Uint8Array | 'malformed' {
  const extra = fromBase64(line.slice('extra '.length));
  return extra === undefined || extra.length === 0 ? 'malformed' : extra;
}

function parseIndexLine(line: string | undefined): bigint | undefined {
  return line?.startsWith('index ') ? parseUint64(line.slice('index '.length)) : undefined;
}

function parseHashes(lines: readonly string[]): Hash[] | undefined {
  if (lines.length > PROOF_HASHES_MAX) return undefined;
  const hashes: Hash[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return undefined;
    hashes.push(hash);
  }
  return hashes;
}
