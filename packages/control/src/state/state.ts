/**
 * The state of control is the fold of its entries in log order, and nothing else: folding the log again gives the live
 * state, whatever crashed in between (a test holds it to that). An entry that contradicts the state changes nothing.
 */
import type { TaskPolicy } from '@fractal/trust';
import type {
  AdminTokenFacts,
  ApiKeyFacts,
  ControlEntry,
  Decision,
  EdgeKeyFacts,
  KeyFacts,
  RecordKeyFacts,
} from '../entry/types.ts';

/** A key and what became of it. Times are of the entries that said so. */
export type Held<Facts> = Facts & {
  readonly createdMs: number;
  readonly revokedMs?: number;
  /** Id of the key that took over. */
  readonly replacedBy?: string;
};

export interface TenantState {
  readonly name: string;
  readonly createdMs: number;
  /** Undefined: content is kept until erased. */
  retentionMs: number | undefined;
  /** Rises with every entry about this tenant: index + 1 of the last one. */
  revision: number;
  readonly recordKeys: Map<string, Held<RecordKeyFacts>>;
  /** Latest policy of each task. */
  readonly policies: Map<string, TaskPolicy>;
}

export interface ControlState {
  /** Entries of the log folded so far, those of other kinds included. */
  applied: number;
  readonly tenants: Map<string, TenantState>;
  /** By id, of all tenants: ids are random, and a look-up comes back with its tenant. */
  readonly apiKeys: Map<string, Held<ApiKeyFacts>>;
  readonly adminTokens: Map<string, Held<AdminTokenFacts>>;
  /** Oldest first; the last one signs. */
  readonly edgeKeys: Held<EdgeKeyFacts>[];
}

export function emptyState(): ControlState {
  return { applied: 0, tenants: new Map(), apiKeys: new Map(), adminTokens: new Map(), edgeKeys: [] };
}

/**
 * Folds the next entry of the log in; undefined stands for an entry of another kind.
 * Returns what contradicts the state, which is then as it was; undefined when all is well.
 */
export function fold(state: ControlState, entry: ControlEntry | undefined): string | undefined {
  const contradiction = entry && foldDecision(state, entry.decision, entry.timeMs);
  if (contradiction !== undefined) return contradiction;
  state.applied++;
  const tenant = entry && tenantOf(entry.decision);
  const held = tenant === undefined ? undefined : state.tenants.get(tenant);
  if (held !== undefined) held.revision = state.applied;
  return undefined;
}

/** The tenant an entry changes something for; what became of a log, access and what followers did change nothing. */
function tenantOf(decision: Decision): string | undefined {
  if (decision.kind === 'access' || decision.kind === 'follower' || decision.kind === 'generation') return undefined;
  if (decision.kind === 'key' && decision.op === 'rotate_log') return undefined;
  if (decision.kind !== 'key' || decision.op === 'revoke') return decision.tenant;
  return 'tenant' in decision.key ? decision.key.tenant : undefined;
}

function foldDecision(state: ControlState, decision: Decision, timeMs: number): string | undefined {
  switch (decision.kind) {
    case 'tenant':
      return foldTenant(state, decision, timeMs);
    case 'key':
      return foldKey(state, decision, timeMs);
    case 'policy':
      return foldPolicy(state, decision);
    case 'access':
    case 'follower':
    case 'generation':
      return undefined;
  }
}

function foldTenant(
  state: ControlState,
  { op, tenant: name, retentionMs }: Extract<Decision, { kind: 'tenant' }>,
  createdMs: number,
): string | undefined {
  const held = state.tenants.get(name);
  if (op === 'retain') {
    if (held === undefined) return 'no such tenant';
    held.retentionMs = retentionMs;
    return undefined;
  }
  if (held !== undefined) return 'tenant exists';
  const tenant = { name, createdMs, retentionMs, revision: 0, recordKeys: new Map(), policies: new Map() };
  state.tenants.set(name, tenant);
  return undefined;
}

