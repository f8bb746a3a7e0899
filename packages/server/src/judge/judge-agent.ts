/**
 * A record of profile fractal-lba-kakeya 0.1 from a deployed agent: POST /v1/pcs/submit. It brings no content, so what is
 * logged can at best be `escalate` (I10); how many of its structural checks failed is logged as a signal. Its stream is the shard id, its task `pcs`.
 */

import { type AuthenticAgentRecord, authenticateAgentRecord } from '@fractal/record';
import { assess } from '@fractal/trust';
import type { JudgeTools } from './judge.ts';
import { policyOf } from './judge-record.ts';
import { refused } from './refusal.ts';
import type { AgentTask, Judgement, TenantSnapshot } from './task.ts';
import { verdictBody } from './verdict-body.ts';

export const AGENT_TASK = 'pcs';

export function judgeAgentRecord(task: AgentTask, snapshot: TenantSnapshot, tools: JudgeTools): Judgement {
  const authentic = authenticateAgentRecord({
    bytes: task.bytes,
    keys: snapshot.keys,
    nowMs: task.nowMs,
    ed25519: tools.ed25519,
  });
  if (!authentic.ok) return refused(authentic);
  const { pcsId, digest, kid, record } = authentic.value;
  const policy = policyOf(snapshot, AGENT_TASK);
  const recordSignals = signalsOf(authentic.value);
  const { dHat, cohStar, r } = record;
  const assessment = assess({
    content: undefined,
    record: { contentMode: 'none', signals: recordSignals, structural: { dHat, cohStar, r } },
    policy,
  });
  if (assessment.missing.length > 0) {
    const refusal = { code: 'signal_missing' as const, detail: `${assessment.missing.length} required` };
    return { kind: 'identified', pcsId, digest, kid, outcome: { ok: false, refusal } };
  }
  if (assessment.decision === 'accept') throw new Error('a record without content was accepted');
  const body = verdictBody({
    tenant: task.tenant,
    namespace: 'default',
    stream: record.shardId,
    epoch: jsonInteger(record.epoch),
    task: AGENT_TASK,
    attempt: jsonInteger(record.attempt),
    pcsId,
    digest,
    profile: 'fractal-lba-kakeya',
    signer: 'agent',
    kid,
    merkleRoot: record.merkleRoot,
    output: null,
    content: 'none',
    timeMs: task.nowMs,
    recordSignals,
    policy,
    assessment,
  });
  const value = { decision: assessment.decision, body };
  return { kind: 'identified', pcsId, digest, kid, outcome: { ok: true, value } };
}

const DECIMAL_MAX = 1e6;

/** What the agent measured, where it has a canonical form at all, and how many of its checks failed. */
function signalsOf({ record, failedChecks }: AuthenticAgentRecord): Record<string, number> {
  const { dHat, cohStar, r, budget } = record;
  const measured = Object.entries({ d_hat: dHat, coh_star: cohStar, r, budget });
  return {
    ...Object.fromEntries(measured.filter(([, value]) => Math.abs(value) <= DECIMAL_MAX)),
    structural_checks_failed: failedChecks.length,
  };
}

/** 64-bit integers beyond 2^53 − 1 are decimal strings in JSON. */
function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
