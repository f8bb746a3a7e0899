/**
 * Messages between named endpoints: delayed, lost, doubled, overtaking each other, cut off by partitions. Nothing is
 * altered on the way: that would be an attacker's, whom signatures are for.
 */
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface NetworkFaults {
  readonly loss: number;
  readonly doubled: number;
  readonly delayUsMax: number;
}

export const CALM: NetworkFaults = { loss: 0, doubled: 0, delayUsMax: 1_000 };

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #receivers = new Map<string, (message: unknown, from: string) => void>();
  readonly #cut = new Set<string>();
  faults: NetworkFaults = CALM;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** Whoever listens at an address; undefined closes it. */
  bind(address: string, receive: ((message: unknown, from: string) => void) | undefined): void {
    if (receive === undefined) this.#receivers.delete(address);
    else this.#receivers.set(address, receive);
  }

  isBound(address: string): boolean {
    return this.#receivers.has(address);
  }

  /** Cuts (or mends) the way between two endpoints, both directions. */
  partition(a: string, b: string, cut: boolean): void {
    const pair = pairOf(a, b);
    if (cut) this.#cut.add(pair);
    else this.#cut.delete(pair);
  }

  heal(): void {
    this.#cut.clear();
    this.faults = CALM;
  }

  send(from: string, to: string, label: string, message: unknown): void {
    const copies = this.#random.chance(this.faults.doubled) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#random.chance(this.faults.loss)) continue;
      const delayUs = 20 + this.#random.below(this.faults.delayUsMax);
      this.#scheduler.after(delayUs, { kind: 'network', label: `${from} > ${to} ${label}` }, () => {
        if (!this.#cut.has(pairOf(from, to))) this.#receivers.get(to)?.(message, from);
      });
    }
  }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
