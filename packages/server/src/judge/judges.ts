/**
 * Where a task is judged: work known to be tiny stays on the event loop (moving it would cost more than doing it), all
 * else goes to the pool. Tiny means: at most `inlineBytesMax` bytes, and a kind whose time is bounded by its bytes (a
 * record without content under an HMAC key, or a deployed agent's record below `AGENT_INLINE_BYTES`). Whether a record
 * brings content is seen from its text; a guess that is wrong costs time, never correctness.
 */

import { randomBytes } from 'node:crypto';
import type { SigningKey } from '@fractal/record';
import { errorFields, type Logger } from '../edge/logger.ts';
import type { EdgeMetrics } from '../edge/metrics.ts';
import { type JudgeTools, judge } from './judge.ts';
import { nodeEd25519 } from './node-ed25519.ts';
import { openPool } from './pool.ts';
import { refused } from './refusal.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';
import { encodeTask, ownBytes, type WorkerData } from './wire.ts';

export interface Judges {
  /** Never rejects: what goes wrong in judging is a refusal (I10). */
  judge(task: JudgeTask): Promise<Judgement>;
  depth(): { tasks: number; bytes: number };
  workersReady(): number;
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface JudgesOptions {
  readonly snapshotOf: (tenant: string) => TenantSnapshot;
  readonly edgeKey: SigningKey;
  readonly workers: number;
  readonly workerUrl?: URL | undefined;
  readonly queueMax: number;
  readonly queueBytesMax: number;
  readonly timeoutMs: number;
  readonly inlineBytesMax: number;
  readonly metrics: EdgeMetrics;
  readonly logger: Logger;
  readonly monotonicMs: () => number;
}

/** An agent's record takes time quadratic in its scales: some 100 of them fit in this many bytes. */
const AGENT_INLINE_BYTES = 2_048;

export function openJudges(options: JudgesOptions): Judges {
  const workerData: WorkerData = { edgeKey: options.edgeKey };
  const tools: JudgeTools = {
    rng: { bytes: (length) => new Uint8Array(randomBytes(length)) },
    ed25519: nodeEd25519(),
    edgeKey: options.edgeKey,
  };
  const pool = openPool<{ task: JudgeTask; snapshot: TenantSnapshot }, Judgement>({
    workerUrl: options.workerUrl ?? new URL('./worker.ts', import.meta.url),
    workerData,
    workers: options.workers,
    queueMax: options.queueMax,
    queueBytesMax: options.queueBytesMax,
    timeoutMs: options.timeoutMs,
    encode: encodeTask,
    nowMs: options.monotonicMs,
    onFault: (fields) => options.logger.error('judge_failed', fields),
    onWorkerLost: (reason, error) => {
      options.metrics.workerLost(reason);
      options.logger.error('judge_worker_lost', { reason, ...errorFields(error) });
    },
  });

  const inline = (task: JudgeTask): Judgement => {
    try {
      return judge(task, options.snapshotOf(task.tenant), tools);
    } catch (error) {
      options.logger.error('judge_failed', { kind: task.kind, ...errorFields(error) });
      return refused({ code: 'judge_failed' });
    }
  };

  const away = async (task: JudgeTask): Promise<Judgement> => {
    const own = { ...task, bytes: ownBytes(task.bytes) };
    const outcome = await pool.run({ task: own, snapshot: options.snapshotOf(task.tenant) }, own.bytes.length);
    return outcome.ok ? outcome.value : refused({ code: outcome.code });
  };

  return {
    async judge(task) {
      const startMs = options.monotonicMs();
      const tiny = isTiny(task, options.inlineBytesMax);
      const judgement = tiny ? inline(task) : await away(task);
      options.metrics.judged(tiny ? 'inline' : 'worker', (options.monotonicMs() - startMs) / 1000);
      return judgement;
    },
    depth: pool.depth,
    workersReady: pool.workersReady,
    ready: pool.ready,
    close: pool.close,
  };
}

const NO_CONTENT = Buffer.from('"content":"none"');
const NO_CONTENT_IN_TEXT = Buffer.from('\\"content\\":\\"none\\"');
const HMAC = Buffer.from('hmac-sha256');

function isTiny({ kind, bytes }: JudgeTask, inlineBytesMax: number): boolean {
  if (bytes.length > inlineBytesMax) return false;
  if (kind === 'agent') return bytes.length <= AGENT_INLINE_BYTES;
  if (kind === 'check') return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (text.includes(NO_CONTENT) || text.includes(NO_CONTENT_IN_TEXT)) && text.includes(HMAC);
}
