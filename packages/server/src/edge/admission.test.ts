import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Route } from '../routes/route.ts';
import { admission, type RequestHeaders } from './admission.ts';

const route: Route = {
  method: 'POST',
  path: '/x',
  operationId: 'x',
  summary: '',
  auth: 'tenant',
  body: { contentType: 'application/json', schema: z.unknown(), bytesMax: 100, parse: 'json' },
  responses: {},
  handle: () => ({ status: 200, contentType: '', body: '' }),
};
const json = (more: RequestHeaders): RequestHeaders => ({ 'content-type': 'application/json', ...more });

function made() {
  const refused: string[] = [];
  const gate = admission({
    limits: { bodiesBytesMax: 1_000 },
    authenticator: {
      tenant: ({ authorization }) =>
        authorization === undefined ? undefined : { tenant: String(authorization), keyId: 'k', scopes: ['tenant'] },
      admin: ({ 'x-admin': admin }) => (admin === undefined ? undefined : { keyId: 'a' }),
    },
    rateLimiter: { take: () => ({ ok: true }) },
    onCredentialRefused: (auth) => refused.push(auth),
  });
  return { gate, refused };
}

test('bodies of a tenant under way share a quarter of the room; what is released may be used again', () => {
  const { gate } = made();
  const admit = (headers: RequestHeaders) => gate.admit(route, json({ authorization: 'tenant', ...headers }));
  expect(admit({ 'content-length': '100' })).toMatchObject({ ok: true, value: { bodyBytes: 100 } });
  // Larger than the route allows, or of unknown length: as much as the route allows.
  expect(admit({ 'content-length': '100000000' })).toMatchObject({ ok: true, value: { bodyBytes: 100 } });
  expect(admit({ 'transfer-encoding': 'chunked' })).toEqual({ ok: false, refusal: { code: 'busy' } });
  expect(admit({ 'content-length': '50' }).ok).toBe(true);
  expect(admit({ 'content-length': '1' })).toEqual({ ok: false, refusal: { code: 'busy' } });
  expect(admit({ 'content-length': '0' }).ok).toBe(true);
  gate.release({ identity: { tenant: 'tenant', keyId: 'k', scopes: [] }, holder: 'tenant tenant', bodyBytes: 100 });
  expect(admit({ 'transfer-encoding': 'chunked' }).ok).toBe(true);
});

test('one tenant that promises all it may leaves room for others, and all together no more than there is (I13)', () => {
  const { gate } = made();
  const admit = (tenant: string) => gate.admit(route, json({ authorization: tenant, 'content-length': '100' })).ok;
  expect([admit('a'), admit('a'), admit('a')]).toEqual([true, true, false]);
  expect(['b', 'b', 'c', 'c', 'd', 'd', 'e', 'e'].map(admit)).toEqual(Array(8).fill(true));
  expect(admit('f')).toBe(false);
});

test('those without a credential share a sixteenth, and take nothing from operators', () => {
  const { gate } = made();
  const open = { ...route, auth: 'none' } as const;
  const admit = (of: Route, bytes: number, more: RequestHeaders = {}) =>
    gate.admit(of, json({ 'content-length': String(bytes), ...more })).ok;
  expect([admit(open, 62), admit(open, 1)]).toEqual([true, false]);
  const admin = { ...route, auth: 'admin' } as const;
  const operator = { 'x-admin': 'yes' };
  expect([admit(admin, 100, operator), admit(admin, 100, operator), admit(admin, 100, operator)]).toEqual([
    true,
    true,
    false,
  ]);
  gate.release({ identity: { tenant: '', keyId: '', scopes: [] }, holder: 'none', bodyBytes: 62 });
  expect([admit(open, 62), admit(admin, 100, operator)]).toEqual([true, false]);
});

test('nobody, the wrong scope and the wrong door are refused, in that order before anything else', () => {
  const { gate, refused } = made();
  expect(gate.admit(route, {})).toEqual({ ok: false, refusal: { code: 'unauthenticated' } });
  expect(gate.admit({ ...route, auth: 'admin' }, { authorization: 'tenant' })).toMatchObject({ ok: false });
  const scope = gate.admit({ ...route, scope: 'reviewer' }, { authorization: 'tenant' });
  expect(scope).toEqual({ ok: false, refusal: { code: 'forbidden', detail: 'scope reviewer' } });
  expect(gate.admit(route, { authorization: 'tenant' })).toMatchObject({ refusal: { code: 'media_type_unsupported' } });
  expect(refused).toEqual(['tenant', 'admin']);
});
