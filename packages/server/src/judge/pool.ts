/**
 * A pool of worker threads with a bounded queue: what takes milliseconds leaves the event loop, and what does not fit is
 * refused at once instead of waiting out of sight.
 *
 * - Past `queueMax` tasks or `queueBytesMax` bytes waiting: `busy`.
 * - A task not answered `timeoutMs` after it came: `judge_timeout`. A worker that has been on one task that long is
 *   stopped and replaced, since a thread in a loop cannot be asked to stop.
 * - A worker that dies takes its tasks with it (`judge_failed`) and is replaced, at once where it had ever been ready and
 *   after a pause where it never was (a broken module must not spin).
 *
 * A worker gets a few tasks ahead so that it never idles for a message; those behind a runaway task fail with it.
 * The module knows nothing about what a task is: `encode` turns one into the message for that worker.
 */

import { Worker } from 'node:worker_threads';

export type PoolRefusal = 'busy' | 'judge_timeout' | 'judge_failed' | 'draining';
export type PoolOutcome<R> = { ok: true; value: R } | { ok: false; code: PoolRefusal };

export interface Pool<T, R> {
  /** Never rejects. `bytes` counts against the queue's limit. */
  run(task: T, bytes: number): Promise<PoolOutcome<R>>;
  /** Tasks waiting or being judged, and their bytes. */
  depth(): { tasks: number; bytes: number };
  /** Workers that have said they are ready. */
  workersReady(): number;
  /** Resolves when each worker is ready once. */
  ready(): Promise<void>;
  /** Refuses new tasks, finishes those it has, then stops the workers. */
  close(): Promise<void>;
}

/** What the main side keeps for one worker; `memory` is for `encode` (what that worker was told already). */
export interface PoolWorker {
  readonly memory: Map<string, unknown>;
}

export interface PoolOptions<T> {
  readonly workerUrl: URL;
  readonly workerData: unknown;
  readonly workers: number;
  readonly queueMax: number;
  readonly queueBytesMax: number;
  readonly timeoutMs: number;
  readonly encode: (task: T, worker: PoolWorker) => { message: unknown; transfer: ArrayBuffer[] };
  readonly nowMs: () => number;
  readonly onFault: (fields: Readonly<Record<string, string>>) => void;
  readonly onWorkerLost: (reason: 'crashed' | 'stuck', error: unknown) => void;
}

/**
 * Messages of a worker: ready once, then results, one a task, in the order the tasks came; a fault is for the log only.
 * Tasks come to a worker as an array of what `encode` made, and results go back several at a time: a message costs more
 * than a small task.
 */
export type WorkerMessage<R> =
  | { kind: 'ready' }
  | { kind: 'results'; values: readonly R[] }
  | { kind: 'fault'; fields: Readonly<Record<string, string>> };

const AHEAD_TASKS = 16;
const AHEAD_BYTES = 512 * 1024;
const RESTART_PAUSE_MS = 500;

interface Pending<T, R> {
  readonly task: T;
  readonly bytes: number;
  readonly deadlineMs: number;
  settled: boolean;
  readonly settle: (outcome: PoolOutcome<R>) => void;
}

interface Lane<T, R> extends PoolWorker {
  thread: Worker;
  ready: boolean;
  gone: boolean;
  /** In the order the worker works; the first is being judged. */
  readonly given: Pending<T, R>[];
  givenBytes: number;
  /** Encoded, to be posted at the end of this turn. */
  readonly outbox: unknown[];
  readonly outboxTransfer: ArrayBuffer[];
  /** When the first of `given` got its turn. */
  turnMs: number;
}

