/**
 * Token bucket of each tenant, or of each address where a route asks for no credential. Time comes in as a port. Where
 * names are authenticated the map is as large as they are many; elsewhere `namesMax` bounds it, and the one that asked
 * longest ago is forgotten first.
 * A bucket fills at `ratePerSecond` up to `burst`; a request takes as many tokens as it carries records. What is refused
 * takes nothing. It limits one process, not a fleet.
 */

export type RateDecision = { ok: true } | { ok: false; retryAfterSeconds: number };

export interface RateLimiter {
  /** Takes `cost` tokens from the bucket of a name or says in how many whole seconds (≥ 1) they would be there. A cost above `burst` is taken as `burst`. */
  take(name: string, cost: number): RateDecision;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

export function rateLimiter(options: {
  ratePerSecond: number;
  burst: number;
  nowMs: () => number;
  namesMax?: number;
}): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const { namesMax = Number.POSITIVE_INFINITY } = options;
  return {
    take(name, cost) {
      const nowMs = options.nowMs();
      const wanted = Math.min(cost, options.burst);
      let bucket = buckets.get(name);
      if (bucket === undefined) {
        bucket = { tokens: options.burst, filledMs: nowMs };
        if (buckets.size >= namesMax) buckets.delete(buckets.keys().next().value!);
      } else if (namesMax !== Number.POSITIVE_INFINITY) {
        buckets.delete(name); // it goes to the end: the map's order is that of the last use
      }
      buckets.set(name, bucket);
      // A clock that steps back must neither drain the bucket nor stop it from filling again.
      const elapsedMs = Math.max(0, nowMs - bucket.filledMs);
      bucket.tokens = Math.min(options.burst, bucket.tokens + (elapsedMs * options.ratePerSecond) / 1000);
      bucket.filledMs = nowMs;
      if (bucket.tokens >= wanted) {
        bucket.tokens -= wanted;
        return { ok: true };
      }
      return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil((wanted - bucket.tokens) / options.ratePerSecond)) };
    },
  };
}
