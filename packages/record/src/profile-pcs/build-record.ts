/**
 * Profile fractal-pcs 1.0: from content and a few fields to a record ready to be signed, in the field names of the wire.
 * Used by the SDK and by the edge, so that ids, roots and instants are made in one place.
 *
 * Reads no clock and draws no salt: both are handed in.
 */
import { failure, type Result, success } from '@fractal/tlog';
import { type ContentItem, checkContent, merkleRoot } from '../content/content.ts';
import { formatInstant } from '../id/instant.ts';
import { isMerkleRoot, pcsId } from '../id/pcs-id.ts';
import { type ContentMode, PCS_SCHEMA, PCS_VERSION, type Usage } from './fields.ts';

export interface RecordInput {
  readonly tenant: string;
  readonly namespace: string;
  readonly stream: string;
  readonly epoch: number;
  readonly sentAtMs: number;
  readonly task: string;
  readonly run?: string | undefined;
  /** Default 1. */
  readonly attempt?: number | undefined;
  readonly parent?: string | undefined;
  /** Default `vault`. */
  readonly content?: ContentMode | undefined;
  readonly signals?: Readonly<Record<string, number>> | undefined;
  readonly usage?: Usage | undefined;
}

/** A record as it is written, without `sig`. Its field values are checked when it is signed. */
export interface UnsignedRecord {
  readonly schema: typeof PCS_SCHEMA;
  readonly version: typeof PCS_VERSION;
  readonly tenant: string;
  readonly namespace: string;
  readonly stream: string;
  readonly epoch: number;
  readonly sent_at: string;
  readonly task: string;
  readonly run?: string;
  readonly attempt: number;
  readonly parent?: string;
  readonly merkle_root: string;
  readonly pcs_id: string;
  readonly content: ContentMode;
  readonly signals?: Readonly<Record<string, number>>;
  readonly usage?: { readonly [name: string]: string | number };
}

/** The record over `items`, or over a root when the content stays where it is. Errors: `content_malformed`, `record_bad_field`. */
export function buildRecord(
  input: RecordInput & ({ readonly items: readonly ContentItem[] } | { readonly merkleRoot: string }),
): Result<UnsignedRecord, 'content_malformed' | 'record_bad_field'> {
  const root = rootOf(input);
  if (!root.ok) return root;
  const { tenant, namespace, stream, epoch, task, run, parent, signals } = input;
  if (!isInstant(input.sentAtMs)) return failure('record_bad_field', 'sent_at');
  return success({
    schema: PCS_SCHEMA,
    version: PCS_VERSION,
    tenant,
    namespace,
    stream,
    epoch,
    sent_at: formatInstant(input.sentAtMs),
    task,
    ...(run === undefined ? {} : { run }),
    attempt: input.attempt ?? 1,
    ...(parent === undefined ? {} : { parent }),
    merkle_root: root.value,
    pcs_id: pcsId({ merkleRoot: root.value, epoch, stream }),
    content: input.content ?? 'vault',
    ...(signals === undefined ? {} : { signals }),
    ...(input.usage === undefined ? {} : { usage: wireUsage(input.usage) }),
  });
}

function rootOf(
  input: { readonly items: readonly ContentItem[] } | { readonly merkleRoot: string },
): Result<string, 'content_malformed' | 'record_bad_field'> {
  if ('merkleRoot' in input) {
    return isMerkleRoot(input.merkleRoot) ? success(input.merkleRoot) : failure('record_bad_field', 'merkle_root');
  }
  const checked = checkContent(input.items);
  return checked.ok ? success(merkleRoot(input.items)) : checked;
}

function isInstant(ms: number): boolean {
  return Number.isInteger(ms) && ms >= YEAR_0_MS && ms < YEAR_10000_MS;
}

const YEAR_0_MS = -62_167_219_200_000;
const YEAR_10000_MS = 253_402_300_800_000;

function wireUsage(usage: Usage): { readonly [name: string]: string | number } {
  return {
    ...(usage.model === undefined ? {} : { model: usage.model }),
    ...(usage.inputTokens === undefined ? {} : { input_tokens: usage.inputTokens }),
    ...(usage.outputTokens === undefined ? {} : { output_tokens: usage.outputTokens }),
    ...(usage.costUsd === undefined ? {} : { cost_usd: usage.costUsd }),
  };
}
