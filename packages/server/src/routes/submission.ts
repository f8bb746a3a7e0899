/** What check, verify, batch and submit share: judge, count what a bad signature may change (I1), commit. */

import type { CommitOutcome } from '../commit/commit.ts';
import type { Judgement, JudgeTask } from '../judge/task.ts';
import type { Services } from './services.ts';

export interface Submission {
  readonly outcome: CommitOutcome;
  readonly judgement: Judgement;
}

export async function submit(
  services: Services,
  task: JudgeTask,
  idempotencyRow?: Uint8Array | undefined,
): Promise<Submission> {
  const judgement = await services.judges.judge(task);
  if (judgement.kind === 'refused') {
    const { refusal, security } = judgement;
    if (security) {
      const kind = refusal.code === 'tenant_mismatch' ? 'tenant_mismatch' : 'signature_refused';
      services.security.report(kind, { tenant: task.tenant, code: refusal.code });
    }
    return { judgement, outcome: { ok: false, refusal } };
  }
  const { tenant, nowMs } = task;
  const outcome = await services.committer.commit({ tenant, judgement, nowMs, idempotencyRow });
  return { judgement, outcome };
}
