/** One writer at a time on the rows of one file, whichever process it is in; the next one runs when the last has ended. */
export class RowsLock {
  #held = false;
  readonly #waiting: (() => void)[] = [];
  /** What the last writer could not say: it lies on the disk, for whoever opens the rows or writes next. */
  limbo: (() => void) | undefined;

  /** What is in limbo is found. */
  settle(): void {
    const found = this.limbo;
    this.limbo = undefined;
    found?.();
  }

  take(run: () => void): void {
    if (this.#held) this.#waiting.push(run);
    else {
      this.#held = true;
      run();
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    this.#held = next !== undefined;
    next?.();
  }
}
