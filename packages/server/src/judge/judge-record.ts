/**
 * A record the caller signed: `{record, content}` of POST /v1/verify.
 *
 * The order is the order of trust: JSON, shape, record and signature (nothing before that touches any state, I1), tenant,
 * then content against the commitment, then policy and trust.
 */

import {
  type ContentItem,
  itemHash,
  memberOf,
  type PcsRecord,
  parseJson,
  type VerifiedPcsRecord,
  verifyContent,
  verifyPcsRecord,
} from '@fractal/record';
import { fromBase64, utf8Encode } from '@fractal/tlog';
import { type AssessInput, assess, type TaskPolicy } from '@fractal/trust';
import { sealContent } from '@fractal/vault';
import { plainJson } from '../edge/plain-json.ts';
import type { Refusal } from '../edge/problem.ts';
import { type Parsed, validate } from '../edge/request.ts';
import { contentSchema } from '../routes/schemas.ts';
import type { JudgeTools } from './judge.ts';
import { refused } from './refusal.ts';
import type { Judged, Judgement, TenantSnapshot, VerifyTask } from './task.ts';
import { type Signer, verdictBody } from './verdict-body.ts';

export const BODY_BYTES_MAX = 65_535;

export function judgeRecord(task: VerifyTask, snapshot: TenantSnapshot, tools: JudgeTools): Judgement {
  const request = readRequest(task.bytes);
  if (!request.ok) return refused(request);
  const verified = verifyPcsRecord({
    bytes: request.value.record,
    keys: snapshot.keys,
    nowMs: task.nowMs,
    ed25519: tools.ed25519,
  });
  if (!verified.ok) return refused(verified);
  const { record } = verified.value;
  if (record.tenant !== task.tenant) return refused({ code: 'tenant_mismatch' });
  const items = contentOf(record, request.value.content);
  // Content that contradicts the record is refused also where the record is known: its stored verdict is not about this
  // text. Content that is merely missing is not: a repeat is answered from the log (I4).
  if (!items.ok && items.code !== 'content_missing') return refused(items);
  const outcome = items.ok
    ? decide({ verified: verified.value, signer: 'tenant', items: items.value, nowMs: task.nowMs }, snapshot, tools)
    : { ok: false as const, refusal: { code: items.code, detail: items.detail } };
  const { pcsId, digest, kid } = verified.value;
  return { kind: 'identified', pcsId, digest, kid, outcome };
}

interface VerifyRequest {
  /** The record's own bytes, untouched. */
  readonly record: Uint8Array;
  /** Undefined where none came. */
  readonly content: readonly ContentItem[] | undefined;
}

/** `record` is cut out of the body by its byte range, so that what is verified is what was sent. */
function readRequest(bytes: Uint8Array): Parsed<VerifyRequest> {
  const parsed = parseJson(bytes, { bytesMax: bytes.length });
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (root.kind !== 'object') return { ok: false, code: 'request_field_invalid', detail: 'body: expected object' };
  for (const { name } of root.members) {
    if (name !== 'record' && name !== 'content') {
      return { ok: false, code: 'request_field_invalid', detail: 'body: unknown field' };
    }
  }
  const record = memberOf(root, 'record');
  if (record?.kind !== 'string' && record?.kind !== 'object') {
    return { ok: false, code: 'request_field_invalid', detail: 'body.record: expected object or string' };
  }
  const recordBytes = record.kind === 'string' ? utf8Encode(record.value) : bytes.subarray(record.start, record.end);
  const content = memberOf(root, 'content');
  if (content === undefined || content.kind === 'null')
    return { ok: true, value: { record: recordBytes, content: undefined } };
  const plain = plainJson(content);
  if (plain === undefined) return { ok: false, code: 'json_number_range' };
  const shape = validate(contentSchema, plain.value, 'body.content');
  if (!shape.ok) return shape;
  const items: ContentItem[] = [];
  for (const { kind, salt, text, id } of shape.value.items) {
    const saltBytes = fromBase64(salt);
    if (saltBytes === undefined)
      return { ok: false, code: 'base64_malformed', detail: `content.items[${items.length}].salt` };
    items.push({ kind, salt: saltBytes, text, ...(id !== undefined ? { id } : {}) });
  }
  return { ok: true, value: { record: recordBytes, content: items } };
}

