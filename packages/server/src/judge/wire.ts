/**
 * How tasks and judgements cross between the event loop and a judge thread. Bytes are moved, not copied; a tenant's
 * snapshot goes along once for each of its revisions and thread.
 */

import type { SigningKey } from '@fractal/record';
import type { PoolWorker } from './pool.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';

export interface WorkerData {
  readonly edgeKey: SigningKey;
}

export interface WorkerRequest {
  readonly task: JudgeTask;
  /** Only where this thread has not had this revision yet. */
  readonly snapshot?: TenantSnapshot;
}

/** The message for one thread. The task's bytes are taken over: the caller must own their buffer alone (`ownBytes`). */
export function encodeTask(
  { task, snapshot }: { task: JudgeTask; snapshot: TenantSnapshot },
  worker: PoolWorker,
): { message: WorkerRequest; transfer: ArrayBuffer[] } {
  const transfer = [task.bytes.buffer as ArrayBuffer];
  if (worker.memory.get(task.tenant) === snapshot.revision) return { message: { task }, transfer };
  worker.memory.set(task.tenant, snapshot.revision);
  return { message: { task, snapshot }, transfer };
}

/** Bytes in a buffer of their own: what came from a socket is a view into a pool shared with other requests. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer) {
    return new Uint8Array(bytes.buffer);
  }
  return Uint8Array.from(bytes);
}

/** The buffers of a judgement that are worth moving. */
export function transferOf(judgement: Judgement): ArrayBuffer[] {
  if (judgement.kind === 'refused' || !judgement.outcome.ok) return [];
  const { sealed } = judgement.outcome.value;
  return sealed !== undefined && sealed.byteLength === sealed.buffer.byteLength ? [sealed.buffer as ArrayBuffer] : [];
}
