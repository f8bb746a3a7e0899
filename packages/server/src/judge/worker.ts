/** A judge thread: takes tasks, answers each in order. Holds the tenants' snapshots it was sent, and nothing else. */

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { errorFields } from '../edge/logger.ts';
import { judge } from './judge.ts';
import { nodeEd25519 } from './node-ed25519.ts';
import { refused } from './refusal.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';
import { transferOf, type WorkerData, type WorkerRequest } from './wire.ts';

const port = parentPort!;
const { edgeKey } = workerData as WorkerData;
const tools = {
  rng: { bytes: (length: number) => new Uint8Array(randomBytes(length)) },
  ed25519: nodeEd25519(),
  edgeKey,
};
const snapshots = new Map<string, TenantSnapshot>();

port.on('message', ({ task, snapshot }: WorkerRequest) => {
  if (snapshot !== undefined) snapshots.set(task.tenant, snapshot);
  const known = snapshots.get(task.tenant);
  if (known === undefined) throw new Error('a task came before its tenant’s snapshot');
  const value = judged(task, known);
  port.postMessage({ kind: 'result', value }, transferOf(value));
});

/** A bug that throws on one task must not take the thread's other tasks with it; it is reported and answered 503. */
function judged(task: JudgeTask, snapshot: TenantSnapshot): Judgement {
  try {
    return judge(task, snapshot, tools);
  } catch (error) {
    port.postMessage({ kind: 'fault', fields: errorFields(error) });
    return refused({ code: 'judge_failed' });
  }
}

port.postMessage({ kind: 'ready' });
