/**
 * A process that can be killed between any two steps. Whatever it waits for comes through `call`; once it is dead no call
 * is ever answered, so not a line of its code runs again. What it had asked of the kernel and not heard of may happen all
 * the same, whole, in part or not at all.
 *
 * Its clock shows the simulated time plus an offset that may jump; sleeping takes simulated time.
 */
import type { Random } from './random.ts';
import type { EventKind, Scheduler, SimEvent } from './scheduler.ts';

/** A call out of a process: something that takes time and then has an effect. */
export interface Call<T> {
  readonly kind: EventKind;
  readonly label: string;
  readonly delayUs: number;
  /** Happens at one instant; what it throws is what the process hears. */
  readonly effect: () => T;
  /** What a kill in the middle leaves, where that is something else than all or nothing. */
  readonly partly?: () => void;
}

export interface ProcessClock {
  nowMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

const EPOCH_MS = 1_800_000_000_000;
/** How often an answer comes later than its effect, so that a kill fits in between. */
const LATE_ANSWER = 0.15;

export class Process {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly clock: ProcessClock;
  readonly #underWay = new Set<Call<unknown>>();
  readonly #onEnd: (() => void)[] = [];
  #alive = true;
  #calls = 0;
  #clockOffsetMs = 0;
  #asleepUntilUs = 0;
  /** Called once the process made that many calls: how a simulation kills it at a chosen step of its start-up. */
  #mark: { readonly calls: number; readonly reached: () => void } | undefined;

  constructor(name: string, scheduler: Scheduler, random: Random) {
    this.name = name;
    this.scheduler = scheduler;
    this.random = random;
    this.clock = {
      nowMs: () => EPOCH_MS + Math.floor(scheduler.nowUs / 1_000) + this.#clockOffsetMs,
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Calls made so far. */
  get calls(): number {
    return this.#calls;
  }

  jumpClock(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  /** Stops it for a while (SIGSTOP, a long pause of its machine): nothing of it happens until it goes on. */
  pause(forMs: number): void {
    this.#asleepUntilUs = Math.max(this.#asleepUntilUs, this.scheduler.nowUs + forMs * 1_000);
  }

  /** Runs it now, or when the process goes on; never once it is dead. */
  whenAwake(event: SimEvent, run: () => void): void {
    if (!this.#alive) return;
    const waitUs = this.#asleepUntilUs - this.scheduler.nowUs;
    if (waitUs > 0) this.scheduler.after(waitUs, event, () => this.whenAwake(event, run));
    else run();
  }

  /** Calls `reached` at the call of that number; undefined takes it back. */
  whenCalls(calls: number, reached: (() => void) | undefined): void {
    this.#mark = reached && { calls, reached };
  }

  onEnd(run: () => void): void {
    this.#onEnd.push(run);
  }

  call<T>(call: Call<T>): Promise<T> {
    this.#calls += 1;
    if (this.#mark !== undefined && this.#calls >= this.#mark.calls) {
      const { reached } = this.#mark;
      this.#mark = undefined;
      this.scheduler.after(this.random.below(call.delayUs + 2), { kind: 'fate', label: `${this.name} mark` }, reached);
    }
    return new Promise((resolve, reject) => {
      this.#underWay.add(call);
      this.#after(call.delayUs, { kind: call.kind, label: `${this.name} ${call.label}` }, () => {
        this.#underWay.delete(call);
        let answer: () => void;
        try {
          const value = call.effect();
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        if (!this.random.chance(LATE_ANSWER)) return answer();
        const event = { kind: call.kind, label: `${this.name} ${call.label} answered` };
        this.#after(this.random.below(400), event, answer);
      });
    });
  }

  /** Ends it here and now. Calls under way happen, happen in part, or don't. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.scheduler.note(`${this.name} ends with ${this.#underWay.size} calls under way`);
    for (const call of this.#underWay) {
      const share = this.random.below(4);
      try {
        if (share === 0) call.effect();
        else if (share === 1) call.partly?.();
      } catch {
        // The kernel said no; nobody is left to hear it.
      }
    }
    this.#underWay.clear();
    for (const run of this.#onEnd.splice(0)) run();
  }

  #sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (this.#alive) resolve();
      };
      if (signal?.aborted === true) {
        this.scheduler.after(0, { kind: 'timer', label: `${this.name} wakes` }, wake);
        return;
      }
      signal?.addEventListener('abort', wake, { once: true });
      this.#after(durationMs * 1_000, { kind: 'timer', label: `${this.name} wakes` }, wake);
    });
  }

  #after(delayUs: number, event: SimEvent, run: () => void): void {
    this.scheduler.after(delayUs, event, () => this.whenAwake(event, run));
  }
}
