/**
 * One task in, one judgement out: strict parsing, signature, tenant, content against its commitment, policy, trust, body,
 * sealing. Runs on the event loop or in a worker thread, the same function (DESIGN section 1: EDGE and TRUST).
 *
 * Fail closed (I10): whatever is missing or unusable ends in a refusal, never in a verdict that accepts. Reads no clock
 * and no store; randomness comes in. It does not know whether a record was seen before: the commit does.
 */

import type { SigningKey } from '@fractal/record';
import type { Ed25519 } from '@fractal/tlog';
import type { Rng } from '@fractal/vault';
import { judgeAgentRecord } from './judge-agent.ts';
import { judgeCheck } from './judge-check.ts';
import { judgeRecord } from './judge-record.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';

export interface JudgeTools {
  readonly rng: Rng;
  readonly ed25519: Ed25519;
  /** Signs the records that the edge builds. */
  readonly edgeKey: SigningKey;
}

export function judge(task: JudgeTask, snapshot: TenantSnapshot, tools: JudgeTools): Judgement {
  if (task.kind === 'verify') return judgeRecord(task, snapshot, tools);
  if (task.kind === 'check') return judgeCheck(task, snapshot, tools);
  return judgeAgentRecord(task, snapshot, tools);
}
