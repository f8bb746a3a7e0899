/**
 * How long to wait before the next attempt. Exponential from `baseDelayMs`, doubled each time, at most `maxDelayMs`;
 * half of it fixed and half by chance, so that clients that failed together do not return together. A `Retry-After` is
 * a floor, with up to `baseDelayMs` of chance on top for the same reason.
 */
import type { Rng } from './ports.ts';

export interface BackoffPlan {
  /** Attempts after the first. 0 = never retry. */
  readonly retries: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** Delay in ms after the failed attempt number `attempt` (0 = the first). */
export function backoffDelayMs(options: {
  readonly plan: BackoffPlan;
  readonly attempt: number;
  readonly retryAfterMs?: number | undefined;
  readonly rng: Rng;
}): number {
  const { plan, rng } = options;
  const ceiling = Math.min(plan.maxDelayMs, plan.baseDelayMs * 2 ** Math.min(options.attempt, 30));
  const delay = ceiling / 2 + (ceiling / 2) * fraction(rng);
  if (options.retryAfterMs === undefined) return delay;
  return Math.max(delay, options.retryAfterMs + plan.baseDelayMs * fraction(rng));
}

/** A number in [0, 1) with 32 bits of chance. */
function fraction(rng: Rng): number {
  const bytes = rng.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}

const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads `Retry-After` (RFC 9110 10.2.3): whole seconds, or a date in the preferred form. Anything else, and a wait of
 * more than a day, counts as absent.
 */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  let waitMs: number;
  if (/^\d{1,10}$/.test(text)) waitMs = Number(text) * 1000;
  else if (IMF_FIXDATE.test(text)) waitMs = Math.max(0, Date.parse(text) - nowMs);
  else return undefined;
  return Number.isFinite(waitMs) && waitMs <= 86_400_000 ? waitMs : undefined;
}
