/**
 * Ops of the conformance runner on the log: notes, checkpoints, proofs, tiles, receipts, tags. Each reads all its inputs
 * first, in the order of the table in spec/conformance.md, and only then looks at what they hold.
 */
import {
  entryTag,
  formatTilePath,
  openNote,
  parsePolicy,
  parseTilePath,
  parseVerifierKey,
  type ReceiptTrust,
  type TileCoordinate,
  toBase64,
  type VerifierKey,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyProof,
  verifyReceipt,
} from '@fractal/tlog';
import { type Case, CaseFault } from './case.ts';
import { type Op, okOrFault } from './op.ts';

export const logOps: Readonly<Record<string, Op>> = {
  'verify-note': verifyNote,
  'verify-checkpoint': verifyCheckpointOf,
  'verify-inclusion': verifyInclusionOf,
  'verify-consistency': verifyConsistencyOf,
  'tile-path': tilePathOf,
  'verify-proof': verifyProofOf,
  'verify-receipt': verifyReceiptOf,
  tag: tagOf,
};

type Output = ReturnType<Op>;

function verifyNote(input: Case): Output {
  const note = input.bytes('note_b64');
  const vkeys = input.texts('vkeys');
  const opened = okOrFault(openNote(note, vkeys.map(keyOf)));
  const names = opened.verified.map(({ name }) => name);
  return { text_b64: toBase64(new TextEncoder().encode(opened.text)), verified: names };
}

function verifyCheckpointOf(input: Case): Output {
  const checkpoint = input.bytes('checkpoint_b64');
  const origin = input.text('origin');
  const vkey = input.text('vkey');
  const witnessVkeys = input.has('witness_vkeys') ? input.texts('witness_vkeys') : [];
  const verifierKey = keyOf(vkey);
  const witnessKeys = witnessVkeys.map(keyOf);
  const verified = okOrFault(verifyCheckpoint({ checkpoint, origin, verifierKey, witnessKeys }));
  return {
    size: String(verified.size),
    root_b64: toBase64(verified.root),
    cosigned: verified.cosigned.map(({ name, timestamp }) => ({ name, timestamp: String(timestamp) })),
  };
}

function verifyInclusionOf(input: Case): Output {
  const leafHash = input.bytes('leaf_hash_b64');
  const index = input.uint64('index');
  const size = input.uint64('size');
  const proof = input.byteStrings('proof');
  const root = input.bytes('root_b64');
  okOrFault(verifyInclusion({ leafHash, index, size, proof, root }));
  return {};
}

function verifyConsistencyOf(input: Case): Output {
  const size1 = input.uint64('size1');
  const size2 = input.uint64('size2');
  const root1 = input.bytes('root1_b64');
  const root2 = input.bytes('root2_b64');
  const proof = input.byteStrings('proof');
  okOrFault(verifyConsistency({ size1, size2, root1, root2, proof }));
  return {};
}

function tilePathOf(input: Case): Output {
  if (input.has('path')) {
    const { index, ...rest } = okOrFault(parseTilePath(input.text('path')));
    return { ...rest, index: String(index) };
  }
  return { path: okOrFault(formatTilePath(coordinateOf(input))) };
}

function coordinateOf(input: Case): TileCoordinate {
  const kind = input.text('kind');
  if (kind === 'entries') return { kind, index: input.uint64('index'), width: input.number('width') };
  if (kind !== 'tile') throw new CaseFault('bad_request');
  return { kind, level: input.number('level'), index: input.uint64('index'), width: input.number('width') };
}

function verifyProofOf(input: Case): Output {
  const proof = input.bytes('proof_b64');
  const leaf = input.bytes('leaf_b64');
  const origin = input.text('origin');
  const verifierKey = keyOf(input.text('vkey'));
  const verified = okOrFault(verifyProof({ proof, leaf, origin, verifierKey }));
  return { index: String(verified.index), size: String(verified.size) };
}

function verifyReceiptOf(input: Case): Output {
  const receipt = input.bytes('receipt_b64');
  const trust = readTrust(input);
  const output = input.has('output_b64') ? { output: input.bytes('output_b64') } : {};
  const salt = input.has('salt_b64') ? { salt: input.bytes('salt_b64') } : {};
  const verified = okOrFault(verifyReceipt({ ...trustOf(trust), receipt, ...output, ...salt }));
  const { origin, index, size, body } = verified;
  return { origin, index: String(index), size: String(size), body_b64: toBase64(body) };
}

type TrustText = { readonly vkey: string } | { readonly policy: string };

function readTrust(input: Case): TrustText {
  if (input.has('vkey') === input.has('policy')) throw new CaseFault('bad_request');
  return input.has('vkey') ? { vkey: input.text('vkey') } : { policy: input.text('policy') };
}

function trustOf(text: TrustText): ReceiptTrust {
  return 'vkey' in text ? { verifierKey: keyOf(text.vkey) } : { policy: okOrFault(parsePolicy(text.policy)) };
}

function tagOf(input: Case): Output {
  const tagKey = input.bytes('tag_key_b64');
  const origin = input.text('origin');
  const index = input.uint64('index');
  return { tag_b64: toBase64(entryTag({ tagKey, origin, index })) };
}

function keyOf(vkey: string): VerifierKey {
  return okOrFault(parseVerifierKey(vkey));
}
