/**
 * Control entries as bodies of the control log: canonical JSON
 *
 *   {"type":"control","version":1,"kind":…,"op"?:…,"actor":…,"time":ms, …}
 *
 * with the members of each kind below. Reading is strict: the bytes must be the canonical form of what they say, and
 * every member must be one that is written here. Other kinds than control's own are told apart, not read.
 */
import { canonicalJson, NoCanonicalForm, type PlainJson } from '@fractal/record';
import { equalBytes, utf8Decode } from '@fractal/tlog';
import { formatPolicyDocument } from '../policy/policy-document.ts';
import { MalformedEntry, Members } from './members.ts';
import { readAccess, readFollower, readGeneration, readKey, readPolicy, readTenant } from './read-decision.ts';
import type { ControlEntry, Decision, KeyFacts } from './types.ts';

export const ENTRY_VERSION = 1;

export function formatEntry({ actor, timeMs, decision }: ControlEntry): Uint8Array {
  return canonicalJson({ ...decisionJson(decision), type: 'control', version: ENTRY_VERSION, actor, time: timeMs });
}

/** What makes two entries say the same: the decision, not who made it or when. */
export function decisionBytes(decision: Decision): Uint8Array {
  return canonicalJson(decisionJson(decision));
}

export type ParsedEntry =
  | { readonly status: 'read'; readonly entry: ControlEntry }
  /** A control entry of a kind that others write. */
  | { readonly status: 'other' }
  | { readonly status: 'version_unknown' }
  | { readonly status: 'malformed'; readonly detail: string };

/** Never throws. */
export function parseEntry(body: Uint8Array): ParsedEntry {
  try {
    return read(body);
  } catch (error) {
    if (error instanceof MalformedEntry) return { status: 'malformed', detail: error.message };
    throw error;
  }
}

function read(body: Uint8Array): ParsedEntry {
  const value = jsonOf(body);
  if (value.type !== 'control') throw new MalformedEntry('not of type control');
  const reader = READERS.get(String(value.kind));
  if (reader === undefined) return { status: 'other' };
  if (value.version !== ENTRY_VERSION) return { status: 'version_unknown' };
  if (!isCanonical(value, body)) throw new MalformedEntry('not canonical');
  const members = new Members(value);
  members.skip('type', 'kind', 'version');
  const actor = members.text('actor', /^(system|p_[0-9a-f]{32})$/);
  const timeMs = members.time('time');
  const decision = reader(members);
  members.end();
  return { status: 'read', entry: { actor, timeMs, decision } };
}

function isCanonical(value: Record<string, unknown>, body: Uint8Array): boolean {
  try {
    return equalBytes(canonicalJson(value as { [name: string]: PlainJson }), body);
  } catch (error) {
    if (error instanceof NoCanonicalForm) return false; // a number or a string that no canonical form can hold
    throw error;
  }
}

const READERS: ReadonlyMap<string, (members: Members) => Decision> = new Map<string, (members: Members) => Decision>([
  ['tenant', readTenant],
  ['key', readKey],
  ['policy', readPolicy],
  ['access', readAccess],
  ['follower', readFollower],
  ['generation', readGeneration],
]);

function jsonOf(body: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(utf8Decode(body) ?? '');
  } catch {
    throw new MalformedEntry('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedEntry('not an object');
  return value as Record<string, unknown>;
}

type Json = { readonly [name: string]: PlainJson | undefined };

function decisionJson(decision: Decision): Json {
  switch (decision.kind) {
    case 'tenant':
      return { kind: 'tenant', op: decision.op, tenant: decision.tenant, retention_ms: decision.retentionMs };
    case 'key':
      return { kind: 'key', op: decision.op, ...keyDecisionJson(decision) };
    case 'policy': {
      const { tenant, task, policy } = decision;
      return {
        kind: 'policy',
        op: 'put',
        tenant,
        task,
        revision: policy.version,
        policy: { ...formatPolicyDocument(policy) },
      };
    }
    case 'access': {
      const { action, outcome, tenant, target } = decision;
      return { kind: 'access', action, outcome, tenant, target };
    }
    case 'follower': {
      const { op, follower, event, log, index, code, target, reason } = decision;
      return { kind: 'follower', op, follower, event, log, index, code, target, reason };
    }
    case 'generation': {
      const { log, origin, reason, closedMs: closed, size, knownSize: known_size } = decision;
      return { kind: 'generation', log, origin, reason, closed, size, known_size };
    }
  }
}

function keyDecisionJson(decision: Extract<Decision, { kind: 'key' }>): Json {
  switch (decision.op) {
    case 'add':
      return { key: keyJson(decision.key) };
    case 'rotate':
      return {
        replaces: decision.replaces,
        replaced_not_after: decision.replacedNotAfterMs,
        key: keyJson(decision.key),
      };
    case 'revoke':
      return { use: decision.use, tenant: decision.tenant, id: decision.id };
    case 'rotate_log': {
      const { log, origin, oldKey, newKey, size, checkpoint, overlapUntilMs } = decision;
      return { log, origin, old_key: oldKey, new_key: newKey, size, checkpoint, overlap_until: overlapUntilMs };
    }
  }
}

function keyJson(key: KeyFacts): Json {
  if (key.use === 'edge') return { use: 'edge', id: key.id, generation: key.generation, public_key: key.publicKey };
  const window = { use: key.use, id: key.id, not_before: key.notBeforeMs, not_after: key.notAfterMs };
  if (key.use === 'admin') return { ...window, secret_sha256: key.secretSha256 };
  if (key.use === 'api') return { ...window, tenant: key.tenant, scopes: key.scopes, secret_sha256: key.secretSha256 };
  const { material } = key;
  return material.alg === 'ed25519'
    ? { ...window, tenant: key.tenant, alg: material.alg, public_key: material.publicKey }
    : { ...window, tenant: key.tenant, alg: material.alg, generation: material.generation };
}
