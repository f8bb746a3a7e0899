/**
 * What callers give, as the JSON of DESIGN section 13: camelCase here, snake_case on the wire. Ids that become part of a
 * path are checked first, so that no id can reach another route. Everything else is the server's to judge.
 */
import type { ContentItem, Usage } from '@fractal/record';
import { toBase64, utf8Decode } from '@fractal/tlog';
import { RecordError } from '../errors/errors.ts';
import { isHash } from '../json/shape.ts';
import type { Decision, Mode } from '../receipt/verdict.ts';
import { optionInvalid } from './options.ts';

export interface Evidence {
  readonly id?: string;
  readonly text: string;
}

export interface CheckInput {
  /** Kind of work, with a policy of its own. The server's default when absent. */
  readonly task?: string;
  /** One instance of the task, over its attempts. */
  readonly run?: string;
  /** From 1. */
  readonly attempt?: number;
  /** pcs_id of the attempt before. */
  readonly parent?: string;
  readonly prompt?: string;
  /** The model's words, which are to be acted on or not. */
  readonly output: string;
  readonly evidence: readonly (string | Evidence)[];
  readonly usage?: Usage;
}

/** A record and the content behind it, as `createRecord` makes them. `content` is left out for `content: none`. */
export interface SignedRecord {
  /** Canonical bytes, signed. */
  readonly record: Uint8Array | string;
  readonly content?: { readonly items: readonly ContentItem[] };
}

export interface ResolveInput {
  readonly pcsId: string;
  readonly decision: Decision;
  /** Must be above the present one. The server takes the next when absent. */
  readonly revision?: number;
  /** Who decided; logged under a pseudonym. The API key when absent. */
  readonly reviewer?: string;
}

export interface LabelInput {
  readonly pcsId: string;
  readonly label: 'grounded' | 'ungrounded';
  readonly source?: 'person' | 'audit' | 'import';
  /** Who said so; logged under a pseudonym. The API key when absent. */
  readonly labeler?: string;
  /** A higher one replaces what this labeler said before. Default 0. */
  readonly revision?: number;
}

export interface PolicyInput {
  readonly mode: Mode;
  /** In [0, 1]. */
  readonly acceptRiskMax: number;
  readonly retryAttemptsMax: number;
  readonly forbid?: readonly string[];
  readonly requireSignals?: readonly string[];
}

export function checkBody(input: CheckInput): string {
  return JSON.stringify({
    task: input.task,
    run: input.run,
    attempt: input.attempt,
    parent: input.parent,
    prompt: input.prompt,
    output: input.output,
    evidence: input.evidence.map((entry) =>
      typeof entry === 'string' ? { text: entry } : { id: entry.id, text: entry.text },
    ),
    usage: input.usage === undefined ? undefined : usageJson(input.usage),
  });
}

/**
 * The record travels as a JSON string of its canonical text: bytes spliced in as an object could close the envelope
 * early and bring a content of their own.
 */
export function verifyBody(input: SignedRecord): string {
  const record = typeof input.record === 'string' ? input.record : utf8Decode(input.record);
  if (record === undefined) throw new RecordError('the record is not UTF-8', { code: 'json_not_utf8' });
  return JSON.stringify({ record, content: input.content === undefined ? undefined : contentJson(input.content) });
}

export function usageJson(usage: Usage): Record<string, string | number | undefined> {
  return {
    model: usage.model,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: usage.costUsd,
  };
}

export function resolveBody(input: ResolveInput): string {
  const { pcsId, decision, revision, reviewer } = input;
  return JSON.stringify({ pcs_id: pcsId, decision, revision, reviewer });
}

export function labelBody(input: LabelInput): string {
  const { pcsId, label, source, labeler, revision } = input;
  return JSON.stringify({ pcs_id: pcsId, label, source, labeler, revision });
}

export function policyBody(policy: PolicyInput): string {
  return JSON.stringify({
    mode: policy.mode,
    accept_risk_max: policy.acceptRiskMax,
    retry_attempts_max: policy.retryAttemptsMax,
    forbid: policy.forbid,
    require_signals: policy.requireSignals,
  });
}

/** A pcs_id fit for a path. */
export function pcsIdOf(pcsId: string): string {
  if (!isHash(pcsId)) throw optionInvalid('pcsId: 64 lower-case hex digits');
  return pcsId;
}

/** A task name fit for a path; `.` and `..` are names too, but a URL cannot hold them. */
export function taskOf(task: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(task) || task === '.' || task === '..') {
    throw optionInvalid('task: 1 to 64 of A-Z a-z 0-9 . _ -');
  }
  return task;
}

function contentJson(content: { readonly items: readonly ContentItem[] }): unknown {
  return {
    items: content.items.map((item) => ({
      kind: item.kind,
      salt: toBase64(item.salt),
      text: item.text,
      id: item.id,
    })),
  };
}
