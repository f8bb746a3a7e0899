/** The loop of a judge thread: takes tasks, answers each in order. Holds the tenants' snapshots it was sent, and nothing else. */

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { errorFields } from '../edge/logger.ts';
import type { judge } from './judge.ts';
import { nodeEd25519 } from './node-ed25519.ts';
import { refused } from './refusal.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';
import { transferOf, type WorkerData, type WorkerRequest } from './wire.ts';

/** Results reached within this time go back in one message. */
const TOGETHER_MS = 0.5;

export function serveTasks(judgeTask: typeof judge): void {
  const port = parentPort;
  if (port === null) throw new Error('a judge thread was started as a process of its own');
  const { edgeKey } = workerData as WorkerData;
  const rng = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const tools = { rng, ed25519: nodeEd25519(), edgeKey };
  const snapshots = new Map<string, TenantSnapshot>();

  port.on('message', (requests: readonly WorkerRequest[]) => {
    let values: Judgement[] = [];
    let postedMs = performance.now();
    for (const { task, snapshot } of requests) {
      if (snapshot !== undefined) snapshots.set(task.tenant, snapshot);
      values.push(judged(task, snapshots.get(task.tenant)));
      const nowMs = performance.now();
      if (nowMs - postedMs < TOGETHER_MS) continue;
      post(values);
      values = [];
      postedMs = nowMs;
    }
    if (values.length > 0) post(values);
  });
  port.postMessage({ kind: 'ready' });

  function post(values: Judgement[]): void {
    port?.postMessage({ kind: 'results', values }, values.flatMap(transferOf));
  }

  /** A bug that throws on one task must not take the thread's other tasks with it; it is reported and answered 503. */
  function judged(task: JudgeTask, snapshot: TenantSnapshot | undefined): Judgement {
    try {
      if (snapshot === undefined) throw new Error('a task came before its tenant’s snapshot');
      return judgeTask(task, snapshot, tools);
    } catch (error) {
      port?.postMessage({ kind: 'fault', fields: errorFields(error) });
      return refused({ code: 'judge_failed' });
    }
  }
}
