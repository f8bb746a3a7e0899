/** What control can be asked. Verbs that change something take who asks for it; all of them are in the control log. */
import type { VerificationKey } from '@fractal/record';
import type { Result } from '@fractal/tlog';
import type { TaskPolicy } from '@fractal/trust';
import type {
  AccessFacts,
  ActorId,
  ControlEntry,
  FollowerFacts,
  GenerationFacts,
  KeyScope,
  LogKeyRotation,
} from '../entry/types.ts';

/** Who asks: the program itself, or a person by any stable name; only a pseudonym of it is logged. */
export type Actor = 'system' | { readonly person: string };

export interface TenantInfo {
  readonly name: string;
  readonly createdMs: number;
  readonly retentionMs: number | undefined;
  /** Rises with every entry about this tenant. */
  readonly revision: number;
}

/** A key without its secret. */
export interface KeyInfo {
  readonly use: 'api' | 'record' | 'admin';
  readonly id: string;
  readonly createdMs: number;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly revokedMs?: number;
  readonly replacedBy?: string;
  readonly scopes?: readonly KeyScope[];
  readonly alg?: 'hmac-sha256' | 'ed25519';
  /** Ed25519 record keys. */
  readonly publicKey?: Uint8Array;
}

/** `secret` is what was made: shown once, kept as a hash (API key, admin token) or in the keyring (HMAC). */
export type AddedKey =
  | { readonly use: 'api' | 'admin'; readonly id: string; readonly secret: string }
  | { readonly use: 'record'; readonly id: string; readonly secret?: Uint8Array };

