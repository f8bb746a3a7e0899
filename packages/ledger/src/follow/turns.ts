/**
 * Whose turn it is: the follower's own steps and what operators ask for, one at a time. An operator waits a moment for the
 * step under way; then the handler's call in it is called off, and its outcome dropped.
 */
import type { Clock } from '../ports/clock.ts';

/** How long a step under way is let be when somebody waits for it. */
const GRACE_MS = 1_000;

export class Turns {
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #calling = new AbortController();
  #resting = new AbortController();
  #isWoken = false;
  #isOver = false;
  #running: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Aborts when the call under way is called off. */
  get calledOff(): AbortSignal {
    return this.#calling.signal;
  }

  /** Takes a step again and again, resting as long as each says. `step` never rejects. */
  start(step: () => Promise<number>): void {
    this.#running ??= this.#run(step);
  }

  /** `work` for somebody who waits for it; ends the rest that is under way. */
  async asked<T>(work: () => Promise<T>): Promise<T> {
    const outcome = this.#inTurn(() => {
      this.#calling = new AbortController();
      return work();
    });
    await this.#callOffSoon(outcome);
    try {
      return await outcome;
    } finally {
      this.#wake();
    }
  }

  /** Lets the step under way end, for a moment, and begins no other. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#wake();
    await this.#callOffSoon(this.#last);
    await this.#running;
    await this.#last;
  }

  async #run(step: () => Promise<number>): Promise<void> {
    while (!this.#isOver) {
      const restMs = await this.#inTurn(() => {
        this.#isWoken = this.#isOver;
        return step();
      });
      if (this.#isWoken) continue;
      this.#resting = new AbortController();
      await this.#clock.sleep(restMs, this.#resting.signal);
    }
  }

  /** Ends the rest, or the one that is about to begin. */
  #wake(): void {
    this.#isWoken = true;
    this.#resting.abort();
  }

  async #callOffSoon(until: Promise<unknown>): Promise<void> {
    const calling = this.#calling;
    const enough = new AbortController();
    const over = until.then(
      () => enough.abort(),
      () => enough.abort(),
    );
    await Promise.race([over, this.#clock.sleep(GRACE_MS, enough.signal)]);
    if (!enough.signal.aborted) calling.abort();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined); // whoever asked has the rejection; the next turn starts all the same
    return next;
  }
}
