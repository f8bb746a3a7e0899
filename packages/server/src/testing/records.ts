/** Signed records and bodies of requests, for tests. */

import { randomBytes } from 'node:crypto';
import { buildRecord, type ContentItem, type RecordInput, type SigningKey, signPcsRecord } from '@fractal/record';
import { toBase64, utf8Decode } from '@fractal/tlog';

export const EVIDENCE = 'The bridge opened in 1932 and cost 3 million dollars.';
export const SUPPORTED = 'The bridge opened in 1932.';
export const CONTRADICTED = 'The bridge opened in 1942.';

export function contentItems(output: string = SUPPORTED, evidence: string = EVIDENCE): ContentItem[] {
  const salt = () => new Uint8Array(randomBytes(16));
  return [
    { kind: 'output', salt: salt(), text: output },
    { kind: 'evidence', salt: salt(), text: evidence },
  ];
}

export interface SignedOptions extends Partial<RecordInput> {
  /** Content; absent: a record with `content: none` over a random root. */
  readonly items?: readonly ContentItem[];
  readonly merkleRoot?: string;
}

/** The canonical text of a signed record. */
export function signedRecord(key: SigningKey, options: SignedOptions = {}): { text: string; pcsId: string } {
  const { items, merkleRoot, ...fields } = options;
  const input: RecordInput = {
    tenant: 'default',
    namespace: 'default',
    stream: 'test',
    epoch: 1,
    sentAtMs: 1_764_000_000_000,
    task: 'default',
    ...(items === undefined ? { content: 'none' as const } : {}),
    ...fields,
  };
  const root = merkleRoot ?? randomBytes(32).toString('hex');
  const built = buildRecord(items === undefined ? { ...input, merkleRoot: root } : { ...input, items });
  if (!built.ok) throw new Error(built.code);
  const signed = signPcsRecord({ record: { ...built.value }, key });
  if (!signed.ok) throw new Error(`${signed.code} ${signed.detail ?? ''}`);
  return { text: utf8Decode(signed.value.record)!, pcsId: built.value.pcs_id };
}

export function wireContent(items: readonly ContentItem[]) {
  return { items: items.map(({ kind, salt, text }) => ({ kind, salt: toBase64(salt), text })) };
}

/** A body of POST /v1/verify with the record as a string. */
export function verifyBody(key: SigningKey, options: SignedOptions = {}): { body: string; pcsId: string } {
  const { text, pcsId } = signedRecord(key, options);
  const content = options.items === undefined ? {} : { content: wireContent(options.items) };
  return { body: JSON.stringify({ record: text, ...content }), pcsId };
}
