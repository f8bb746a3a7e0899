/** How a state changes when entries are handled or put aside, and what is written with it. Pure. */
import type { FollowerWrite } from '../ports/cursor-store.ts';
import type { Attempt } from './attempt.ts';
import type { StateChange } from './keeping.ts';
import { type Cursor, deadLetterKey, effectKey, type FollowerState } from './state.ts';

/** The cursor of a log moved on; where the hash of the leaf before it is not known, the last one that was stays. */
export function moved(state: FollowerState, log: string, next: number, leafHash?: string): StateChange {
  const last = leafHash === undefined ? state.cursors[log]?.last : { index: next - 1, leafHash };
  const cursor: Cursor = { next, last };
  return { cursors: { ...state.cursors, [log]: cursor } };
}

/** A dead letter is gone: from the count, and from what keeps the follower from going on. */
export function settled(state: FollowerState, log: string, index: number, leafHash?: string): StateChange {
  const dead = { ...state.dead, [log]: Math.max(0, (state.dead[log] ?? 0) - 1) };
  const { stopped } = state;
  const wasHere = stopped?.code === 'strict_order' && stopped.log === log && stopped.index === index;
  if (wasHere) return { dead, stopped: undefined, ...moved(state, log, index + 1, leafHash) };
  return stopped?.code === 'dead_letters_full' ? { dead, stopped: undefined } : { dead };
}

export function removedLetter(log: string, index: number): FollowerWrite {
  return { key: deadLetterKey(log, index), value: undefined };
}

export function effectWrites({ effect }: Extract<Attempt, { ok: true }>): FollowerWrite[] {
  return effect.rows.map(({ key, value }) => ({ key: effectKey(key), value }));
}