/** The items the record commits to; undefined for a record that says `content: none`. */
function contentOf(
  record: PcsRecord,
  items: readonly ContentItem[] | undefined,
): Parsed<readonly ContentItem[] | undefined> {
  if (record.content === 'none') {
    return items === undefined ? { ok: true, value: undefined } : { ok: false, code: 'content_unexpected' };
  }
  if (items === undefined) return { ok: false, code: 'content_missing' };
  const checked = verifyContent({ items, merkleRoot: record.merkleRoot });
  return checked.ok ? { ok: true, value: items } : checked;
}

export interface Case {
  readonly verified: Omit<VerifiedPcsRecord, 'payload'>;
  readonly signer: Signer;
  /** Items that match the record's root; undefined where it brings none. */
  readonly items: readonly ContentItem[] | undefined;
  readonly nowMs: number;
}

type Outcome = { ok: true; value: Judged } | { ok: false; refusal: Refusal };

/** Policy, trust, body and sealing of a record whose signature and content hold. Shared with judge-check. */
export function decide(given: Case, snapshot: TenantSnapshot, tools: JudgeTools): Outcome {
  const { record, pcsId } = given.verified;
  const policy = policyOf(snapshot, record.task);
  const assessment = assess({
    content: given.items === undefined ? undefined : trustContent(given.items),
    record: { contentMode: record.content, signals: record.signals, attempt: record.attempt },
    policy,
  });
  if (assessment.missing.length > 0) {
    return { ok: false, refusal: { code: 'signal_missing', detail: `${assessment.missing.length} required` } };
  }
  const output = given.items?.find((item) => item.kind === 'output');
  const body = verdictBody({
    tenant: record.tenant,
    namespace: record.namespace,
    stream: record.stream,
    epoch: record.epoch,
    task: record.task,
    run: record.run,
    attempt: record.attempt,
    parent: record.parent,
    pcsId,
    digest: given.verified.digest,
    profile: 'fractal-pcs',
    signer: given.signer,
    kid: given.verified.kid,
    merkleRoot: record.merkleRoot,
    output: output === undefined ? null : itemHash(output),
    content: record.content,
    usage: usageOf(record),
    timeMs: given.nowMs,
    recordSignals: record.signals,
    policy,
    assessment,
  });
  if (body.length > BODY_BYTES_MAX) return { ok: false, refusal: { code: 'entry_too_large' } };
  const sealed =
    given.items === undefined
      ? undefined
      : sealContent({
          tenant: record.tenant,
          pcsId,
          items: given.items,
          tenantKey: snapshot.tenantKey,
          rng: tools.rng,
        });
  return { ok: true, value: { decision: assessment.decision, body, ...(sealed !== undefined ? { sealed } : {}) } };
}

/** The task's policy, or the default one. */
export function policyOf(snapshot: TenantSnapshot, task: string): TaskPolicy {
  return Object.hasOwn(snapshot.policies, task) ? snapshot.policies[task]! : snapshot.defaultPolicy;
}

function trustContent(items: readonly ContentItem[]): AssessInput['content'] {
  const evidence: { id?: string; text: string }[] = [];
  let prompt: string | undefined;
  let output = '';
  for (const item of items) {
    if (item.kind === 'prompt') prompt = item.text;
    else if (item.kind === 'output') output = item.text;
    else evidence.push(item.id === undefined ? { text: item.text } : { id: item.id, text: item.text });
  }
  return { ...(prompt !== undefined ? { prompt } : {}), output, evidence };
}

function usageOf({ usage }: PcsRecord) {
  if (usage === undefined) return undefined;
  const { model, inputTokens, outputTokens, costUsd } = usage;
  return { model, input_tokens: inputTokens, output_tokens: outputTokens, cost_usd: costUsd };
}
