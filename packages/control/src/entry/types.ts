/**
 * What control decides, as it stands in the control log (DESIGN section 4: `control` with a `kind`). Private bodies; even
 * so they hold no secret and no personal datum (I6): key material is in the keyring, a person is a pseudonym.
 */
import type { TaskPolicy } from '@fractal/trust';

/** `system`, or `p_` and 32 hex digits: HMAC of a person's name under that person's erasable key. */
export type ActorId = string;

export type KeyScope = 'tenant' | 'reviewer';

interface KeyWindow {
  readonly notBeforeMs?: number;
  /** First instant at which it is no longer good. */
  readonly notAfterMs?: number;
}

/** Lets a caller in as a tenant. The key itself was shown once; here is its hash. */
export interface ApiKeyFacts extends KeyWindow {
  readonly use: 'api';
  readonly id: string;
  readonly tenant: string;
  readonly scopes: readonly KeyScope[];
  /** SHA-256 of the 32 secret bytes, hex. */
  readonly secretSha256: string;
}

/** Lets a caller in as an operator. */
export interface AdminTokenFacts extends KeyWindow {
  readonly use: 'admin';
  readonly id: string;
  readonly secretSha256: string;
}

/** Verifies a tenant's records. */
export interface RecordKeyFacts extends KeyWindow {
  readonly use: 'record';
  /** The kid in the record. */
  readonly id: string;
  readonly tenant: string;
  readonly material:
    | { readonly alg: 'hmac-sha256'; readonly generation: number }
    | { readonly alg: 'ed25519'; readonly publicKey: string };
}

/** Signs the records the edge builds. */
export interface EdgeKeyFacts {
  readonly use: 'edge';
  readonly id: string;
  readonly generation: number;
  /** Base64 of 32 bytes. */
  readonly publicKey: string;
}

export type TenantKeyFacts = ApiKeyFacts | RecordKeyFacts;
export type KeyFacts = TenantKeyFacts | AdminTokenFacts | EdgeKeyFacts;

/** Kind `access`: something an operator or reviewer did, or was refused, that changes nothing here by itself. */
export interface AccessFacts {
  /** Such as `vault.read`. */
  readonly action: string;
  readonly outcome: 'done' | 'refused';
  readonly tenant?: string;
  /** An id, never text of a person. */
  readonly target?: string;
}

/**
 * Kind `follower`: what a follower of a log came to, or an operator did with it. Changes nothing here; the follower's
 * store holds its state.
 */
export interface FollowerFacts {
  readonly op: 'dead_letter' | 'retry' | 'skip' | 'pause' | 'resume' | 'reset' | 'stop' | 'damage' | 'mend';
  readonly follower: string;
  /** 32 hex digits: the same event is logged once. */
  readonly event: string;
  readonly log?: string;
  readonly index?: number;
  readonly code?: string;
  /** What it is about, an id or a path. */
  readonly target?: string;
  /** An operator's word for it, such as a ticket; never text of a person. */
  readonly reason?: string;
}

/** A log signs by another key under the same origin from now on. */
export interface LogKeyRotation {
  /** Name of the log: `0`, `control`, `0-2`. */
  readonly log: string;
  readonly origin: string;
  /** Verifier keys as text; both have the origin as their name. */
  readonly oldKey: string;
  readonly newKey: string;
  /** The checkpoint, under both keys, at which it happened: the old key's word for the new one. */
  readonly size: number;
  readonly checkpoint: string;
  /** Until when checkpoints carry both signatures, ms since the Unix epoch. */
  readonly overlapUntilMs: number;
}

/** Kind `generation`: a log was closed for good and is followed by its next generation (DESIGN I5). Changes nothing here. */
export interface GenerationFacts {
  /** Of the log that was closed, such as `0` or `0-2`. */
  readonly log: string;
  readonly origin: string;
  readonly reason: 'behind' | 'unlike' | 'forged' | 'guard_lost' | 'restored';
  readonly closedMs: number;
  /** Entries its rows hold. */
  readonly size: number;
  /** Entries that were published or recorded, where that is known. */
  readonly knownSize?: number;
}

export type Decision =
  | {
      readonly kind: 'tenant';
      readonly op: 'create' | 'retain';
      readonly tenant: string;
      readonly retentionMs?: number;
    }
  | { readonly kind: 'key'; readonly op: 'add'; readonly key: KeyFacts }
  | {
      readonly kind: 'key';
      readonly op: 'rotate';
      /** Id of the key that goes. */
      readonly replaces: string;
      readonly replacedNotAfterMs: number;
      /** The key that comes; same use and tenant. */
      readonly key: TenantKeyFacts | AdminTokenFacts;
    }
  | {
      readonly kind: 'key';
      readonly op: 'revoke';
      readonly use: 'api' | 'record' | 'admin';
      readonly tenant?: string;
      readonly id: string;
    }
  | ({ readonly kind: 'key'; readonly op: 'rotate_log' } & LogKeyRotation)
  | {
      readonly kind: 'policy';
      readonly op: 'put';
      readonly tenant: string;
      readonly task: string;
      readonly policy: TaskPolicy;
    }
  | ({ readonly kind: 'access' } & AccessFacts)
  | ({ readonly kind: 'follower' } & FollowerFacts)
  | ({ readonly kind: 'generation' } & GenerationFacts);

export interface ControlEntry {
  readonly actor: ActorId;
  readonly timeMs: number;
  readonly decision: Decision;
}
