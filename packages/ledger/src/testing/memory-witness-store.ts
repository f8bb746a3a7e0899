/** The port WitnessStore in memory, with faults. */
import { equalBytes } from '@fractal/tlog';
import type { WitnessStore } from '../ports/witness-store.ts';
import type { WitnessedHead } from '../witness/decide.ts';

/** What the next step does instead of succeeding. */
export type AdvanceFault = 'failed' | 'failed but persisted';

export class MemoryWitnessStore implements WitnessStore {
  readonly heads = new Map<string, WitnessedHead>();
  /** Faults of the coming steps, first come first served. */
  readonly faults: AdvanceFault[] = [];
  /** Awaited before each read, and before and after each step, to order what races. */
  pause: () => Promise<void> = () => Promise.resolve();

  async read(origin: string): Promise<WitnessedHead | undefined> {
    await this.pause();
    return this.heads.get(origin);
  }

  async advance({ origin, from, to }: Parameters<WitnessStore['advance']>[0]): Promise<boolean> {
    await this.pause();
    const fault = this.faults.shift();
    if (fault === 'failed') throw new Error('injected: the step failed');
    const held = this.heads.get(origin);
    const isHeld =
      held === undefined || from === undefined
        ? held === from
        : held.size === from.size && equalBytes(held.root, from.root);
    if (!isHeld) return false;
    this.heads.set(origin, to);
    await this.pause();
    if (fault === 'failed but persisted') throw new Error('injected: the step failed, though it was kept');
    return true;
  }
}
