/** The members of each kind of control entry, read strictly. Throws MalformedEntry, which `parseEntry` catches. */
import { fromBase64 } from '@fractal/tlog';
import { parsePolicyDocument } from '../policy/policy-document.ts';
import { MalformedEntry, type Members } from './members.ts';
import { ACTION, CHECKPOINT, EVENT, HEX_32, KEY_ID, KID, NAME, ORIGIN, SCOPES, TARGET, VERIFIER_KEY } from './names.ts';
import type { Decision, FollowerFacts, KeyFacts, LogKeyRotation } from './types.ts';

export function readTenant(members: Members): Decision {
  const op = members.oneOf('op', ['create', 'retain']);
  const tenant = members.text('tenant', NAME);
  const retentionMs = members.optional('retention_ms', () => members.time('retention_ms'));
  return { kind: 'tenant', op, tenant, ...(retentionMs === undefined ? {} : { retentionMs }) };
}

export function readKey(members: Members): Decision {
  const op = members.oneOf('op', ['add', 'rotate', 'revoke', 'rotate_log']);
  if (op === 'add') return { kind: 'key', op, key: readKeyFacts(members.object('key')) };
  if (op === 'revoke') {
    const use = members.oneOf('use', ['api', 'record', 'admin']);
    const tenant = use === 'admin' ? {} : { tenant: members.text('tenant', NAME) };
    return { kind: 'key', op, use, ...tenant, id: members.text('id', KID) };
  }
  if (op === 'rotate_log') return { kind: 'key', op, ...readLogKeyRotation(members) };
  const replaces = members.text('replaces', KID);
  const replacedNotAfterMs = members.time('replaced_not_after');
  const key = readKeyFacts(members.object('key'));
  if (key.use === 'edge') throw new MalformedEntry('an edge key does not replace one');
  return { kind: 'key', op, replaces, replacedNotAfterMs, key };
}

function readLogKeyRotation(members: Members): LogKeyRotation {
  return {
    log: members.text('log', NAME),
    origin: members.text('origin', ORIGIN),
    oldKey: members.text('old_key', VERIFIER_KEY),
    newKey: members.text('new_key', VERIFIER_KEY),
    size: members.time('size'),
    checkpoint: members.text('checkpoint', CHECKPOINT),
    overlapUntilMs: members.time('overlap_until'),
  };
}

function readKeyFacts(members: Members): KeyFacts {
  const use = members.oneOf('use', ['api', 'admin', 'record', 'edge']);
  const key = readers[use](members);
  members.end();
  return key;
}

const readers: Readonly<Record<KeyFacts['use'], (members: Members) => KeyFacts>> = {
  api: (members) => ({
    use: 'api',
    id: members.text('id', KEY_ID),
    ...readWindow(members),
    tenant: members.text('tenant', NAME),
    scopes: readScopes(members),
    secretSha256: members.text('secret_sha256', HEX_32),
  }),
  admin: (members) => ({
    use: 'admin',
    id: members.text('id', KEY_ID),
    ...readWindow(members),
    secretSha256: members.text('secret_sha256', HEX_32),
  }),
  record: (members) => ({
    use: 'record',
    id: members.text('id', KID),
    ...readWindow(members),
    tenant: members.text('tenant', NAME),
    material:
      members.oneOf('alg', ['hmac-sha256', 'ed25519']) === 'ed25519'
        ? { alg: 'ed25519', publicKey: readPublicKey(members) }
        : { alg: 'hmac-sha256', generation: members.time('generation') },
  }),
  edge: (members) => ({
    use: 'edge',
    id: members.text('id', KID),
    generation: members.time('generation'),
    publicKey: readPublicKey(members),
  }),
};

function readWindow(members: Members): { readonly notBeforeMs?: number; readonly notAfterMs?: number } {
  const notBeforeMs = members.optional('not_before', () => members.time('not_before'));
  const notAfterMs = members.optional('not_after', () => members.time('not_after'));
  return {
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  };
}

function readScopes(members: Members): readonly ('tenant' | 'reviewer')[] {
  const listed = members.array('scopes');
  const scopes = SCOPES.filter((scope) => listed.includes(scope));
  if (scopes.length === 0 || scopes.length !== listed.length) throw new MalformedEntry('scopes are out of form');
  return scopes;
}

function readPublicKey(members: Members): string {
  const text = members.text('public_key', /^[A-Za-z0-9+/]{43}=$/);
  if (fromBase64(text)?.length !== 32) throw new MalformedEntry('public_key is not 32 bytes');
  return text;
}

export function readPolicy(members: Members): Decision {
  const op = members.oneOf('op', ['put']);
  const tenant = members.text('tenant', NAME);
  const task = members.text('task', NAME);
  const version = members.time('revision');
  const terms = parsePolicyDocument(members.plainObject('policy'));
  if (!terms.ok) throw new MalformedEntry(`policy: ${terms.detail ?? terms.code}`);
  return { kind: 'policy', op, tenant, task, policy: { version, ...terms.value } };
}

export function readAccess(members: Members): Decision {
  const action = members.text('action', ACTION);
  const outcome = members.oneOf('outcome', ['done', 'refused']);
  const tenant = members.optional('tenant', () => members.text('tenant', NAME));
  const target = members.optional('target', () => members.text('target', TARGET));
  return {
    kind: 'access',
    action,
    outcome,
    ...(tenant === undefined ? {} : { tenant }),
    ...(target === undefined ? {} : { target }),
  };
}

export const FOLLOWER_OPS = [
  'dead_letter',
  'retry',
  'skip',
  'pause',
  'resume',
  'reset',
  'stop',
  'damage',
  'mend',
] as const satisfies readonly FollowerFacts['op'][];

export function readFollower(members: Members): Decision {
  const op = members.oneOf('op', FOLLOWER_OPS);
  const follower = members.text('follower', NAME);
  const event = members.text('event', EVENT);
  const log = members.optional('log', () => members.text('log', NAME));
  const index = members.optional('index', () => members.time('index'));
  const code = members.optional('code', () => members.text('code', ACTION));
  const target = members.optional('target', () => members.text('target', TARGET));
  const reason = members.optional('reason', () => members.text('reason', TARGET));
  return {
    kind: 'follower',
    op,
    follower,
    event,
    ...(log === undefined ? {} : { log }),
    ...(index === undefined ? {} : { index }),
    ...(code === undefined ? {} : { code }),
    ...(target === undefined ? {} : { target }),
    ...(reason === undefined ? {} : { reason }),
  };
}

export function readGeneration(members: Members): Decision {
  const log = members.text('log', NAME);
  const origin = members.text('origin', ORIGIN);
  const reason = members.oneOf('reason', ['behind', 'unlike', 'forged', 'guard_lost', 'restored']);
  const closedMs = members.time('closed');
  const size = members.time('size');
  const knownSize = members.optional('known_size', () => members.time('known_size'));
  return { kind: 'generation', log, origin, reason, closedMs, size, ...(knownSize === undefined ? {} : { knownSize }) };
}