interface Window {
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

export type AddKeyInput = { readonly tenant: string; readonly actor: Actor } & Window &
  (
    | { readonly use: 'api'; readonly scopes?: readonly string[] }
    /** Made where no secret is given. */
    | { readonly use: 'record'; readonly alg: 'hmac-sha256'; readonly kid?: string; readonly secret?: Uint8Array }
    | { readonly use: 'record'; readonly alg: 'ed25519'; readonly kid?: string; readonly publicKey: Uint8Array }
  );

export type AddKeyCode = 'tenant_unknown' | 'key_taken' | 'key_malformed' | 'key_window_malformed' | 'scope_unknown';

export interface RotateKeyInput {
  readonly tenant: string;
  /** Id of an API key, or kid of a record key. */
  readonly id: string;
  /** How long the old key stays good beside the new one; 0: not at all. */
  readonly overlapMs: number;
  readonly actor: Actor;
  /** Record keys: kid of the new key (made where absent), and its material: needed for Ed25519, optional for HMAC. */
  readonly kid?: string;
  readonly secret?: Uint8Array;
  readonly publicKey?: Uint8Array;
}

export type KeyChangeCode = 'tenant_unknown' | 'key_unknown' | 'key_revoked' | 'key_replaced';
export type RotateKeyCode = KeyChangeCode | 'key_taken' | 'key_malformed' | 'key_window_malformed';

export interface Authenticated {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly KeyScope[];
}

export interface EdgeKey {
  readonly kid: string;
  /** Ed25519 seed, 32 bytes. Plain so that it can be handed to a worker thread: do not log it. */
  readonly secret: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface Control {
  /** The tenant, made where it is new. */
  createTenant(input: {
    readonly tenant: string;
    readonly actor: Actor;
    readonly retentionMs?: number;
  }): Promise<Result<TenantInfo, 'tenant_name_malformed' | 'retention_malformed'>>;
  tenant(name: string): TenantInfo | undefined;
  tenants(): readonly TenantInfo[];
  /** Retention of content put from now on; undefined: until erased. */
  setRetention(input: {
    readonly tenant: string;
    readonly actor: Actor;
    readonly retentionMs: number | undefined;
  }): Promise<Result<TenantInfo, 'tenant_unknown' | 'retention_malformed'>>;
  /** Tag key of a tenant, 32 bytes. Throws `control_secret_missing`, also for a tenant there is none of. */
  tagKey(tenant: string): Uint8Array;

  addKey(input: AddKeyInput): Promise<Result<AddedKey, AddKeyCode>>;
  /** A new key of the same kind; the old one ends after the overlap (or earlier, where it would have anyway). */
  rotateKey(input: RotateKeyInput): Promise<Result<AddedKey, RotateKeyCode>>;
  /** At once and for good; ids are not used again. Revoking twice is no error. */
  revokeKey(input: {
    readonly tenant: string;
    readonly id: string;
    readonly actor: Actor;
  }): Promise<Result<KeyInfo, 'tenant_unknown' | 'key_unknown'>>;
  /** API and record keys of a tenant, oldest first, with those that ended. */
  listKeys(tenant: string): readonly KeyInfo[];
  addAdminToken(input: { readonly actor: Actor } & Window): Promise<Result<AddedKey, 'key_window_malformed'>>;
  revokeAdminToken(input: { readonly id: string; readonly actor: Actor }): Promise<Result<KeyInfo, 'key_unknown'>>;
  listAdminTokens(): readonly KeyInfo[];

  /** Tenant and scopes of an API key that is good now; undefined for any other text. O(1), compares in constant time. */
  authenticate(apiKey: string): Authenticated | undefined;
  authenticateAdmin(token: string): { readonly keyId: string } | undefined;
  /** Keys that verify a tenant's records: all but the revoked, with their windows. Empty for a tenant there is none of. */
  verificationKeys(tenant: string): readonly VerificationKey[];
  /** The key by which the edge signs now; made at the first opening. */
  edgeKey(): EdgeKey;
  /** Public keys of the edge, oldest first: records it signed earlier still verify. */
  edgeVerificationKeys(): readonly VerificationKey[];
  rotateEdgeKey(actor: Actor): Promise<EdgeKey>;

  /** What happened to the key of a log: once a new key. */
  recordLogKeyRotation(rotation: LogKeyRotation & { readonly actor: Actor }): Promise<void>;

  /** A document (see `parsePolicyDocument`) becomes the task's policy, one version up; none where it says the same. */
  putPolicy(input: {
    readonly tenant: string;
    readonly task: string;
    readonly policy: unknown;
    readonly actor: Actor;
    /** The version the caller believes is in force (0: the default); `version_conflict` where it isn't. */
    readonly expectedVersion?: number;
  }): Promise<
    Result<TaskPolicy, 'tenant_unknown' | 'task_name_malformed' | 'task_policy_malformed' | 'version_conflict'>
  >;
  /** The task's policy, or the caller's default as version 0; undefined for a tenant there is none of (I10). */
  policyOf(tenant: string, task: string): TaskPolicy | undefined;
  /** Policies that were put, by task. */
  policies(tenant: string): ReadonlyMap<string, TaskPolicy>;

  /** For what changes nothing here: a read of content, a refused admin call. Callers limit how often. */
  recordAccess(access: AccessFacts & { readonly actor: Actor }): Promise<Result<void, 'access_malformed'>>;
  /** A log was closed: once, however often it is told. */
  recordGeneration(facts: GenerationFacts): Promise<Result<void, 'access_malformed'>>;
  /** What a follower came to, or an operator did with it: once an event. */
  recordFollower(facts: FollowerFacts & { readonly actor: Actor }): Promise<Result<void, 'follower_malformed'>>;
  /** The pseudonym under which an actor of that name is logged: for what a shard's log says of people. Makes the key on first use. */
  pseudonymOf(person: string): Promise<ActorId>;
  /** The person's pseudonym can be linked to nobody from now on; a later action of theirs gets another. */
  forgetPerson(person: string): Promise<boolean>;
  /** Control's own entries between two indices, with who and when: mutations and accesses. */
  entries(from: number, to: number): Promise<readonly (ControlEntry & { readonly index: number })[]>;
  /** Entries folded so far. */
  size(): number;

  /** Names of secrets the log relies on and the keyring does not hold: what they protect fails closed. */
  missingSecrets(): readonly string[];
  /** Forgets secrets that no entry refers to (left by a crash, or by a log that was rolled back: look before you call). */
  removeOrphanedSecrets(): Promise<readonly string[]>;
  /** Waits for changes under way. */
  close(): Promise<void>;
}