function foldKey(
  state: ControlState,
  decision: Extract<Decision, { kind: 'key' }>,
  timeMs: number,
): string | undefined {
  if (decision.op === 'rotate_log') return undefined; // who a log is, is in its own files
  if (decision.op === 'add') return addContradiction(state, decision.key) ?? addKey(state, decision.key, timeMs);
  if (decision.op === 'revoke') {
    return changeKey(state, decision, (key) =>
      key.revokedMs === undefined ? { revokedMs: timeMs } : 'key is revoked',
    );
  }
  const { key, replaces, replacedNotAfterMs: notAfterMs } = decision;
  const contradiction = addContradiction(state, key);
  if (contradiction !== undefined) return contradiction;
  const tenant = 'tenant' in key ? { tenant: key.tenant } : {};
  const replaced = changeKey(state, { use: key.use, id: replaces, ...tenant }, (old) =>
    old.revokedMs === undefined && old.replacedBy === undefined
      ? { notAfterMs, replacedBy: key.id }
      : 'key is revoked or replaced',
  );
  return replaced ?? addKey(state, key, timeMs);
}

function addContradiction(state: ControlState, key: KeyFacts): string | undefined {
  if ('tenant' in key && !state.tenants.has(key.tenant)) return 'no such tenant';
  const taken = {
    api: () => state.apiKeys.has(key.id),
    admin: () => state.adminTokens.has(key.id),
    edge: () => state.edgeKeys.some(({ id }) => id === key.id),
    record: () => 'tenant' in key && state.tenants.get(key.tenant)?.recordKeys.has(key.id) === true,
  }[key.use]();
  return taken ? 'key exists' : undefined;
}

function addKey(state: ControlState, key: KeyFacts, createdMs: number): undefined {
  if (key.use === 'api') state.apiKeys.set(key.id, { ...key, createdMs });
  else if (key.use === 'admin') state.adminTokens.set(key.id, { ...key, createdMs });
  else if (key.use === 'edge') state.edgeKeys.push({ ...key, createdMs });
  else state.tenants.get(key.tenant)?.recordKeys.set(key.id, { ...key, createdMs });
}

interface KeyChange {
  readonly revokedMs?: number;
  readonly notAfterMs?: number;
  readonly replacedBy?: string;
}

type KeyTable<K> = Map<string, K>;

/** Tenants are walls (I13): an API key of another tenant is not found. */
function changeKey(
  state: ControlState,
  { use, tenant, id }: { readonly use: 'api' | 'record' | 'admin'; readonly tenant?: string; readonly id: string },
  change: (key: { readonly revokedMs?: number; readonly replacedBy?: string }) => KeyChange | string,
): string | undefined {
  if (use === 'admin') return changeIn(state.adminTokens, id, change);
  if (use === 'record') return changeIn(state.tenants.get(tenant ?? '')?.recordKeys ?? new Map(), id, change);
  if (state.apiKeys.get(id)?.tenant !== tenant) return 'no such key';
  return changeIn(state.apiKeys, id, change);
}

function changeIn<K extends { readonly revokedMs?: number; readonly replacedBy?: string }>(
  keys: KeyTable<K>,
  id: string,
  change: (key: K) => KeyChange | string,
): string | undefined {
  const held = keys.get(id);
  if (held === undefined) return 'no such key';
  const changed = change(held);
  if (typeof changed === 'string') return changed;
  keys.set(id, { ...held, ...changed });
  return undefined;
}

function foldPolicy(
  state: ControlState,
  { tenant: name, task, policy }: Extract<Decision, { kind: 'policy' }>,
): string | undefined {
  const policies = state.tenants.get(name)?.policies;
  if (policies === undefined) return 'no such tenant';
  const version = policies.get(task)?.version ?? 0;
  if (policy.version !== version + 1) return `policy revision ${policy.version} follows ${version}`;
  policies.set(task, policy);
  return undefined;
}
