/** The worker of pool.test.ts: does what a task says, for better or worse. */
import { parentPort } from 'node:worker_threads';

type Task = { say?: string; sleepMs?: number; spin?: true; crash?: true; exit?: true; fault?: true };

function answer(value: string | undefined): void {
  parentPort!.postMessage({ kind: 'results', values: [value] });
}

function work(task: Task): void {
  if (task.crash) throw new Error('as asked');
  if (task.exit) process.exit(1);
  if (task.fault) parentPort!.postMessage({ kind: 'fault', fields: { error: 'Error' } });
  while (task.spin);
  if (task.sleepMs !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, task.sleepMs);
  answer(task.fault ? 'faulted' : task.sleepMs === undefined ? task.say : 'slept');
}

parentPort!.on('message', (tasks: readonly Task[]) => tasks.forEach(work));
parentPort!.postMessage({ kind: 'ready' });
