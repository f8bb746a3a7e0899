/**
 * An output and its evidence: POST /v1/check. The edge builds the record and signs it (`signer: "edge"`).
 *
 * The record of a check has namespace `default`, stream `check`, task `default` where none is named, and epoch 0: its id
 * is unique by the salts, which are derived from a seed. Without an idempotency key the seed is random, so each call is a
 * new record; with one the seed is a MAC of the key, so that a retry after a crash that came before the commit makes the
 * same root and id and finds the content it stored already (see `commit/commit.ts`; a retry after the commit is answered
 * from the row).
 *
 *     salt of item i = HMAC-SHA-256(seed, uint32 BE i)[:16]
 */

import { createHmac } from 'node:crypto';
import { buildRecord, type ContentItem, canonicalJson, parseRecord, signPcsRecord, type Usage } from '@fractal/record';
import { sha256, toBase64 } from '@fractal/tlog';
import { parseStrict } from '../edge/request.ts';
import { type CheckRequest, checkSchema } from '../routes/schemas.ts';
import type { JudgeTools } from './judge.ts';
import { decide } from './judge-record.ts';
import { refused } from './refusal.ts';
import type { CheckTask, Judgement, TenantSnapshot } from './task.ts';

const SALT_BYTES = 16;
const EPOCH = 0;

export function judgeCheck(task: CheckTask, snapshot: TenantSnapshot, tools: JudgeTools): Judgement {
  const request = parseStrict(checkSchema, task.bytes, task.bytes.length);
  if (!request.ok) return refused(request);
  const items = itemsOf(request.value, task.saltSeed);
  const signed = signedRecord(request.value, items, task, tools);
  if (!signed.ok) return refused(signed);
  const { record, payload, signature } = signed.value;
  const digest = sha256(payload);
  const { pcsId } = record;
  const { kid, alg } = signature;
  const verified = { profile: 'fractal-pcs' as const, pcsId, digest, alg, kid, record };
  const outcome = decide({ verified, signer: 'edge', items, nowMs: task.nowMs }, snapshot, tools);
  const edge = {
    salt: toBase64(items.find((item) => item.kind === 'output')!.salt),
    fingerprint: fingerprintOf(request.value, record.merkleRoot),
  };
  return { kind: 'identified', pcsId, digest, kid, edge, outcome };
}

/** Builds and signs the record, then reads it back from its bytes: what is judged is what was signed. */
function signedRecord(request: CheckRequest, items: readonly ContentItem[], task: CheckTask, tools: JudgeTools) {
  const unsigned = buildRecord({
    tenant: task.tenant,
    namespace: 'default',
    stream: 'check',
    epoch: EPOCH,
    sentAtMs: task.nowMs,
    task: taskOf(request),
    run: request.run,
    attempt: request.attempt,
    parent: request.parent,
    usage: usageOf(request),
    items,
  });
  if (!unsigned.ok) return unsigned;
  const signed = signPcsRecord({ record: { ...unsigned.value }, key: tools.edgeKey, ed25519: tools.ed25519 });
  return signed.ok ? parseRecord(signed.value.record) : signed;
}

function itemsOf(request: CheckRequest, saltSeed: Uint8Array): ContentItem[] {
  let count = 0;
  const item = (kind: ContentItem['kind'], text: string, id?: string): ContentItem => ({
    kind,
    salt: saltOf(saltSeed, count++),
    text,
    ...(id !== undefined ? { id } : {}),
  });
  return [
    ...(request.prompt !== undefined ? [item('prompt', request.prompt)] : []),
    item('output', request.output),
    ...request.evidence.map(({ text, id }) => item('evidence', text, id)),
  ];
}

function saltOf(seed: Uint8Array, index: number): Uint8Array {
  const position = new Uint8Array(4);
  new DataView(position.buffer).setUint32(0, index);
  return new Uint8Array(createHmac('sha256', seed).update(position).digest()).slice(0, SALT_BYTES);
}

/** The root stands for all text, under salts that the idempotency key alone decides; the rest is what else was asked. */
function fingerprintOf(request: CheckRequest, merkleRoot: string): Uint8Array {
  const { run, attempt, parent, usage, evidence } = request;
  const ids = evidence.map(({ id }) => id ?? null);
  return sha256(canonicalJson({ merkle_root: merkleRoot, task: taskOf(request), run, attempt, parent, usage, ids }));
}

function taskOf(request: CheckRequest): string {
  return request.task ?? 'default';
}

function usageOf({ usage }: CheckRequest): Usage | undefined {
  if (usage === undefined) return undefined;
  return {
    ...(usage.model !== undefined ? { model: usage.model } : {}),
    ...(usage.input_tokens !== undefined ? { inputTokens: usage.input_tokens } : {}),
    ...(usage.output_tokens !== undefined ? { outputTokens: usage.output_tokens } : {}),
    ...(usage.cost_usd !== undefined ? { costUsd: usage.cost_usd } : {}),
  };
}
