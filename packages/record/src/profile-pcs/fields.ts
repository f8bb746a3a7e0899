/**
 * Profile fractal-pcs 1.0: the fields of a record (spec/record.md, "Fields"), from JSON that is canonical already.
 *
 * NOT checked here: the signature, and that pcs_id fits the rest (verify-record.ts).
 */
import { type Failure, failure, type Result, success } from '@fractal/tlog';
import { parseInstant } from '../id/instant.ts';
import { isName } from '../id/names.ts';
import { isMerkleRoot, isPcsId, type MerkleRoot, type PcsId } from '../id/pcs-id.ts';
import type { JsonObject, JsonValue } from '../json/ast.ts';
import { type FieldCode, FieldReader } from '../json/fields.ts';
import { isSignatureAlg, type SignatureAlg } from '../signature/keys.ts';

export const PCS_SCHEMA = 'fractal-pcs';
export const PCS_VERSION = '1.0';

/** A record of profile 1.0 without its signature. */
export interface PcsRecord {
  readonly tenant: string;
  readonly namespace: string;
  readonly stream: string;
  /** 0 to 2^53 - 1. */
  readonly epoch: number;
  /** As written; RFC 3339 in UTC. */
  readonly sentAt: string;
  readonly sentAtMs: number;
  readonly task: string;
  readonly run?: string;
  /** 0 to 2^53 - 1; the first attempt is 1. */
  readonly attempt: number;
  /** The pcs_id of the attempt before. */
  readonly parent?: PcsId;
  readonly merkleRoot: MerkleRoot;
  readonly pcsId: PcsId;
  readonly content: ContentMode;
  /** Without a prototype: names come from strangers. */
  readonly signals: Readonly<Record<string, number>>;
  readonly usage?: Usage;
}

/** Whether the content comes with the record and is kept, or does not. */
export type ContentMode = 'vault' | 'none';

export interface Usage {
  readonly model?: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
}

export interface RecordSignature {
  readonly alg: SignatureAlg;
  readonly kid: string;
  /** Base64, not yet decoded. */
  readonly value: string;
}

export type PcsFieldCode = FieldCode | 'record_schema_unknown' | 'record_version_unknown' | 'alg_unknown';

export const SIGNALS_MAX = 64;

const REQUIRED = [
  'schema',
  'version',
  'tenant',
  'namespace',
  'stream',
  'epoch',
  'sent_at',
  'task',
  'attempt',
  'merkle_root',
  'pcs_id',
  'content',
] as const;
const REQUIRED_SIGNED = [...REQUIRED, 'sig'];
const OPTIONAL = ['run', 'parent', 'signals', 'usage'];

/** The fields of a signed record. */
export function readSignedFields(
  value: JsonValue,
): Result<{ record: PcsRecord; signature: RecordSignature }, PcsFieldCode> {
  const fields = openFields(value, REQUIRED_SIGNED);
  if (fields instanceof FieldReader === false) return fields;
  const record = readRecord(fields);
  const signature = readSignature(fields);
  return fields.fault ?? success({ record, signature });
}

/** The fields of a record that is not signed yet; a `sig` in it is an unknown field. */
export function readUnsignedFields(value: JsonValue): Result<PcsRecord, PcsFieldCode> {
  const fields = openFields(value, REQUIRED);
  if (fields instanceof FieldReader === false) return fields;
  const record = readRecord(fields);
  return fields.fault ?? success(record);
}

type PcsFields = FieldReader<'record_schema_unknown' | 'record_version_unknown' | 'alg_unknown'>;

/** Schema and version come first: a record of another profile is told so, not that fields are missing. */
function openFields(value: JsonValue, required: readonly string[]): PcsFields | Failure<PcsFieldCode> {
  if (value.kind !== 'object') return failure('record_bad_field', 'record');
  const fields: PcsFields = new FieldReader(value);
  if (fields.value('schema') === undefined) fields.note('record_missing_field', 'schema');
  if (fields.string('schema') !== PCS_SCHEMA) fields.note('record_schema_unknown', 'schema');
  if (fields.value('version') === undefined) fields.note('record_missing_field', 'version');
  if (fields.string('version') !== PCS_VERSION) fields.note('record_version_unknown', 'version');
  fields.checkNames(required, OPTIONAL);
  return fields.fault ?? fields;
}

