/**
 * Ops of the conformance runner on records: canonical forms, numbers, ids, commitments, signatures. Each reads all its
 * inputs first, in the order of the table in spec/conformance.md, and only then looks at what they hold.
 */
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
import { fromHex, toBase64, utf8Decode } from '@fractal/tlog';
import { type Case, CaseFault } from './case.ts';
import { type Op, okOrFault } from './op.ts';

export const recordOps: Readonly<Record<string, Op>> = {
  canonicalize: (input) => ({ canonical_b64: toBase64(okOrFault(canonicalize(input.bytes('json_b64')))) }),
  'canonicalize-jcs': (input) => ({ canonical_b64: toBase64(okOrFault(canonicalizeJcs(input.bytes('json_b64')))) }),
  'nine-place': (input) => ({ text: okOrFault(tryNinePlace(binary64(input.text('bits_hex')))) }),
  'pcs-id': idOf,
  'merkle-root': (input) => ({ root_hex: merkleRoot(input.objects('items').map(rawItem).map(contentItem)) }),
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

interface RawItem {
  readonly salt: Uint8Array;
  readonly kind: string;
  readonly text: Uint8Array;
}

function rawItem(input: Case): RawItem {
  return { salt: input.bytes('salt_b64'), kind: input.text('kind'), text: input.bytes('text_b64') };
}

function contentItem({ salt, kind, text: bytes }: RawItem): ContentItem {
  const text = utf8Decode(bytes);
  if (text === undefined) throw new CaseFault('content_malformed');
  const item = { kind: kind as ContentItem['kind'], salt, text };
  okOrFault(checkItem(item));
  return item;
}

function sign(input: Case): { record_b64: string; payload_b64: string } {
  const profile = profileOf(input);
  const record = input.bytes('record_b64');
  const rawKey = readKey(input.object('key'));
  const signed = okOrFault(signRecord({ profile, record, key: { ...rawKey, alg: algOf(rawKey.alg) } }));
  return { record_b64: toBase64(signed.record), payload_b64: toBase64(signed.payload) };
}

function verify(input: Case): { pcs_id: string; payload_b64: string } {
  const profile = profileOf(input);
  const bytes = input.bytes('record_b64');
  const rawKey = { ...readKey(input.object('key')), ...readWindow(input.object('key')) };
  const nowMs = optionalMs(input, 'now_ms');
  const verified = okOrFault(verifyRecord({ profile, bytes, keys: [{ ...rawKey, alg: algOf(rawKey.alg) }], nowMs }));
  return { pcs_id: verified.pcsId, payload_b64: toBase64(verified.payload) };
}

/** Algorithm, then key, then length, then the signature itself. */
function verifySignatureOf(input: Case): Record<string, never> {
  const name = input.text('alg');
  const key = input.bytes('key_b64');
  const message = input.bytes('message_b64');
  const signature = input.bytes('sig_b64');
  okOrFault(verifySignature({ alg: algOf(name), key, message, signature }));
  return {};
}

function profileOf(input: Case): (typeof PROFILES)[number] {
  const profile = PROFILES.find((known) => known === input.text('profile'));
  if (profile === undefined) throw new CaseFault('bad_request');
  return profile;
}

function algOf(name: string): SignatureAlg {
  if (!isSignatureAlg(name)) throw new CaseFault('alg_unknown');
  return name;
}

function readKey(input: Case): { readonly alg: string; readonly kid: string; readonly value: Uint8Array } {
  return { alg: input.text('alg'), kid: input.text('kid'), value: input.bytes('value_b64') };
}

function readWindow(input: Case): Pick<VerificationKey, 'notBeforeMs' | 'notAfterMs'> {
  const notBeforeMs = optionalMs(input, 'not_before_ms');
  const notAfterMs = optionalMs(input, 'not_after_ms');
  return { ...(notBeforeMs === undefined ? {} : { notBeforeMs }), ...(notAfterMs === undefined ? {} : { notAfterMs }) };
}

function optionalMs(input: Case, name: string): number | undefined {
  return input.has(name) ? Number(input.uint64(name)) : undefined;
}
