import { nobleEd25519, toHex } from '@fractal/tlog';
import { beforeEach, describe, expect, it } from 'vitest';
import { newWorld, openIn, type World } from '../testing/fixtures.ts';
import type { AddedKey, Control } from './control.ts';

const ANN = { person: 'ann@example.com' };
const BEN = { person: 'ben@example.com' };
const SECRET = new TextEncoder().encode('testsecret');
const publicKey = nobleEd25519.publicKey(new Uint8Array(32).fill(5));

let world: World;
let control: Control;

function value<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string }): T {
  if (!result.ok) throw new Error(result.code);
  return result.value;
}

const codeOf = async (work: Promise<{ readonly ok: boolean; readonly code?: string }>): Promise<string | undefined> =>
  (await work).code;

async function apiKey(tenant: string, more: { scopes?: string[]; notBeforeMs?: number; notAfterMs?: number } = {}) {
  const added = value(await control.addKey({ tenant, use: 'api', actor: ANN, ...more }));
  if (added.use !== 'api') throw new Error('no API key');
  return added;
}

const logged = (): string => world.log.held.map(({ body }) => new TextDecoder().decode(body)).join('\n');

beforeEach(async () => {
  world = newWorld();
  control = await openIn(world);
  value(await control.createTenant({ tenant: 'acme', actor: ANN }));
  value(await control.createTenant({ tenant: 'zoo', actor: ANN }));
});

describe('tenants', () => {
  it('are made once, with a tag key each', async () => {
    const size = control.size();
    value(await control.createTenant({ tenant: 'acme', actor: BEN }));
    expect(control.size()).toBe(size);
    expect(control.tenants().map(({ name }) => name)).toEqual(['acme', 'zoo']);
    expect(control.tagKey('acme')).toHaveLength(32);
    expect(toHex(control.tagKey('acme'))).not.toBe(toHex(control.tagKey('zoo')));
    expect(() => control.tagKey('other')).toThrow('no tag key');
  });

  it('have names of their form only', async () => {
    for (const tenant of ['', 'a b', 'a/b', 'ä', 'a'.repeat(65), '\0', 'a\n']) {
      expect([tenant, await codeOf(control.createTenant({ tenant, actor: ANN }))]).toEqual([
        tenant,
        'tenant_name_malformed',
      ]);
    }
    value(await control.createTenant({ tenant: 'A-b_c.9'.padEnd(64, 'x'), actor: ANN }));
  });

  it('have a retention that can be set and lifted', async () => {
    expect(control.tenant('acme')?.retentionMs).toBeUndefined();
    value(await control.setRetention({ tenant: 'acme', actor: ANN, retentionMs: 86_400_000 }));
    expect(control.tenant('acme')?.retentionMs).toBe(86_400_000);
    const size = control.size();
    value(await control.setRetention({ tenant: 'acme', actor: ANN, retentionMs: 86_400_000 }));
    expect(control.size()).toBe(size);
    value(await control.setRetention({ tenant: 'acme', actor: ANN, retentionMs: undefined }));
    value(await control.setRetention({ tenant: 'acme', actor: ANN, retentionMs: 86_400_000 }));
    expect((await openIn(world)).tenant('acme')?.retentionMs).toBe(86_400_000);
    for (const retentionMs of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(await codeOf(control.setRetention({ tenant: 'acme', actor: ANN, retentionMs }))).toBe(
        'retention_malformed',
      );
      expect(await codeOf(control.createTenant({ tenant: 'new', actor: ANN, retentionMs }))).toBe(
        'retention_malformed',
      );
    }
    expect(await codeOf(control.setRetention({ tenant: 'none', actor: ANN, retentionMs: 1 }))).toBe('tenant_unknown');
  });

  it('have a revision that rises with what concerns them and with nothing else', async () => {
    const before = control.tenant('acme')?.revision ?? 0;
    await apiKey('zoo');
    value(await control.recordAccess({ actor: ANN, action: 'vault.read', outcome: 'done', tenant: 'acme' }));
    expect(control.tenant('acme')?.revision).toBe(before);
    await apiKey('acme');
    expect(control.tenant('acme')?.revision).toBeGreaterThan(before);
  });
});

