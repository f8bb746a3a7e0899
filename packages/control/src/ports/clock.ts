/** Time and randomness come in from outside, so that a simulation can own them. */

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump; used for windows of keys and as a note of when, never for ordering. */
  nowMs(): number;
}

export interface Rng {
  /** `length` bytes no one can predict. */
  bytes(length: number): Uint8Array;
}
