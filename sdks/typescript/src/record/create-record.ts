/**
 * From a model's output and its evidence to a signed record of profile fractal-pcs 1.0 and the content behind it
 * (DESIGN section 4). Each piece of content gets 16 random bytes of salt; the record commits to all of them by its
 * merkle_root, and its pcs_id follows from root, epoch and stream. The layout and the checks are @fractal/record's.
 *
 * Keep the content: its salts are needed to verify a receipt for the text, and to show later what was committed to.
 */
import {
  type ContentItem,
  buildRecord as layOutRecord,
  type PcsId,
  type RecordInput,
  type SigningKey,
  signPcsRecord,
  type UnsignedRecord,
} from '@fractal/record';
import type { Evidence } from '../client/requests.ts';
import { RecordError } from '../errors/errors.ts';
import { type Clock, type Rng, systemClock, systemRng } from '../http/ports.ts';

export interface ContentInput {
  readonly prompt?: string | undefined;
  readonly output: string;
  readonly evidence: readonly (string | Evidence)[];
}

export interface Content {
  /** Prompt, output, evidence, in this order. */
  readonly items: readonly ContentItem[];
  /** Salt of the output: what `verifyReceipt` and `requireAccepted` want. */
  readonly outputSalt: Uint8Array;
}

export interface RecordFields extends Omit<RecordInput, 'sentAtMs'> {
  /** Default: now. */
  readonly sentAtMs?: number;
}

export interface CreatedRecord {
  /** Canonical bytes with the signature: what `verify` sends. */
  readonly record: Uint8Array;
  readonly pcsId: PcsId;
  readonly content: Content;
}

/** Salts the pieces. Text that UTF-8 cannot express, and more than 256 pieces, are refused when the record is built. */
export function buildContent(input: ContentInput, ports: { readonly rng?: Rng } = {}): Content {
  const rng = ports.rng ?? systemRng;
  const output: ContentItem = { kind: 'output', salt: rng.bytes(16), text: input.output };
  const items: ContentItem[] = [output];
  if (input.prompt !== undefined) items.unshift({ kind: 'prompt', salt: rng.bytes(16), text: input.prompt });
  for (const entry of input.evidence) {
    const piece = typeof entry === 'string' ? { text: entry } : entry;
    items.push({
      kind: 'evidence',
      salt: rng.bytes(16),
      text: piece.text,
      ...(piece.id === undefined ? {} : { id: piece.id }),
    });
  }
  return { items, outputSalt: output.salt };
}

/** The record over a content, without `sig`, in the field names of the wire. */
export function buildRecord(
  fields: RecordFields,
  content: Content,
  ports: { readonly clock?: Clock } = {},
): UnsignedRecord {
  const sentAtMs = fields.sentAtMs ?? (ports.clock ?? systemClock).nowMs();
  const built = layOutRecord({ ...fields, sentAtMs, items: content.items });
  if (!built.ok) throw refused(built);
  return built.value;
}

/** Signs a record (an object, or JSON in bytes, without `sig`): canonical bytes with `sig` in its place. */
export function signRecord(record: UnsignedRecord | Uint8Array, key: SigningKey): Uint8Array {
  const signed = signPcsRecord({ record: record instanceof Uint8Array ? record : { ...record }, key });
  if (!signed.ok) throw refused(signed);
  return signed.value.record;
}

/** All three steps. Throws a `RecordError` with the code of the first thing that is wrong. */
export function createRecord(
  input: ContentInput & { readonly fields: RecordFields; readonly key: SigningKey },
  ports: { readonly rng?: Rng; readonly clock?: Clock } = {},
): CreatedRecord {
  const content = buildContent(input, ports);
  const unsigned = buildRecord(input.fields, content, ports);
  return { record: signRecord(unsigned, input.key), pcsId: unsigned.pcs_id as PcsId, content };
}

function refused(fault: { readonly code: RecordError['code']; readonly detail?: string }): RecordError {
  // `detail` of these packages names a field or a limit, never a value.
  return new RecordError(
    `the record cannot be made: ${fault.code}${fault.detail === undefined ? '' : ` (${fault.detail})`}`,
    {
      code: fault.code,
    },
  );
}
