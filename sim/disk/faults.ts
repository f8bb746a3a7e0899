/**
 * What goes wrong on a simulated disk, besides loss of power. A plan can be changed while the simulation runs: a disk that
 * is full for a while, one whose writes fail from some time on.
 */
import type { Random } from '../kernel/random.ts';

export interface DiskFaults {
  /** Chance that a call of the file system that writes fails, once. */
  writeError: number;
  /** Chance that one that reads fails, once. */
  readError: number;
  /** Share of those failures whose effect happened all the same. */
  failedButDone: number;
  /** Chance that a transaction fails, once. */
  commitError: number;
  /** Every write fails with this code until it is taken back: EIO (broken), EROFS (mounted for reading only). */
  writesFail: 'EIO' | 'EROFS' | undefined;
  /** Every write to files fails, and none to rows. */
  filesFail: boolean;
  /** Bytes that fit; undefined: no end. */
  capacityBytes: number | undefined;
}

export function noFaults(): DiskFaults {
  return {
    writeError: 0,
    readError: 0,
    failedButDone: 0,
    commitError: 0,
    writesFail: undefined,
    filesFail: false,
    capacityBytes: undefined,
  };
}

/**
 * How a transaction ends.
 * - `ok`
 * - `lost`: it failed and nothing of it is there
 * - `visible`: it failed, is visible, and only a later transaction makes it durable
 * - `unknown`: it failed, and this process can neither read nor write these rows any more; whoever opens them next may
 *   find it (LMDB after its meta page could not be written)
 */
export type CommitEnd = 'ok' | 'lost' | 'visible' | 'unknown';

export function commitEnd(faults: DiskFaults, random: Random, isFull: boolean): { end: CommitEnd; code: string } {
  if (faults.writesFail !== undefined) return { end: 'lost', code: faults.writesFail };
  if (isFull) return { end: 'lost', code: 'ENOSPC' };
  if (!random.chance(faults.commitError)) return { end: 'ok', code: '' };
  return { end: random.pick(['lost', 'lost', 'visible', 'unknown'] as const), code: 'EIO' };
}
