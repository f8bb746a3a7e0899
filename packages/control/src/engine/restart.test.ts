/** Whatever is asked, in whatever order, and whatever fails: the state is the fold of the log, and nothing half-made is in use. */
import { nobleEd25519 } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEntry } from '../entry/entry-body.ts';
import type { Decision } from '../entry/types.ts';
import { ControlError } from '../errors.ts';
import { type Fault, type FaultPlan, newWorld, openIn, type World, withFaults } from '../testing/fixtures.ts';
import type { Control } from './control.ts';

const ANN = { person: 'ann' };
const TENANTS = ['acme', 'zoo', 'third'];
const publicKeys = [1, 2, 3].map((seed) => nobleEd25519.publicKey(new Uint8Array(32).fill(seed)));

type Step = (control: Control) => Promise<unknown>;

/** All that can be seen of a control, but for the secrets. */
function seen(control: Control): unknown {
  return {
    size: control.size(),
    tenants: control.tenants(),
    keys: TENANTS.map((tenant) => control.listKeys(tenant)),
    verify: TENANTS.map((tenant) => control.verificationKeys(tenant)),
    policies: TENANTS.map((tenant) => [...control.policies(tenant)]),
    admins: control.listAdminTokens(),
    edge: [control.edgeKey(), control.edgeVerificationKeys()],
    missing: control.missingSecrets(),
  };
}

const tenant = fc.constantFrom(...TENANTS);
const kid = fc.constantFrom('a', 'b', 'c');
const pick = fc.nat(5);

const step: fc.Arbitrary<Step> = fc.oneof(
  tenant.map(
    (name): Step =>
      (control) =>
        control.createTenant({ tenant: name, actor: ANN }),
  ),
  fc.tuple(tenant, fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined })).map(
    ([name, retentionMs]): Step =>
      (control) =>
        control.setRetention({ tenant: name, actor: ANN, retentionMs }),
  ),
  tenant.map(
    (name): Step =>
      (control) =>
        control.addKey({ tenant: name, use: 'api', actor: ANN }),
  ),
  fc.tuple(tenant, kid, fc.uint8Array({ minLength: 1, maxLength: 3 })).map(
    ([name, id, secret]): Step =>
      (control) =>
        control.addKey({ tenant: name, use: 'record', alg: 'hmac-sha256', kid: id, secret, actor: ANN }),
  ),
  fc.tuple(tenant, kid, fc.nat(2)).map(
    ([name, id, which]): Step =>
      (control) =>
        control.addKey({
          tenant: name,
          use: 'record',
          alg: 'ed25519',
          kid: id,
          publicKey: publicKeys[which]!,
          actor: 'system',
        }),
  ),
  fc.tuple(tenant, pick, fc.nat(1000)).map(
    ([name, which, overlapMs]): Step =>
      (control) => {
        const id = control.listKeys(name)[which]?.id ?? 'none';
        return control.rotateKey({ tenant: name, id, overlapMs, actor: ANN, publicKey: publicKeys[0]! });
      },
  ),
  fc.tuple(tenant, pick).map(
    ([name, which]): Step =>
      (control) => {
        return control.revokeKey({ tenant: name, id: control.listKeys(name)[which]?.id ?? 'none', actor: ANN });
      },
  ),
  fc.tuple(tenant, kid, fc.double({ min: 0, max: 1, noNaN: true })).map(([name, task, risk]): Step => {
    const policy = { mode: 'enforce', accept_risk_max: risk, retry_attempts_max: 1, forbid: ['x'] };
    return (control) => control.putPolicy({ tenant: name, task, policy, actor: ANN });
  }),
  fc.constant<Step>((control) => control.addAdminToken({ actor: ANN })),
  pick.map(
    (which): Step =>
      (control) => {
        return control.revokeAdminToken({ id: control.listAdminTokens()[which]?.id ?? 'none', actor: ANN });
      },
  ),
  fc.constant<Step>((control) => control.recordAccess({ actor: ANN, action: 'look', outcome: 'done' })),
  fc.constant<Step>((control) => control.rotateEdgeKey(ANN)),
);

