/** What case-program.ts is told and says: JSON, one a line. Orders on its standard input, reports on its standard output. */
import type { FaultRule } from '../harness/fault-plan.ts';

/**
 * The scripted requests, in their order. `fill` grows the log past its first full tile. `sign` is a record that the caller
 * signed and that brings no content: all it needs is the log.
 */
export type Step = 'check-a' | 'check-b' | 'erase-a' | 'rotate' | 'fill' | 'sign';

export const SHORT_SCRIPT: readonly Step[] = ['check-a', 'check-b', 'erase-a', 'rotate'];
export const LONG_SCRIPT: readonly Step[] = [...SHORT_SCRIPT, 'fill'];

/** What a start is asked: loading a judge for more would be most of the cost. */
export const START_SCRIPT: readonly Step[] = ['sign'];

export type Order =
  | {
      do: 'run';
      dataDirectory: string;
      steps: readonly Step[];
      /** Absent: only count. */
      rule?: FaultRule;
      /** Whether the rule counts from the start of the server or from when it serves. */
      armed: 'before the start' | 'while serving';
    }
  /** `known`: the ids of records that were acknowledged, by their step. */
  | {
      do: 'recover';
      dataDirectory: string;
      steps: readonly Step[];
      known: Partial<Record<Step, string>>;
      /** Whether fsck looks after the restarted server stopped. */
      fsck: boolean;
    }
  | { do: 'check'; dataDirectory: string };

/** What one request was answered: an HTTP status and the code of its problem document; status 0: the connection broke. */
export type Heard = { status: number; code: string };

/** What an accepted request was told. */
export type Told = { index?: number; verdict?: string; pcsId?: string; receipts: string[]; salt?: string | null };

export type Report =
  | { say: 'started'; error?: string }
  /** `first` and `last` differ where it was asked again. */
  | { say: 'answered'; step: Step; first: Heard; last: Heard; replayed: boolean; told?: Told }
  /** A fresh request, sent while the disk was still full. */
  | { say: 'probed'; heard: Heard }
  | { say: 'published'; size: number; root: string }
  | { say: 'stopped'; error?: string }
  | { say: 'checked'; log: string; ok: boolean; path?: string; problem?: string }
  /**
   * Number of traced calls before the server served; the position of the call that met the fault, −1 where none did; whether
   * the server stopped itself, and this process takes no other case.
   */
  | { say: 'counted'; servingFrom: number; fired: number; isStopped: boolean }
  | { say: 'done' };

export const NOT_SENT: Heard = { status: -1, code: '' };
