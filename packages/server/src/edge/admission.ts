/**
 * Whether a request may send its body at all: credential, scope, rate, media type, and room. Looks at the head of the
 * request only; nothing of the body was read when it says no.
 *
 * Room: the bodies of all requests under way share `bodiesBytesMax`, so that many large ones at once are refused instead
 * of filling the memory. One tenant gets at most a quarter of it, so that its promises of bodies, kept or not, leave room
 * for others (I13); operators get as much, and all who bring no credential a sixteenth together. A body of unknown length
 * counts as the most its route allows.
 */

import type { Route } from '../routes/route.ts';
import type { Limits } from './limits.ts';
import type { Refusal } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { mediaRefusal } from './request.ts';

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Identity {
  /** Empty for an operator. */
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly string[];
}

/** Who a credential is. `undefined`: nobody. */
export interface Authenticator {
  tenant(headers: RequestHeaders): Identity | undefined;
  admin(headers: RequestHeaders): { readonly keyId: string } | undefined;
}

export interface AdmissionOptions {
  readonly limits: Pick<Limits, 'bodiesBytesMax'>;
  readonly authenticator: Authenticator;
  readonly rateLimiter: RateLimiter;
  readonly onCredentialRefused: (auth: 'tenant' | 'admin') => void;
}

export interface Admitted {
  readonly identity: Identity;
  /** Whose share of the room the body takes. */
  readonly holder: string;
  /** To be given back with `release` when the request is over. */
  readonly bodyBytes: number;
}

export type AdmissionOutcome = { ok: true; value: Admitted } | { ok: false; refusal: Refusal };

export interface Admission {
  admit(route: Route, headers: RequestHeaders): AdmissionOutcome;
  release(admitted: Admitted): void;
}

/** Share of the room for bodies that one tenant, or all operators, may hold. */
const HOLDER_SHARE = 1 / 4;
/** What all callers without a credential may hold together. */
const OPEN_SHARE = 1 / 16;

const NOBODY: Identity = { tenant: '', keyId: '', scopes: [] };

export function admission(options: AdmissionOptions): Admission {
  const { authenticator, rateLimiter, limits } = options;
  let bodiesBytes = 0;
  const bytesOf = new Map<string, number>();

  function identify(route: Route, headers: RequestHeaders): Identity | Refusal {
    if (route.auth === 'none') return NOBODY;
    const found = route.auth === 'tenant' ? authenticator.tenant(headers) : authenticator.admin(headers);
    if (found === undefined) {
      options.onCredentialRefused(route.auth);
      return { code: 'unauthenticated' };
    }
    return { ...NOBODY, ...found };
  }

  function limited(route: Route, identity: Identity): Refusal | undefined {
    if (route.auth !== 'tenant') return undefined;
    const scope = route.scope ?? 'tenant';
    if (!identity.scopes.includes(scope)) return { code: 'forbidden', detail: `scope ${scope}` };
    const rate = rateLimiter.take(identity.tenant, 1);
    if (rate.ok) return undefined;
    return { code: route.rateLimitedCode ?? 'rate_limited', retryAfterSeconds: rate.retryAfterSeconds };
  }

  return {
    admit(route, headers) {
      const identity = identify(route, headers);
      if ('code' in identity) return { ok: false, refusal: identity };
      const refusal = limited(route, identity) ?? mediaRefusal(route, headers);
      if (refusal !== undefined) return { ok: false, refusal };
      const bodyBytes = bodyBytesOf(route, headers);
      const holder = route.auth === 'tenant' ? `tenant ${identity.tenant}` : route.auth;
      const held = (bytesOf.get(holder) ?? 0) + bodyBytes;
      const share = route.auth === 'none' ? OPEN_SHARE : HOLDER_SHARE;
      // One too large for its route is refused as that, by whoever reads it.
      const full = bodiesBytes + bodyBytes > limits.bodiesBytesMax || held > limits.bodiesBytesMax * share;
      if (bodyBytes > 0 && full) return { ok: false, refusal: { code: 'busy' } };
      bodiesBytes += bodyBytes;
      bytesOf.set(holder, held);
      return { ok: true, value: { identity, holder, bodyBytes } };
    },
    release({ holder, bodyBytes }) {
      bodiesBytes -= bodyBytes;
      const left = (bytesOf.get(holder) ?? 0) - bodyBytes;
      if (left > 0) bytesOf.set(holder, left);
      else bytesOf.delete(holder);
    },
  };
}

function bodyBytesOf({ body }: Route, headers: RequestHeaders): number {
  if (body === undefined) return 0;
  const stated = Number(headers['content-length']);
  return Number.isSafeInteger(stated) ? Math.min(stated, body.bytesMax) : body.bytesMax;
}
