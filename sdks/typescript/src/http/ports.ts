/**
 * What the client needs from outside, so that tests can own time, chance and the network. The defaults are the
 * platform's own: `globalThis.fetch`, `setTimeout`, `Date.now` and `crypto.getRandomValues`.
 */

/** Monotone enough for deadlines: only differences of `nowMs` are used, but for `sent_at` of a new record. */
export interface Clock {
  nowMs(): number;
  /** Calls `fire` once after `delayMs`, unless the returned function is called first. */
  startTimer(delayMs: number, fire: () => void): () => void;
}

/** Cryptographic randomness: salts and idempotency keys come from it, and the jitter of retries. */
export interface Rng {
  bytes(length: number): Uint8Array;
}

/** The part of `fetch` that is used. It should honour `init.signal`; one that does not is left behind, not waited for. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  startTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRng: Rng = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** `fetch` called on the global object: browsers refuse it on any other. */
export const systemFetch: Fetch = (url, init) => globalThis.fetch(url, init);