export function openPool<T, R>(options: PoolOptions<T>): Pool<T, R> {
  const queue: Pending<T, R>[] = [];
  const lanes: Lane<T, R>[] = [];
  let tasks = 0;
  let bytes = 0;
  let closing = false;
  let pumpScheduled = false;
  let idle: (() => void) | undefined;
  let allReady: () => void = () => {};
  const readyOnce = new Promise<void>((resolve) => {
    allReady = resolve;
  });

  const settle = (pending: Pending<T, R>, outcome: PoolOutcome<R>) => {
    if (pending.settled) return;
    pending.settled = true;
    tasks--;
    bytes -= pending.bytes;
    pending.settle(outcome);
    if (tasks === 0) idle?.();
  };

  const give = (lane: Lane<T, R>, pending: Pending<T, R>) => {
    if (lane.given.length === 0) lane.turnMs = options.nowMs();
    lane.given.push(pending);
    lane.givenBytes += pending.bytes;
    const { message, transfer } = options.encode(pending.task, lane);
    lane.outbox.push(message);
    lane.outboxTransfer.push(...transfer);
  };

  const post = (lane: Lane<T, R>) => {
    if (lane.outbox.length > 0) lane.thread.postMessage(lane.outbox.splice(0), lane.outboxTransfer.splice(0));
  };

  const pump = () => {
    pumpScheduled = false;
    while (queue.length > 0) {
      const next = queue[0]!;
      if (next.settled) {
        queue.shift();
        continue;
      }
      const lane = roomiest(lanes, next.bytes);
      if (lane === undefined) break;
      queue.shift();
      give(lane, next);
    }
    for (const lane of lanes) post(lane);
  };
  const schedulePump = () => {
    if (pumpScheduled) return;
    pumpScheduled = true;
    setImmediate(pump);
  };

  const start = () => {
    const lane: Lane<T, R> = {
      thread: new Worker(options.workerUrl, { workerData: options.workerData }),
      memory: new Map(),
      ready: false,
      gone: false,
      given: [],
      givenBytes: 0,
      outbox: [],
      outboxTransfer: [],
      turnMs: 0,
    };
    lanes.push(lane);
    lane.thread.on('message', (message: WorkerMessage<R>) => {
      if (lane.gone) return;
      if (message.kind === 'ready') {
        lane.ready = true;
        if (lanes.every((each) => each.ready)) allReady();
      } else if (message.kind === 'fault') {
        options.onFault(message.fields);
      } else {
        lane.turnMs = options.nowMs();
        for (const value of message.values) {
          const done = lane.given.shift();
          if (done === undefined) break;
          lane.givenBytes -= done.bytes;
          settle(done, { ok: true, value });
        }
      }
      schedulePump();
    });
    lane.thread.on('error', (error) => lose(lane, 'crashed', error));
    lane.thread.on('messageerror', (error) => lose(lane, 'crashed', error));
    lane.thread.on('exit', (code) => lose(lane, 'crashed', new Error(`worker exited with ${code}`)));
  };

  const lose = (lane: Lane<T, R>, reason: 'crashed' | 'stuck', error: unknown) => {
    if (lane.gone) return;
    lane.gone = true;
    lanes.splice(lanes.indexOf(lane), 1);
    const code = reason === 'stuck' ? 'judge_timeout' : 'judge_failed';
    const stranded = lane.given.splice(0);
    void lane.thread.terminate();
    if (!closing || tasks > 0) {
      options.onWorkerLost(reason, error);
      if (lane.ready) start();
      else setTimeout(start, RESTART_PAUSE_MS).unref();
    }
    for (const pending of stranded) settle(pending, { ok: false, code });
    schedulePump();
  };

  const sweep = () => {
    const nowMs = options.nowMs();
    for (const pending of queue) {
      if (pending.deadlineMs > nowMs) break;
      settle(pending, { ok: false, code: 'judge_timeout' });
    }
    while (queue[0]?.settled) queue.shift();
    for (const lane of [...lanes]) {
      for (const pending of lane.given) {
        if (pending.deadlineMs <= nowMs) settle(pending, { ok: false, code: 'judge_timeout' });
      }
      if (lane.given.length > 0 && lane.ready && nowMs - lane.turnMs >= options.timeoutMs) {
        lose(lane, 'stuck', new Error(`no answer for ${options.timeoutMs} ms`));
      }
    }
  };

  for (let i = 0; i < options.workers; i++) start();
  const sweeper = setInterval(sweep, Math.max(5, Math.min(100, options.timeoutMs / 10)));
  sweeper.unref();

  return {
    run(task, taskBytes) {
      if (closing) return Promise.resolve({ ok: false, code: 'draining' });
      if (tasks >= options.queueMax || bytes + taskBytes > options.queueBytesMax) {
        return Promise.resolve({ ok: false, code: 'busy' });
      }
      tasks++;
      bytes += taskBytes;
      return new Promise((resolve) => {
        const deadlineMs = options.nowMs() + options.timeoutMs;
        queue.push({ task, bytes: taskBytes, deadlineMs, settled: false, settle: resolve });
        schedulePump();
      });
    },
    depth: () => ({ tasks, bytes }),
    workersReady: () => lanes.filter((lane) => lane.ready).length,
    ready: () => readyOnce,
    async close() {
      closing = true;
      if (tasks > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      clearInterval(sweeper);
      await Promise.all(
        lanes.splice(0).map((lane) => {
          lane.gone = true;
          return lane.thread.terminate();
        }),
      );
    },
  };
}

/** The ready worker with the fewest tasks that can take one more; a task larger than the allowance needs an idle one. */
function roomiest<T, R>(lanes: readonly Lane<T, R>[], bytes: number): Lane<T, R> | undefined {
  let best: Lane<T, R> | undefined;
  for (const lane of lanes) {
    if (!lane.ready || lane.given.length >= AHEAD_TASKS) continue;
    if (lane.given.length > 0 && lane.givenBytes + bytes > AHEAD_BYTES) continue;
    if (lane.given[0]?.settled) continue; // on a task that timed out: about to be replaced, with all it was given
    if (best === undefined || lane.given.length < best.given.length) best = lane;
  }
  return best;
}
