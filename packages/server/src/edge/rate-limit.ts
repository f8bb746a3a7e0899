/**
 * Token bucket of each tenant. Time comes in as a port; the map holds authenticated tenants only, so its size is theirs.
 * A bucket fills at `ratePerSecond` up to `burst`; a request takes as many tokens as it carries records. What is refused
 * takes nothing. It limits one process, not a fleet.
 */

export type RateDecision = { ok: true } | { ok: false; retryAfterSeconds: number };

export interface RateLimiter {
  /** Takes `cost` tokens or says in how many whole seconds (≥ 1) they would be there. A cost above `burst` is taken as `burst`. */
  take(tenant: string, cost: number): RateDecision;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

export function rateLimiter(options: { ratePerSecond: number; burst: number; nowMs: () => number }): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(tenant, cost) {
      const nowMs = options.nowMs();
      const wanted = Math.min(cost, options.burst);
      let bucket = buckets.get(tenant);
      if (bucket === undefined) {
        bucket = { tokens: options.burst, filledMs: nowMs };
        buckets.set(tenant, bucket);
      }
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
