/** For the tests of this profile: a record with every field, its keys, and ways to sign what is no good record. */
import { hmacSha256, nobleEd25519, toBase64 } from '@fractal/tlog';
import { canonicalJson, type PlainJson } from '../canonical/canonical-json.ts';
import type { ContentItem } from '../content/content.ts';
import type { SigningKey, VerificationKey } from '../signature/keys.ts';
import { buildRecord, type RecordInput } from './build-record.ts';
import { signPcsRecord } from './sign-record.ts';
import { verifyPcsRecord } from './verify-record.ts';

export const secret = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
export const HMAC: SigningKey & VerificationKey = { alg: 'hmac-sha256', kid: 'key-1', value: secret };
export const ED25519: SigningKey = { alg: 'ed25519', kid: 'key-2', value: secret };
export const ED25519_PUBLIC: VerificationKey = { ...ED25519, value: nobleEd25519.publicKey(secret) };

export const ITEMS: readonly ContentItem[] = [
  { kind: 'prompt', salt: new Uint8Array(16).fill(1), text: 'How much?' },
  { kind: 'output', salt: new Uint8Array(16).fill(2), text: '€3 million' },
];
export const INPUT: RecordInput & { items: readonly ContentItem[] } = {
  tenant: 'acme',
  namespace: 'prod',
  stream: 'agent.7',
  epoch: 12_345,
  sentAtMs: 1_760_000_000_123,
  task: 'support-answers',
  run: 'ü "quoted"',
  attempt: 2,
  parent: 'c50bb25a7aff94164147b73c846f0e5e10890d75df204875ca70c448f52c6edf',
  items: ITEMS,
  signals: { coverage: 1, '\ufb33': 0.25, '\ud83d\ude00': 1 / 3 },
  usage: { model: 'gpt-x', inputTokens: 12, outputTokens: 0, costUsd: 0.0123 },
};

export type Fields = { [name: string]: PlainJson | undefined };

export function built(): Fields {
  const record = buildRecord(INPUT);
  if (!record.ok) throw new Error(record.code);
  return { ...record.value } as Fields;
}

export function signed(changes: Fields = {}, key: SigningKey = HMAC): Uint8Array {
  const result = signPcsRecord({ record: { ...built(), ...changes }, key });
  if (!result.ok) throw new Error(`${result.code} ${result.detail}`);
  return result.value.record;
}

/** Bytes of a record as somebody else would sign it, whatever its fields are. */
export function signedAnyway(fields: Fields): Uint8Array {
  const payload = canonicalJson(fields);
  const value = toBase64(hmacSha256(secret, payload));
  return canonicalJson({ ...fields, sig: { alg: 'hmac-sha256', kid: 'key-1', value } });
}

export function codeOf(bytes: Uint8Array, keys: readonly VerificationKey[] = [HMAC]): string {
  const verdict = verifyPcsRecord({ bytes, keys });
  return verdict.ok ? 'ok' : `${verdict.code} ${verdict.detail ?? ''}`.trim();
}

export const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const encode = (text: string) => new TextEncoder().encode(text);
