/**
 * Profile fractal-lba-kakeya 0.1, the agents already deployed: the fields of a record. White space, order and the
 * spelling of numbers are free, because only eight fields are signed and they are printed anew (payload.ts).
 *
 * Types only. NOT checked here: signature, pcs_id, schema and version, and whether the numbers fit one another (checks.ts).
 */
import { failure, type Result, success } from '@fractal/tlog';
import { isIntegerToken } from '../canonical/number-token.ts';
import type { JsonValue } from '../json/ast.ts';
import { type FieldCode, FieldReader, INTEGER_DIGITS_MAX } from '../json/fields.ts';

export interface AgentRecord {
  readonly pcsId: string;
  readonly schema: string;
  readonly version: string;
  readonly shardId: string;
  readonly epoch: bigint;
  readonly attempt: bigint;
  readonly sentAt: string;
  readonly scales: readonly AgentScale[];
  /** Number of scales under N_j; each of `scales` finds its own or undefined. */
  readonly countsSize: number;
  readonly cohStar: number;
  readonly dHat: number;
  readonly r: number;
  readonly regime: string;
  readonly budget: number;
  readonly merkleRoot: string;
  /** Base64, not yet decoded. */
  readonly signature: string;
}

/** A scale as claimed, with the count N_j stored under its text. */
export interface AgentScale {
  /** The integer token, which is also the name in N_j. */
  readonly name: string;
  readonly scale: number;
  readonly count: number | undefined;
}

/** Slopes are taken over pairs, so the work grows with the square of this. */
export const AGENT_SCALES_MAX = 256;

const UNSIGNED = [
  'pcs_id',
  'schema',
  'version',
  'shard_id',
  'epoch',
  'attempt',
  'sent_at',
  'seed',
  'scales',
  'N_j',
  'coh_star',
  'v_star',
  'D_hat',
  'r',
  'regime',
  'budget',
  'merkle_root',
];
const SIGNED = [...UNSIGNED, 'sig', 'ft'];
const UNSIGNED_WITH_FT = [...UNSIGNED, 'ft'];

/** The typed fields; every one is required and no other is allowed. `signed: false` reads a record before it has a `sig`. */
export function readAgentFields(
  value: JsonValue,
  options: { readonly signed: boolean },
): Result<AgentRecord, FieldCode> {
  if (value.kind !== 'object') return failure('record_bad_field', 'record');
  const fields = new FieldReader(value);
  fields.checkNames(options.signed ? SIGNED : UNSIGNED_WITH_FT);
  if (fields.fault !== undefined) return fields.fault;
  const record: AgentRecord = {
    pcsId: fields.string('pcs_id'),
    schema: fields.string('schema'),
    version: fields.string('version'),
    shardId: fields.string('shard_id', (text) => text.length <= 1024),
    sentAt: fields.string('sent_at'),
    regime: fields.string('regime'),
    merkleRoot: fields.string('merkle_root'),
    signature: options.signed ? fields.string('sig') : '',
    epoch: fields.integer('epoch'),
    attempt: fields.integer('attempt'),
    ...readScales(fields),
    cohStar: fields.real('coh_star'),
    dHat: fields.real('D_hat'),
    r: fields.real('r'),
    budget: fields.real('budget'),
  };
  fields.object('ft');
  return fields.fault ?? success(record);
}

/** `seed`, `scales`, `N_j` and `v_star`: integer tokens, a list of them, an object of them, a list of numbers. */
function readScales(fields: FieldReader): { scales: AgentScale[]; countsSize: number } {
  fields.integer('seed');
  const scaleValues = fields.array('scales');
  const counts = fields.object('N_j').members;
  if (scaleValues.length > AGENT_SCALES_MAX) fields.note('record_bad_field', 'scales');
  if (counts.length > AGENT_SCALES_MAX) fields.note('record_bad_field', 'N_j');
  const countOf = new Map<string, number>();
  for (const { name, value } of counts) {
    if (isIntegerValue(value)) countOf.set(name, Number(value.raw));
    else fields.note('record_bad_field', 'N_j');
  }
  const scales: AgentScale[] = [];
  for (const value of scaleValues) {
    if (!isIntegerValue(value)) fields.note('record_bad_field', 'scales');
    else scales.push({ name: value.raw, scale: Number(value.raw), count: countOf.get(value.raw) });
  }
  if (!fields.array('v_star').every((value) => value.kind === 'number')) fields.note('record_bad_field', 'v_star');
  return { scales, countsSize: counts.length };
}

function isIntegerValue(value: JsonValue): value is JsonValue & { kind: 'number' } {
  return value.kind === 'number' && isIntegerToken(value.raw) && value.raw.length <= INTEGER_DIGITS_MAX;
}