/** Faults come in the order of this list. */
function readRecord(fields: PcsFields): PcsRecord {
  const tenant = fields.string('tenant', isName);
  const namespace = fields.string('namespace', isName);
  const stream = fields.string('stream', isName);
  const epoch = fields.count('epoch');
  const sentAt = fields.string('sent_at');
  const sentAtMs = parseInstant(sentAt);
  if (sentAtMs === undefined) fields.note('record_bad_field', 'sent_at');
  const task = fields.string('task', isName);
  const run = fields.optionalString('run', isLabel);
  const attempt = fields.count('attempt');
  const parent = fields.optionalString('parent', isPcsId) as PcsId | undefined;
  const merkleRoot = fields.string('merkle_root', isMerkleRoot) as MerkleRoot;
  const pcsId = fields.string('pcs_id', isPcsId) as PcsId;
  const content = fields.string('content', isContentMode) as ContentMode;
  const signals = readSignals(fields);
  const usage = readUsage(fields);
  return {
    tenant,
    namespace,
    stream,
    epoch,
    sentAt,
    sentAtMs: sentAtMs ?? 0,
    task,
    ...(run === undefined ? {} : { run }),
    attempt,
    ...(parent === undefined ? {} : { parent }),
    merkleRoot,
    pcsId,
    content,
    signals,
    ...(usage === undefined ? {} : { usage }),
  };
}

function isContentMode(text: string): text is ContentMode {
  return text === 'vault' || text === 'none';
}

/** `run` and `usage.model`: any text of 1 to 128 UTF-16 units. */
function isLabel(text: string): boolean {
  return text.length >= 1 && text.length <= 128;
}

function readSignals(fields: PcsFields): Record<string, number> {
  const signals: Record<string, number> = Object.create(null);
  if (fields.value('signals') === undefined) return signals;
  const { members } = fields.object('signals');
  if (members.length > SIGNALS_MAX) fields.note('record_bad_field', 'signals');
  for (const { name, value } of members) {
    if (name.length < 1 || name.length > 64 || value.kind !== 'number') fields.note('record_bad_field', 'signals');
    else signals[name] = Number(value.raw);
  }
  return signals;
}

function readUsage(fields: PcsFields): Usage | undefined {
  if (fields.value('usage') === undefined) return undefined;
  const object = fields.object('usage');
  const members: PcsFields = new FieldReader(object, 'usage.');
  members.checkNames([], ['model', 'input_tokens', 'output_tokens', 'cost_usd']);
  const usage = {
    ...(members.value('model') === undefined ? {} : { model: members.string('model', isLabel) }),
    ...(members.value('input_tokens') === undefined ? {} : { inputTokens: members.count('input_tokens') }),
    ...(members.value('output_tokens') === undefined ? {} : { outputTokens: members.count('output_tokens') }),
    ...(members.value('cost_usd') === undefined ? {} : { costUsd: members.real('cost_usd') }),
  };
  if (usage.costUsd !== undefined && usage.costUsd < 0) members.note('record_bad_field', 'cost_usd');
  fields.adopt(members.fault);
  return usage;
}

/** `sig`: exactly alg, kid, value. */
function readSignature(fields: PcsFields): RecordSignature {
  const object: JsonObject = fields.object('sig');
  const members: PcsFields = new FieldReader(object, 'sig.');
  members.checkNames(['alg', 'kid', 'value']);
  const alg = members.string('alg');
  if (!isSignatureAlg(alg)) members.note('alg_unknown', 'alg');
  const kid = members.string('kid', isKid);
  const value = members.string('value');
  fields.adopt(members.fault);
  return { alg: alg as SignatureAlg, kid, value };
}

/** Key ids: 1 to 128 visible ASCII characters. */
export function isKid(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text);
}
