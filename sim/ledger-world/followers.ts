/** A follower of the log with rows of its own: how many entries it has seen, and the sum of their indices. */
import type { Follower, FollowerDecision, FollowerDecisions } from '@fractal/ledger';
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import type { Process } from '../kernel/process.ts';

const SUM = utf8Encode('sum');

export interface Counted {
  readonly entries: number;
  readonly indices: number;
}

/** Its effect is exactly once or it is wrong: adding up tells a batch that came twice, or never. */
export function countingFollower(): Follower {
  return {
    name: 'counting',
    version: 1,
    order: 'strict',
    needs: 'entries',
    effect: 'rows',
    pace: { pollMs: 40, batchEntriesMax: 64, backOffFirstMs: 20, backOffMaxMs: 200 },
    async handle({ entries }, rows) {
      let { entries: count, indices } = readCounted(await rows.read(SUM));
      for (const { index } of entries) {
        count += 1;
        indices += index;
      }
      return { rows: [{ key: SUM, value: utf8Encode(JSON.stringify({ entries: count, indices })) }] };
    },
  };
}

export const COUNTED_KEY = SUM;

export function readCounted(value: Uint8Array | undefined): Counted {
  return value === undefined ? { entries: 0, indices: 0 } : (JSON.parse(utf8Decode(value) ?? '') as Counted);
}

/** The control log as followers need it: durable, exactly once by event; it outlives the processes. */
export class WorldDecisions {
  readonly kept = new Map<string, FollowerDecision>();

  of(process: Process): FollowerDecisions {
    return {
      append: (decision) =>
        process.call({
          kind: 'rows',
          label: `decision ${decision.op}`,
          delayUs: process.random.below(1_000),
          effect: () => {
            this.kept.set(decision.event, decision);
          },
        }),
    };
  }
}