const steps = fc.array(step, { minLength: 1, maxLength: 25 });

describe('the state of control', () => {
  it('is the fold of its log: a restart sees the same', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const world = newWorld();
        const control = await openIn(world);
        for (const work of list) {
          world.clock.advance(1);
          await work(control);
        }
        expect(seen(await openIn(world))).toEqual(seen(control));
      }),
      { numRuns: 150 },
    );
  });

  it('is the same when all is asked at once', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const world = newWorld();
        const control = await openIn(world);
        await Promise.all(list.map((work) => work(control)));
        expect(seen(await openIn(world))).toEqual(seen(control));
      }),
      { numRuns: 80 },
    );
  });

  it('is the fold of its log when a change fails, kept or not; the same control goes on where only one failed', async () => {
    const fault = fc.constantFrom<Fault>('failed', 'persisted');
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.integer({ min: 1, max: 30 }), fault, async (before, after, at, kind) => {
        const world = newWorld();
        await (await openIn(world)).close();
        const plan: FaultPlan = { seen: 0, at, fault: kind };
        const control = await openIn(withFaults(world, plan));
        for (const work of before) await work(control).catch(expectInjected);
        delete plan.at;
        for (const work of after) await work(control);
        const restarted = await openIn(world);
        await control.recordAccess({ actor: 'system', action: 'look', outcome: 'done' });
        await restarted.recordAccess({ actor: 'system', action: 'look', outcome: 'done' });
        await control.recordAccess({ actor: 'system', action: 'look', outcome: 'done' });
        expect(restarted.missingSecrets()).toEqual([]);
        expect({ ...(seen(control) as object), size: 0 }).toEqual({
          ...(seen(await openIn(world)) as object),
          size: 0,
        });
      }),
      { numRuns: 150 },
    );
  });
});

function expectInjected(error: unknown): void {
  expect(String(error)).toContain('injected');
}

describe('a crash between keyring and log', () => {
  const hmac = (secret: number) =>
    ({
      tenant: 'acme',
      use: 'record',
      alg: 'hmac-sha256',
      kid: 'k',
      secret: new Uint8Array(8).fill(secret),
      actor: 'system',
    }) as const;

  async function crashed(at: number, fault: Fault): Promise<World> {
    const world = newWorld();
    await (await openIn(world)).createTenant({ tenant: 'acme', actor: 'system' });
    const control = await openIn(withFaults(world, { seen: 0, at, fault }));
    await expect(control.addKey(hmac(1))).rejects.toThrow('injected');
    return world;
  }

  it('leaves no key in use; the same or another secret can then be added', async () => {
    for (const [at, fault] of [
      [1, 'failed'],
      [1, 'persisted'],
      [2, 'failed'],
    ] as const) {
      for (const secret of [1, 2]) {
        const world = await crashed(at, fault);
        const control = await openIn(world);
        expect(control.verificationKeys('acme')).toEqual([]);
        expect(control.listKeys('acme')).toEqual([]);
        expect((await control.addKey(hmac(secret))).ok).toBe(true);
        const value = new Uint8Array(8).fill(secret);
        expect(control.verificationKeys('acme')).toEqual([{ alg: 'hmac-sha256', kid: 'k', value }]);
        expect((await openIn(world)).verificationKeys('acme')).toEqual([{ alg: 'hmac-sha256', kid: 'k', value }]);
      }
    }
  });

  it('or behind the log leaves the key whole', async () => {
    const world = await crashed(2, 'persisted');
    const control = await openIn(world);
    expect(control.verificationKeys('acme')).toHaveLength(1);
    expect(await control.addKey(hmac(1))).toMatchObject({ ok: false, code: 'key_taken' });
  });

  it('leaves an orphan that is found and removed, and nothing else is', async () => {
    const world = await crashed(1, 'persisted');
    const control = await openIn(world);
    const names = world.keyring.names('');
    expect(names).toContain('record/acme/k');
    expect(await control.removeOrphanedSecrets()).toEqual(['record/acme/k']);
    expect(world.keyring.names('')).toEqual(names.filter((name) => name !== 'record/acme/k'));
    expect(control.missingSecrets()).toEqual([]);
  });
});

