/** Records as clients make them: good ones, forged ones, and two that say different things under one id. */
import { buildRecord, type ContentItem, type SigningKey, signPcsRecord } from '@fractal/record';
import { sha256, toBase64, toHex, utf8Decode, utf8Encode } from '@fractal/tlog';
import type { Random } from '../kernel/random.ts';

export const TENANTS = ['acme', 'birch', 'cedar'] as const;

export interface SimRecord {
  readonly tenant: string;
  readonly pcsId: string;
  /** The body of POST /v1/verify. */
  readonly bytes: Uint8Array;
  /** Hex of SHA-256 of what is signed; two records of one id differ in it. */
  readonly payload: string;
  readonly isForged: boolean;
  /** Whether a judge may accept it at all. */
  readonly mayAccept: boolean;
}

export function hmacKey(tenant: string): SigningKey {
  return { alg: 'hmac-sha256', kid: `kid-${tenant}`, value: sha256(utf8Encode(`record key of ${tenant}`)) };
}

/** A key that no tenant registered. */
export function forgersKey(tenant: string): SigningKey {
  return { alg: 'hmac-sha256', kid: `forged-${tenant}`, value: sha256(utf8Encode('not the key')) };
}

const EVIDENCE = 'The bridge opened in 1932 and cost 3 million dollars.';

/** Under a key name that nobody knows, or under the tenant's own with other bytes. */
function keyOfForger(tenant: string, forgery: RecordOptions['forgery']): SigningKey {
  const key = forgersKey(tenant);
  return forgery === 'wrong key' ? { ...key, kid: hmacKey(tenant).kid } : key;
}

export interface RecordOptions {
  readonly tenant: string;
  readonly number: number;
  readonly content: 'none' | 'supported' | 'contradicted';
  /** Another value makes another payload under the same id. */
  readonly attempt: number;
  readonly forgery: 'none' | 'wrong key' | 'wrong name';
  readonly random: Random;
}

export function makeRecord({ tenant, number, content, attempt, forgery, random }: RecordOptions): SimRecord {
  const output = content === 'supported' ? 'The bridge opened in 1932.' : 'The bridge opened in 1942.';
  const items: ContentItem[] = [
    { kind: 'output', salt: random.bytes(16), text: output },
    { kind: 'evidence', salt: random.bytes(16), text: EVIDENCE },
  ];
  const shared = {
    tenant,
    namespace: 'default',
    stream: 'sim',
    epoch: number,
    sentAtMs: 1_800_000_000_000,
    task: 'default',
    attempt,
  };
  const merkleRoot = toHex(sha256(utf8Encode(`root ${number}`)));
  const built = buildRecord(content === 'none' ? { ...shared, content: 'none', merkleRoot } : { ...shared, items });
  if (!built.ok) throw new Error(built.code);
  const signed = signPcsRecord({
    record: { ...built.value },
    key: forgery === 'none' ? hmacKey(tenant) : keyOfForger(tenant, forgery),
  });
  if (!signed.ok) throw new Error(signed.code);
  const wire = content === 'none' ? {} : { content: { items: items.map(wireItem) } };
  const text = utf8Decode(signed.value.record)!;
  return {
    tenant,
    pcsId: built.value.pcs_id,
    bytes: utf8Encode(JSON.stringify({ record: text, ...wire })),
    payload: toHex(sha256(signed.value.record)),
    isForged: forgery !== 'none',
    mayAccept: content === 'supported',
  };
}

function wireItem({ kind, salt, text }: ContentItem): { kind: string; salt: string; text: string } {
  return { kind, salt: toBase64(salt), text };
}
