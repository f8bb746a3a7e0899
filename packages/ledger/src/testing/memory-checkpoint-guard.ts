/** A checkpoint guard in memory, with faults. */
import { type CheckpointGuard, GuardConflict, type GuardEntry } from '../ports/checkpoint-guard.ts';

/** What the next record does. `unreachable`: reads too, until it is taken off the list. */
export type GuardFault = 'failed' | 'failed but persisted' | 'unreachable';

export class MemoryCheckpointGuard implements CheckpointGuard {
  readonly entries = new Map<string, GuardEntry>();
  /** Of the coming records, first come first served; `unreachable` stays until the test takes it away. */
  readonly faults: GuardFault[] = [];
  /** Each text that was recorded, in order. */
  readonly recorded: string[] = [];
  /** Awaited inside each record, to hold it open. */
  beforeRecord: () => Promise<void> = () => Promise.resolve();
  #versions = 0;

  async read(origin: string): Promise<GuardEntry | undefined> {
    if (this.faults[0] === 'unreachable') throw new Error('injected: the guard cannot be reached');
    return this.entries.get(origin);
  }

  async record(origin: string, text: string, replaces: GuardEntry | undefined): Promise<GuardEntry> {
    await this.beforeRecord();
    const fault = this.faults[0] === 'unreachable' ? this.faults[0] : this.faults.shift();
    if (fault === 'failed' || fault === 'unreachable') throw new Error('injected: the guard failed');
    if (this.entries.get(origin)?.version !== replaces?.version) throw new GuardConflict('another entry');
    this.#versions += 1;
    const entry = { text, version: String(this.#versions) };
    this.entries.set(origin, entry);
    this.recorded.push(text);
    if (fault === 'failed but persisted') throw new Error('injected: the guard failed, though it was kept');
    return entry;
  }
}
