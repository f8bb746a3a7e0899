/** Ops of the conformance runner on records: canonical forms, numbers, ids, commitments, signatures. */
import {
  type ContentItem,
  canonicalize,
  canonicalizeJcs,
  checkItem,
  isMerkleRoot,
  isSignatureAlg,
  merkleRoot,
  pcsId,
  type SignatureAlg,
  signRecord,
  tryNinePlace,
  type VerificationKey,
  verifyRecord,
  verifySignature,
} from '@fractal/record';
import { fromHex, isAcceptableEd25519Key, toBase64, utf8Decode } from '@fractal/tlog';
import { type Case, CaseFault } from './case.ts';
import { type Op, okOrFault } from './op.ts';

export const recordOps: Readonly<Record<string, Op>> = {
  canonicalize: (input) => ({ canonical_b64: toBase64(okOrFault(canonicalize(input.bytes('json_b64')))) }),
  'canonicalize-jcs': (input) => ({ canonical_b64: toBase64(okOrFault(canonicalizeJcs(input.bytes('json_b64')))) }),
  'nine-place': (input) => ({ text: okOrFault(tryNinePlace(binary64(input.text('bits_hex')))) }),
  'pcs-id': idOf,
  'merkle-root': (input) => ({ root_hex: merkleRoot(input.objects('items').map(contentItem)) }),
  'sign-record': sign,
  'verify-record': verify,
  'verify-signature': verifySignatureOf,
};

const PROFILES = ['fractal-pcs', 'fractal-lba-kakeya'] as const;

/** 16 hex digits, the most significant byte first. */
function binary64(hex: string): number {
  const bytes = fromHex(hex);
  if (bytes?.length !== 8) throw new CaseFault('hex_malformed');
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}

function idOf(input: Case): { pcs_id: string } {
  const root = input.text('merkle_root');
  const epoch = input.uint64('epoch');
  const stream = input.text('stream');
  if (!isMerkleRoot(root)) throw new CaseFault('hex_malformed');
  return { pcs_id: pcsId({ merkleRoot: root, epoch, stream }) };
}

function contentItem(input: Case): ContentItem {
  const salt = input.bytes('salt_b64');
  const kind = input.text('kind') as ContentItem['kind'];
  const text = utf8Decode(input.bytes('text_b64'));
  if (text === undefined) throw new CaseFault('content_malformed');
  const item = { kind, salt, text };
  okOrFault(checkItem(item));
  return item;
}

function sign(input: Case): { record_b64: string; payload_b64: string } {
  const profile = profileOf(input);
  const record = input.bytes('record_b64');
  const signed = okOrFault(signRecord({ profile, record, key: keyOf(input.object('key')) }));
  return { record_b64: toBase64(signed.record), payload_b64: toBase64(signed.payload) };
}

function verify(input: Case): { pcs_id: string; payload_b64: string } {
  const profile = profileOf(input);
  const bytes = input.bytes('record_b64');
  const key = windowedKeyOf(input.object('key'));
  const nowMs = input.has('now_ms') ? Number(input.uint64('now_ms')) : undefined;
  const verified = okOrFault(verifyRecord({ profile, bytes, keys: [key], nowMs }));
  return { pcs_id: verified.pcsId, payload_b64: toBase64(verified.payload) };
}

/** Algorithm, then key, then length, then the signature itself. */
function verifySignatureOf(input: Case): Record<string, never> {
  const alg = algOf(input);
  const key = input.bytes('key_b64');
  const message = input.bytes('message_b64');
  const signature = input.bytes('sig_b64');
  if (alg === 'hmac-sha256' ? key.length === 0 : !isAcceptableEd25519Key(key)) throw new CaseFault('key_malformed');
  okOrFault(verifySignature({ alg, key, message, signature }));
  return {};
}

function profileOf(input: Case): (typeof PROFILES)[number] {
  const profile = PROFILES.find((known) => known === input.text('profile'));
  if (profile === undefined) throw new CaseFault('bad_request');
  return profile;
}

function algOf(input: Case): SignatureAlg {
  const alg = input.text('alg');
  if (!isSignatureAlg(alg)) throw new CaseFault('alg_unknown');
  return alg;
}

function keyOf(input: Case): VerificationKey {
  return { alg: algOf(input), kid: input.text('kid'), value: input.bytes('value_b64') };
}

function windowedKeyOf(input: Case): VerificationKey {
  return {
    ...keyOf(input),
    ...(input.has('not_before_ms') ? { notBeforeMs: Number(input.uint64('not_before_ms')) } : {}),
    ...(input.has('not_after_ms') ? { notAfterMs: Number(input.uint64('not_after_ms')) } : {}),
  };
}
