/**
 * What happened, in order, as lines and as one running hash: two runs of a seed that differ anywhere differ here. Lines
 * are kept whole only where somebody wants to read them; otherwise the last few, for the report of a failure.
 */
export class Trace {
  #high = 0xdead_beef;
  #low = 0x41c6_ce57;
  readonly #keepAll: boolean;
  #lines: string[] = [];

  constructor(keepAll: boolean) {
    this.#keepAll = keepAll;
  }

  add(atUs: number, text: string): void {
    const line = `${(atUs / 1_000).toFixed(3)} ${text}`;
    for (let i = 0; i < line.length; i += 1) {
      const code = line.charCodeAt(i);
      this.#high = Math.imul(this.#high ^ code, 2_654_435_761);
      this.#low = Math.imul(this.#low ^ code, 1_597_334_677);
    }
    this.#high ^= this.#low >>> 15;
    this.#low ^= this.#high >>> 13;
    this.#lines.push(line);
    if (!this.#keepAll && this.#lines.length > 2 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
  }

  /** All lines, or the last ones. */
  get lines(): readonly string[] {
    return this.#keepAll ? this.#lines : this.#lines.slice(-KEPT_LINES);
  }

  /** 16 hex digits over every line so far. */
  get hash(): string {
    const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}

const KEPT_LINES = 60;
