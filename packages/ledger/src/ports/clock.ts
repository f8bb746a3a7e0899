/** Time and randomness come in from outside, so that a simulation can own them. */

export interface Clock {
  /** Milliseconds since the Unix epoch; may jump, never used for ordering. */
  nowMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` aborts (it never rejects). */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Rng {
  /** `length` bytes no one can predict. */
  bytes(length: number): Uint8Array;
}