describe('API keys', () => {
  it('let their tenant in, with their scopes, and are kept as a hash', async () => {
    const key = await apiKey('acme', { scopes: ['reviewer', 'tenant'] });
    expect(key.secret).toMatch(/^fk_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(control.authenticate(key.secret)).toEqual({ tenant: 'acme', keyId: key.id, scopes: ['tenant', 'reviewer'] });
    expect((await openIn(world)).authenticate(key.secret)?.tenant).toBe('acme');
    const secretPart = key.secret.split('_')[2] ?? '';
    expect(logged()).not.toContain(secretPart);
    expect(JSON.stringify(control.listKeys('acme'))).not.toContain(secretPart);
    expect(world.keyring.names('').join()).not.toContain(key.id);
  });

  it('let nobody in by any other text', async () => {
    const { secret } = await apiKey('acme');
    const other = await apiKey('zoo');
    const [prefix, id, bytes] = secret.split('_') as [string, string, string];
    const flipped = (bytes[0] === 'a' ? 'b' : 'a') + bytes.slice(1);
    const wrong = [
      '',
      'fk',
      prefix,
      `${prefix}_${id}`,
      `${prefix}_${id}_`,
      `${prefix}_${id}_${flipped}`,
      `fa_${id}_${bytes}`,
      `${prefix}_${other.id}_${bytes}`,
      `${prefix}_${'0'.repeat(16)}_${bytes}`,
      `${secret} `,
      ` ${secret}`,
      `${secret}\n`,
      secret.toUpperCase(),
      secret.slice(0, -1),
      `${secret}0`,
      'undefined',
      '__proto__',
    ];
    for (const text of wrong) expect([text, control.authenticate(text)]).toEqual([text, undefined]);
  });

  it('count from not-before up to, but not at, not-after', async () => {
    const nowMs = world.clock.nowMs();
    const { secret } = await apiKey('acme', { notBeforeMs: nowMs + 10, notAfterMs: nowMs + 20 });
    const at = (ms: number): boolean => {
      world.clock.advance(nowMs + ms - world.clock.nowMs());
      return control.authenticate(secret) !== undefined;
    };
    expect([9, 10, 19, 20, 21].map(at)).toEqual([false, true, true, false, false]);
  });

  it('rotate with an overlap, once', async () => {
    const old = await apiKey('acme', { scopes: ['reviewer'] });
    const rotated = value(await control.rotateKey({ tenant: 'acme', id: old.id, overlapMs: 1000, actor: ANN }));
    if (rotated.use !== 'api') throw new Error('no API key');
    expect(control.authenticate(rotated.secret)?.scopes).toEqual(['reviewer']);
    expect(control.authenticate(old.secret)?.keyId).toBe(old.id);
    expect(await codeOf(control.rotateKey({ tenant: 'acme', id: old.id, overlapMs: 1000, actor: ANN }))).toBe(
      'key_replaced',
    );
    world.clock.advance(1000);
    expect(control.authenticate(old.secret)).toBeUndefined();
    expect(control.authenticate(rotated.secret)?.tenant).toBe('acme');
    const info = control.listKeys('acme').find(({ id }) => id === old.id);
    expect(info).toMatchObject({ replacedBy: rotated.id, notAfterMs: world.clock.nowMs() });
  });

  it('do not live longer by being rotated', async () => {
    const notAfterMs = world.clock.nowMs() + 5;
    const old = await apiKey('acme', { notAfterMs });
    value(await control.rotateKey({ tenant: 'acme', id: old.id, overlapMs: 1000, actor: ANN }));
    expect(control.listKeys('acme').find(({ id }) => id === old.id)?.notAfterMs).toBe(notAfterMs);
  });

  it('are revoked at once and for good', async () => {
    const key = await apiKey('acme');
    value(await control.revokeKey({ tenant: 'acme', id: key.id, actor: ANN }));
    const size = control.size();
    value(await control.revokeKey({ tenant: 'acme', id: key.id, actor: ANN }));
    expect(control.size()).toBe(size);
    expect(control.authenticate(key.secret)).toBeUndefined();
    expect((await openIn(world)).authenticate(key.secret)).toBeUndefined();
    expect(await codeOf(control.rotateKey({ tenant: 'acme', id: key.id, overlapMs: 0, actor: ANN }))).toBe(
      'key_revoked',
    );
  });

  it('are refused with scopes or windows out of form', async () => {
    const add = (more: object) => codeOf(control.addKey({ tenant: 'acme', use: 'api', actor: ANN, ...more }));
    expect(await add({ scopes: [] })).toBe('scope_unknown');
    expect(await add({ scopes: ['admin'] })).toBe('scope_unknown');
    expect(await add({ scopes: ['tenant', 'tenant'] })).toBe('scope_unknown');
    expect(await add({ notBeforeMs: 5, notAfterMs: 5 })).toBe('key_window_malformed');
    expect(await add({ notBeforeMs: -1 })).toBe('key_window_malformed');
    expect(await add({ notAfterMs: 1.5 })).toBe('key_window_malformed');
    expect(await codeOf(control.addKey({ tenant: 'none', use: 'api', actor: ANN }))).toBe('tenant_unknown');
    const { id } = await apiKey('acme');
    for (const overlapMs of [-1, 1.5, Number.NaN]) {
      expect(await codeOf(control.rotateKey({ tenant: 'acme', id, overlapMs, actor: ANN }))).toBe(
        'key_window_malformed',
      );
    }
  });
});

describe('record keys', () => {
  it('verify the records of their tenant', async () => {
    value(
      await control.addKey({
        tenant: 'acme',
        use: 'record',
        alg: 'hmac-sha256',
        kid: 'agents',
        secret: SECRET,
        actor: ANN,
      }),
    );
    value(
      await control.addKey({
        tenant: 'acme',
        use: 'record',
        alg: 'ed25519',
        kid: 'ci',
        publicKey,
        notAfterMs: 9e12,
        actor: ANN,
      }),
    );
    for (const one of [control, await openIn(world)]) {
      expect(one.verificationKeys('acme')).toEqual([
        { alg: 'hmac-sha256', kid: 'agents', value: SECRET },
        { alg: 'ed25519', kid: 'ci', value: publicKey, notAfterMs: 9e12 },
      ]);
      expect(one.verificationKeys('zoo')).toEqual([]);
      expect(one.verificationKeys('none')).toEqual([]);
    }
    expect(logged()).not.toContain('testsecret');
    expect(logged()).not.toContain(Buffer.from(SECRET).toString('base64'));
    expect(logged()).not.toContain(toHex(SECRET));
  });

  it('are made where none is given, and shown once', async () => {
    const added = value(await control.addKey({ tenant: 'acme', use: 'record', alg: 'hmac-sha256', actor: ANN }));
    if (added.use !== 'record') throw new Error('no record key');
    expect(added.secret).toHaveLength(32);
    expect(added.id).toMatch(/^k-[0-9a-f]{12}$/);
    expect(control.verificationKeys('acme')[0]?.value).toEqual(added.secret);
    const given = value(
      await control.addKey({ tenant: 'acme', use: 'record', alg: 'hmac-sha256', secret: SECRET, actor: ANN }),
    );
    expect(given).toEqual({ use: 'record', id: given.id });
  });

  it('have a kid once in a tenant, and independently in another', async () => {
    const add = (tenant: string) =>
      control.addKey({ tenant, use: 'record', alg: 'ed25519', kid: 'k', publicKey, actor: ANN });
    value(await add('acme'));
    expect(await codeOf(add('acme'))).toBe('key_taken');
    value(await add('zoo'));
    value(await control.revokeKey({ tenant: 'acme', id: 'k', actor: ANN }));
    expect(await codeOf(add('acme'))).toBe('key_taken');
    expect(control.verificationKeys('acme')).toEqual([]);
    expect(control.verificationKeys('zoo')).toHaveLength(1);
  });

  it('rotate with an overlap in which both verify', async () => {
    value(
      await control.addKey({
        tenant: 'acme',
        use: 'record',
        alg: 'hmac-sha256',
        kid: 'one',
        secret: SECRET,
        actor: ANN,
      }),
    );
    value(await control.rotateKey({ tenant: 'acme', id: 'one', kid: 'two', overlapMs: 1000, actor: ANN }));
    const [one, two] = control.verificationKeys('acme');
    expect(one).toMatchObject({ kid: 'one', notAfterMs: world.clock.nowMs() + 1000 });
    expect(two?.kid).toBe('two');
    expect(two?.notAfterMs).toBeUndefined();
    const third = await control.rotateKey({ tenant: 'acme', id: 'two', kid: 'one', overlapMs: 0, actor: ANN });
    expect(third).toMatchObject({ ok: false, code: 'key_taken' });
    value(await control.addKey({ tenant: 'acme', use: 'record', alg: 'ed25519', kid: 'ed', publicKey, actor: ANN }));
    expect(await codeOf(control.rotateKey({ tenant: 'acme', id: 'ed', overlapMs: 0, actor: ANN }))).toBe(
      'key_malformed',
    );
    value(await control.rotateKey({ tenant: 'acme', id: 'ed', kid: 'ed2', publicKey, overlapMs: 0, actor: ANN }));
  });

  it('are forgotten when revoked', async () => {
    value(
      await control.addKey({ tenant: 'acme', use: 'record', alg: 'hmac-sha256', kid: 'k', secret: SECRET, actor: ANN }),
    );
    expect(world.keyring.generations('record/acme/k')).toEqual([1]);
    value(await control.revokeKey({ tenant: 'acme', id: 'k', actor: ANN }));
    expect(world.keyring.generations('record/acme/k')).toEqual([]);
    expect(control.missingSecrets()).toEqual([]);
  });

  it('are refused out of form', async () => {
    const hmac = (more: object) =>
      codeOf(control.addKey({ tenant: 'acme', use: 'record', alg: 'hmac-sha256', actor: ANN, ...more }));
    const ed25519 = (key: Uint8Array) =>
      codeOf(control.addKey({ tenant: 'acme', use: 'record', alg: 'ed25519', publicKey: key, actor: ANN }));
    expect(await hmac({ secret: new Uint8Array() })).toBe('key_malformed');
    expect(await hmac({ secret: new Uint8Array(1025) })).toBe('key_malformed');
    expect(await hmac({ kid: '' })).toBe('key_malformed');
    expect(await hmac({ kid: 'a b' })).toBe('key_malformed');
    expect(await hmac({ kid: 'a'.repeat(129) })).toBe('key_malformed');
    expect(await ed25519(new Uint8Array(32))).toBe('key_malformed'); // of small order
    expect(await ed25519(new Uint8Array(31))).toBe('key_malformed');
    expect(control.listKeys('acme')).toEqual([]);
  });

  it('whose secret is not in the keyring verify nothing, and are named', async () => {
    value(
      await control.addKey({ tenant: 'acme', use: 'record', alg: 'hmac-sha256', kid: 'k', secret: SECRET, actor: ANN }),
    );
    await world.keyring.remove('record/acme/k', 1);
    expect(control.verificationKeys('acme')).toEqual([]);
    expect(control.missingSecrets()).toEqual(['record/acme/k']);
  });
});

describe('tenants are walls (I13)', () => {
  it('no verb finds a key of another tenant', async () => {
    const key = await apiKey('acme');
    value(await control.addKey({ tenant: 'acme', use: 'record', alg: 'ed25519', kid: 'k', publicKey, actor: ANN }));
    for (const id of [key.id, 'k']) {
      expect(await codeOf(control.revokeKey({ tenant: 'zoo', id, actor: BEN }))).toBe('key_unknown');
      expect(await codeOf(control.rotateKey({ tenant: 'zoo', id, overlapMs: 0, actor: BEN }))).toBe('key_unknown');
    }
    expect(control.listKeys('zoo')).toEqual([]);
    expect(control.authenticate(key.secret)?.tenant).toBe('acme');
    value(await control.putPolicy({ tenant: 'acme', task: 't', policy: enforce, actor: ANN }));
    expect(control.policyOf('zoo', 't')?.version).toBe(0);
    expect(control.policies('zoo').size).toBe(0);
  });
});

const enforce = { mode: 'enforce', accept_risk_max: 0.2, retry_attempts_max: 2 };

describe('policies', () => {
  it('are the default as version 0 until one is put, and undefined without a tenant (I10)', () => {
    expect(control.policyOf('acme', 'qa')).toEqual({
      version: 0,
      mode: 'observe',
      acceptRiskMax: 0.3,
      retryAttemptsMax: 3,
    });
    expect(control.policyOf('none', 'qa')).toBeUndefined();
  });

  it('rise in version, by task', async () => {
    const put = (task: string, more: object = {}) =>
      control.putPolicy({ tenant: 'acme', task, policy: { ...enforce, ...more }, actor: ANN });
    expect(value(await put('qa')).version).toBe(1);
    expect(value(await put('qa', { accept_risk_max: 0.123456789 }))).toEqual({
      version: 2,
      mode: 'enforce',
      acceptRiskMax: 0.123456789,
      retryAttemptsMax: 2,
    });
    expect(value(await put('other', { forbid: ['guarantee'], require_signals: ['nli'] })).version).toBe(1);
    for (const one of [control, await openIn(world)]) {
      expect(one.policyOf('acme', 'qa')?.version).toBe(2);
      expect(one.policyOf('acme', 'other')).toEqual({
        version: 1,
        mode: 'enforce',
        acceptRiskMax: 0.2,
        retryAttemptsMax: 2,
        forbid: ['guarantee'],
        requireSignals: ['nli'],
      });
      expect([...one.policies('acme').keys()]).toEqual(['qa', 'other']);
    }
  });

  it('can be put on condition of the version that is in force', async () => {
    const put = (expectedVersion: number, risk: number) => {
      const policy = { ...enforce, accept_risk_max: risk };
      return control.putPolicy({ tenant: 'acme', task: 'qa', policy, actor: ANN, expectedVersion });
    };
    expect(await codeOf(put(1, 0.5))).toBe('version_conflict');
    const both = await Promise.all([put(0, 0.5), put(0, 0.6)]);
    expect(both.map(({ ok }) => ok)).toEqual([true, false]);
    expect(control.policyOf('acme', 'qa')).toMatchObject({ version: 1, acceptRiskMax: 0.5 });
  });

  it('that say the same as the one in force make no version, also asked again after a lost answer', async () => {
    const put = (policy: object, expectedVersion?: number) =>
      control.putPolicy({
        tenant: 'acme',
        task: 'qa',
        policy,
        actor: ANN,
        ...(expectedVersion === undefined ? {} : { expectedVersion }),
      });
    const same = { retry_attempts_max: 2, accept_risk_max: 0.2000000001, mode: 'enforce' };
    expect(value(await put(enforce, 0)).version).toBe(1);
    const size = control.size();
    for (const expected of [undefined, 0, 1]) expect(value(await put(same, expected)).version).toBe(1);
    expect(await codeOf(put(same, 2))).toBe('version_conflict');
    expect(control.size()).toBe(size);
    expect(value(await put({ ...enforce, forbid: ['x'] }, 1)).version).toBe(2);
    expect(await codeOf(put(enforce, 1))).toBe('version_conflict');
    expect(value(await put(enforce)).version).toBe(3);
  });

  it('are refused out of form, with nothing logged', async () => {
    const size = control.size();
    const bad: unknown[] = [
      undefined,
      null,
      [],
      'x',
      {},
      { ...enforce, mode: 'block' },
      { ...enforce, accept_risk_max: 1.01 },
      { ...enforce, accept_risk_max: -0.1 },
      { ...enforce, accept_risk_max: Number.NaN },
      { ...enforce, accept_risk_max: '0.2' },
      { ...enforce, retry_attempts_max: 101 },
      { ...enforce, retry_attempts_max: 1.5 },
      { ...enforce, extra: 1 },
      { ...enforce, version: 3 },
      { ...enforce, forbid: 'x' },
      { ...enforce, forbid: [''] },
      { ...enforce, forbid: [1] },
      { ...enforce, forbid: ['\ud800'] },
      { ...enforce, forbid: Array(257).fill('x') },
      { ...enforce, require_signals: ['x'.repeat(65)] },
    ];
    for (const policy of bad) {
      expect(await codeOf(control.putPolicy({ tenant: 'acme', task: 'qa', policy, actor: ANN }))).toBe(
        'task_policy_malformed',
      );
    }
    expect(await codeOf(control.putPolicy({ tenant: 'acme', task: 'a b', policy: enforce, actor: ANN }))).toBe(
      'task_name_malformed',
    );
    expect(await codeOf(control.putPolicy({ tenant: 'none', task: 'qa', policy: enforce, actor: ANN }))).toBe(
      'tenant_unknown',
    );
    expect(control.size()).toBe(size);
  });
});

describe('operators', () => {
  it('come in by a token that is kept as a hash', async () => {
    const token = value(await control.addAdminToken({ actor: 'system' })) as AddedKey & { readonly secret: string };
    expect(token.secret).toMatch(/^fa_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(control.authenticateAdmin(token.secret)).toEqual({ keyId: token.id });
    expect(control.authenticate(token.secret)).toBeUndefined();
    const key = await apiKey('acme');
    expect(control.authenticateAdmin(key.secret)).toBeUndefined();
    expect(logged()).not.toContain(token.secret.split('_')[2]);
    expect(control.listAdminTokens().map(({ id }) => id)).toEqual([token.id]);
    value(await control.revokeAdminToken({ id: token.id, actor: ANN }));
    expect(control.authenticateAdmin(token.secret)).toBeUndefined();
    expect((await openIn(world)).authenticateAdmin(token.secret)).toBeUndefined();
    expect(await codeOf(control.revokeAdminToken({ id: key.id, actor: ANN }))).toBe('key_unknown');
  });

  it('find the same edge key after a restart; an older one still verifies', async () => {
    const first = control.edgeKey();
    expect(nobleEd25519.publicKey(first.secret)).toEqual(first.publicKey);
    expect((await openIn(world)).edgeKey()).toEqual(first);
    const second = await control.rotateEdgeKey(ANN);
    expect(control.edgeKey()).toEqual(second);
    expect(control.edgeVerificationKeys().map(({ kid }) => kid)).toEqual([first.kid, second.kid]);
    expect(logged()).not.toContain(Buffer.from(first.secret).toString('base64'));
  });
});

describe('who did it', () => {
  it('is a pseudonym in every entry, the same for the same person', async () => {
    await apiKey('acme');
    value(await control.putPolicy({ tenant: 'acme', task: 'qa', policy: enforce, actor: BEN }));
    value(
      await control.recordAccess({
        actor: BEN,
        action: 'vault.read',
        outcome: 'refused',
        tenant: 'acme',
        target: 'f'.repeat(64),
      }),
    );
    const entries = await control.entries(0, control.size());
    expect(entries.map(({ index }) => index)).toEqual(entries.map((_, index) => index));
    const [edge, acme, zoo, key, policy, access] = entries;
    expect(edge?.actor).toBe('system');
    expect(acme?.actor).toMatch(/^p_[0-9a-f]{32}$/);
    expect(zoo?.actor).toBe(acme?.actor);
    expect(key?.actor).toBe(acme?.actor);
    expect(policy?.actor).not.toBe(acme?.actor);
    expect(access).toMatchObject({
      actor: policy?.actor,
      timeMs: world.clock.nowMs(),
      decision: { kind: 'access', outcome: 'refused' },
    });
    expect(logged()).not.toMatch(/ann|ben@|example\.com/);
    expect(world.keyring.names('').join()).not.toMatch(/ann|ben@|example\.com/);
  });

  it('is the same pseudonym where others log about the person', async () => {
    const [first] = await control.entries(1, 2);
    expect(await control.pseudonymOf(ANN.person)).toBe(first?.actor);
    expect(await control.pseudonymOf(BEN.person)).not.toBe(first?.actor);
  });

  it('can be forgotten: nobody can link the pseudonym any more', async () => {
    const [before] = (await control.entries(1, 2)).map(({ actor }) => actor);
    expect(await control.forgetPerson(ANN.person)).toBe(true);
    expect(await control.forgetPerson(ANN.person)).toBe(false);
    expect(await control.forgetPerson('nobody')).toBe(false);
    await apiKey('acme');
    const [after] = (await control.entries(control.size() - 1, control.size())).map(({ actor }) => actor);
    expect(after).not.toBe(before);
    expect((await control.entries(1, 2))[0]?.actor).toBe(before);
  });

  it('did what, is refused out of form', async () => {
    const access = { actor: ANN, action: 'vault.read', outcome: 'done' as const };
    for (const more of [
      { action: 'Read!' },
      { action: '' },
      { outcome: 'maybe' as 'done' },
      { target: 'a b' },
      { tenant: 'a/b' },
    ]) {
      expect(await codeOf(control.recordAccess({ ...access, ...more }))).toBe('access_malformed');
    }
  });
});

describe('what followers did', () => {
  const facts = { op: 'skip', follower: 'kpi', event: 'a'.repeat(32), log: '0', index: 3, reason: 'OPS-12' } as const;

  it('is logged once an event, under a pseudonym, and changes nothing', async () => {
    value(await control.recordFollower({ actor: ANN, ...facts }));
    value(await control.recordFollower({ actor: ANN, ...facts }));
    const entries = (await control.entries(0, control.size())).filter(({ decision }) => decision.kind === 'follower');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ decision: { kind: 'follower', ...facts } });
    expect(entries[0]?.actor).toMatch(/^p_[0-9a-f]{32}$/);
    value(await control.recordFollower({ actor: 'system', ...facts, event: 'b'.repeat(32) }));
    expect((await openIn(world)).size()).toBe(control.size());
  });

  it('is refused out of form', async () => {
    for (const more of [
      { op: 'delete' as 'skip' },
      { follower: 'a b' },
      { event: 'A'.repeat(32) },
      { log: '' },
      { index: -1 },
      { index: 0.5 },
      { code: 'No' },
      { target: 'a b' },
      { reason: 'because of Ann' },
      { reason: 'x'.repeat(257) },
    ]) {
      expect(await codeOf(control.recordFollower({ actor: ANN, ...facts, ...more }))).toBe('follower_malformed');
    }
    value(await control.recordFollower({ actor: ANN, ...facts, event: 'c'.repeat(32), reason: 'x'.repeat(256) }));
  });
});

describe('what became of logs', () => {
  const facts = { log: '0', origin: 'x.org/0', reason: 'behind', closedMs: 5, size: 3, knownSize: 7 } as const;

  it('is logged once for all that is said of it, and changes nothing', async () => {
    for (const said of [facts, facts, { ...facts, size: 4 }]) value(await control.recordGeneration(said));
    const entries = (await control.entries(0, control.size())).filter(({ decision }) => decision.kind === 'generation');
    expect(entries.map(({ decision }) => decision)).toEqual(
      [facts, { ...facts, size: 4 }].map((said) => ({ kind: 'generation', ...said })),
    );
    expect((await openIn(world)).size()).toBe(control.size());
  });

  it('is refused where it could not be read back', async () => {
    for (const wrong of [{ log: 'a b' }, { origin: 'a b' }, { origin: '' }, { origin: 'x'.repeat(513) }]) {
      expect(await codeOf(control.recordGeneration({ ...facts, ...wrong }))).toBe('access_malformed');
    }
    value(await control.recordGeneration({ ...facts, origin: 'x'.repeat(512) }));
  });
});
