/** The worker of pool.test.ts: does what a task says, for better or worse. */
import { parentPort } from 'node:worker_threads';

type Task = { say?: string; sleepMs?: number; spin?: true; crash?: true; exit?: true; fault?: true };

parentPort!.on('message', (task: Task) => {
  if (task.crash) throw new Error('as asked');
  if (task.exit) process.exit(1);
  if (task.fault) {
    parentPort!.postMessage({ kind: 'fault', fields: { error: 'Error' } });
    parentPort!.postMessage({ kind: 'result', value: 'faulted' });
    return;
  }
  while (task.spin);
  if (task.sleepMs !== undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, task.sleepMs);
    parentPort!.postMessage({ kind: 'result', value: 'slept' });
    return;
  }
  parentPort!.postMessage({ kind: 'result', value: task.say });
});
parentPort!.postMessage({ kind: 'ready' });
