/**
 * A judge thread that loads its judge at its first task. Most servers of this suite are started to look at what a fault left
 * and judge nothing: loading would be most of their cost.
 */
import { parentPort } from 'node:worker_threads';

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
port.once('message', async (tasks: unknown) => {
  await import('../../packages/server/src/judge/worker.ts');
  port.emit('message', tasks);
});
port.postMessage({ kind: 'ready' });