describe('the control log', () => {
  async function openedWith(...bodies: readonly Uint8Array[]): Promise<string> {
    const world = newWorld();
    await openIn(world);
    for (const [index, body] of bodies.entries()) {
      await world.log.append({ kind: 'x', key: new Uint8Array(32).fill(index), digest: new Uint8Array(32), body });
    }
    return openIn(world).then(
      (control) => `opened at ${control.size()}`,
      (error: unknown) => (error instanceof ControlError ? error.code : String(error)),
    );
  }

  const entry = (decision: Decision): Uint8Array => formatEntry({ actor: 'system', timeMs: 1, decision });
  const text = (body: string): Uint8Array => new TextEncoder().encode(body);
  const create = entry({ kind: 'tenant', op: 'create', tenant: 'acme' });
  const policy = { version: 2, mode: 'observe', acceptRiskMax: 0, retryAttemptsMax: 0 } as const;

  it('may hold kinds that others write', async () => {
    expect(await openedWith(text('{"kind":"migration","type":"control","version":9}'), create)).toBe('opened at 3');
  });

  it('is refused where an entry can not be read', async () => {
    const spaced = text(new TextDecoder().decode(create).replace(',', ', '));
    const more = text(new TextDecoder().decode(create).replace('{', '{"a":1,'));
    for (const body of [text('{}'), text('['), text('{"type":"verdict"}'), spaced, more, Uint8Array.of(0xff)]) {
      expect(await openedWith(body)).toBe('control_log_corrupt');
    }
    expect(await openedWith(text(new TextDecoder().decode(create).replace('"version":1', '"version":2')))).toBe(
      'control_version_unknown',
    );
  });

  it('is refused where an entry contradicts those before it', async () => {
    const revoke = entry({ kind: 'key', op: 'revoke', use: 'record', tenant: 'acme', id: 'k' });
    const put = entry({ kind: 'policy', op: 'put', tenant: 'acme', task: 't', policy });
    for (const bodies of [[create, create], [revoke], [create, revoke], [put], [create, put]]) {
      expect(await openedWith(...bodies)).toBe('control_log_corrupt');
    }
  });

  it('with a second writer is noticed, not overwritten', async () => {
    const world = newWorld();
    const first = await openIn(world);
    const second = await openIn(world);
    await first.createTenant({ tenant: 'acme', actor: 'system' });
    // between its catching up and its append, another writer is faster
    const racing: World = {
      ...world,
      log: {
        ...world.log,
        append: async (appended) => {
          await first.putPolicy({
            tenant: 'acme',
            task: 't',
            policy: { mode: 'observe', accept_risk_max: 0.5, retry_attempts_max: 1 },
            actor: 'system',
          });
          return world.log.append(appended);
        },
      },
    };
    const third = await openIn(racing);
    const mine = { mode: 'enforce', accept_risk_max: 0, retry_attempts_max: 0 };
    await expect(third.putPolicy({ tenant: 'acme', task: 't', policy: mine, actor: 'system' })).rejects.toThrow(
      ControlError,
    );
    expect(third.policyOf('acme', 't')).toMatchObject({ version: 1, mode: 'observe' });
    expect((await second.putPolicy({ tenant: 'acme', task: 't', policy: mine, actor: 'system' })).ok).toBe(true);
    expect(second.policyOf('acme', 't')).toMatchObject({ version: 2, mode: 'enforce' });
  });
});
