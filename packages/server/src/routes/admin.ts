/**
 * /admin/v1: tenants, keys, access log, state of the logs. For operators with the admin token; a tenant's API key opens
 * none of it. Secrets are shown once, in the answer that makes them. Reads of keys and of the access log are themselves
 * logged as access.
 */

import type { KeyInfo, TenantInfo } from '@fractal/control';
import { formatInstant, parseInstant } from '@fractal/record';
import { fromBase64, toBase64 } from '@fractal/tlog';
import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import type { AdminServices } from './admin-services.ts';
import { controlRefusal } from './control-refusal.ts';
import type { Route, RouteRequest } from './route.ts';
import { nameSchema } from './schemas.ts';

const tenantParams = z.object({ tenant: nameSchema });
const keyParams = z.object({ id: z.string().min(1).max(128) });
const base64 = z.string().max(4096);
const instant = z
  .string()
  .refine((text) => parseInstant(text) !== undefined)
  .meta({ description: 'RFC 3339, UTC.' });
const window = { not_before: instant.optional(), not_after: instant.optional() };

const tenantSchema = z.object({ name: nameSchema, created: instant, retention_ms: z.int().nullable() });
const keySchema = z.object({
  use: z.enum(['api', 'record', 'admin']),
  id: z.string(),
  created: instant,
  not_before: instant.optional(),
  not_after: instant.optional(),
  revoked: instant.optional(),
  replaced_by: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  alg: z.string().optional(),
  public_key: z.string().optional(),
});
const addedKeySchema = z.object({
  use: z.enum(['api', 'record', 'admin']),
  id: z.string(),
  secret: z
    .string()
    .optional()
    .meta({ description: 'Shown once. An API key as it is sent; an HMAC secret in base64.' }),
});

const addKeySchema = z.discriminatedUnion('use', [
  z.strictObject({
    tenant: nameSchema,
    use: z.literal('api'),
    scopes: z.array(z.string()).max(8).optional(),
    ...window,
  }),
  z.strictObject({
    tenant: nameSchema,
    use: z.literal('record'),
    alg: z.enum(['hmac-sha256', 'ed25519']),
    kid: z.string().max(128).optional(),
    secret: base64.optional().meta({ description: 'HMAC: made where absent.' }),
    public_key: base64.optional().meta({ description: 'Ed25519: 32 bytes.' }),
    ...window,
  }),
]);
const rotateKeySchema = z.strictObject({
  tenant: nameSchema,
  overlap_seconds: z.int().min(0).max(1e9),
  kid: z.string().max(128).optional(),
  secret: base64.optional(),
  public_key: base64.optional(),
});
const createTenantSchema = z.strictObject({ name: nameSchema, retention_ms: z.int().min(1).optional() });
const retentionSchema = z.strictObject({ retention_ms: z.int().min(1).nullable() });

export function tenantRoutes({ control, prepareTenant, limits }: AdminServices): Route[] {
  const shared = { auth: 'admin' } as const;
  const body = { contentType: 'application/json', bytesMax: limits.smallBodyBytesMax, parse: 'json' } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/tenants',
      operationId: 'listTenants',
      summary: 'All tenants.',
      responses: { 200: { description: 'Tenants.', schema: z.object({ tenants: z.array(tenantSchema) }) } },
      handle: () => json(200, { tenants: control.tenants().map(tenantJson) }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/tenants',
      operationId: 'createTenant',
      summary: 'Make a tenant; again is no change.',
      body: { ...body, schema: createTenantSchema },
      responses: { 200: { description: 'The tenant.', schema: tenantSchema } },
      async handle(request) {
        const { name, retention_ms: retentionMs } = request.body as z.infer<typeof createTenantSchema>;
        const retention = retentionMs === undefined ? {} : { retentionMs };
        const created = await control.createTenant({ tenant: name, actor: actorOf(request), ...retention });
        if (!created.ok) return refuse(controlRefusal(created), request.id);
        await prepareTenant(name);
        return json(200, tenantJson(created.value));
      },
    },
    {
      ...shared,
      method: 'PUT',
      path: '/admin/v1/tenants/{tenant}/retention',
      operationId: 'setRetention',
      summary: 'How long content put from now on is kept; null: until it is erased.',
      params: tenantParams,
      body: { ...body, schema: retentionSchema },
      responses: { 200: { description: 'The tenant.', schema: tenantSchema } },
      async handle(request) {
        const { retention_ms: retentionMs } = request.body as z.infer<typeof retentionSchema>;
        const set = await control.setRetention({
          tenant: request.params.tenant!,
          actor: actorOf(request),
          retentionMs: retentionMs ?? undefined,
        });
        return set.ok ? json(200, tenantJson(set.value)) : refuse(controlRefusal(set), request.id);
      },
    },
  ];
}

export function keyRoutes({ control, limits, recordAccess }: AdminServices): Route[] {
  const shared = { auth: 'admin' } as const;
  const body = { contentType: 'application/json', bytesMax: limits.smallBodyBytesMax, parse: 'json' } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/keys',
      operationId: 'listKeys',
      summary: 'Keys of a tenant, without their secrets.',
      query: z.strictObject({ tenant: nameSchema }),
      responses: { 200: { description: 'Keys, oldest first.', schema: z.object({ keys: z.array(keySchema) }) } },
      async handle(request) {
        const { tenant } = request.query as { tenant: string };
        if (control.tenant(tenant) === undefined) return refuse({ code: 'tenant_unknown' }, request.id);
        await recordAccess({ action: 'keys.list', outcome: 'done', tenant, actor: actorOf(request) });
        return json(200, { keys: control.listKeys(tenant).map(keyJson) });
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/keys',
      operationId: 'addKey',
      summary: 'Add an API key or a record key.',
      body: { ...body, schema: addKeySchema },
      responses: { 200: { description: 'The key; its secret is shown this once.', schema: addedKeySchema } },
      async handle(request) {
        const asked = request.body as z.infer<typeof addKeySchema>;
        const shape = { tenant: asked.tenant, actor: actorOf(request), ...windowOf(asked) };
        if (asked.use === 'api') {
          const scopes = asked.scopes === undefined ? {} : { scopes: asked.scopes };
          return added(await control.addKey({ ...shape, use: 'api', ...scopes }), request);
        }
        const material = materialOf(asked);
        if (material === undefined) return refuse({ code: 'base64_malformed' }, request.id);
        const kid = asked.kid === undefined ? {} : { kid: asked.kid };
        if (asked.alg === 'hmac-sha256') {
          const secret = material.secret === undefined ? {} : { secret: material.secret };
          return added(await control.addKey({ ...shape, ...kid, use: 'record', alg: asked.alg, ...secret }), request);
        }
        const publicKey = material.publicKey ?? new Uint8Array(0);
        return added(await control.addKey({ ...shape, ...kid, use: 'record', alg: asked.alg, publicKey }), request);
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/keys/{id}/rotate',
      operationId: 'rotateKey',
      summary: 'A new key of the same kind; the old one ends after the overlap.',
      params: keyParams,
      body: { ...body, schema: rotateKeySchema },
      responses: { 200: { description: 'The new key.', schema: addedKeySchema } },
      async handle(request) {
        const asked = request.body as z.infer<typeof rotateKeySchema>;
        const material = materialOf(asked);
        if (material === undefined) return refuse({ code: 'base64_malformed' }, request.id);
        const kid = asked.kid === undefined ? {} : { kid: asked.kid };
        const rotated = await control.rotateKey({
          tenant: asked.tenant,
          id: request.params.id!,
          overlapMs: asked.overlap_seconds * 1000,
          actor: actorOf(request),
          ...kid,
          ...material,
        });
        return added(rotated, request);
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/keys/{id}/revoke',
      operationId: 'revokeKey',
      summary: 'Revoke a key, at once and for good.',
      params: keyParams,
      body: { ...body, schema: z.strictObject({ tenant: nameSchema }) },
      responses: { 200: { description: 'The key.', schema: keySchema } },
      async handle(request) {
        const { tenant } = request.body as { tenant: string };
        const revoked = await control.revokeKey({ tenant, id: request.params.id!, actor: actorOf(request) });
        return revoked.ok ? json(200, keyJson(revoked.value)) : refuse(controlRefusal(revoked), request.id);
      },
    },
  ];
}

type Made = Awaited<ReturnType<AdminServices['control']['addKey' | 'rotateKey']>>;

function added(made: Made, { id }: RouteRequest) {
  if (!made.ok) return refuse(controlRefusal(made), id);
  const { use, id: keyId, secret } = made.value;
  const text = secret instanceof Uint8Array ? toBase64(secret) : secret;
  return json(200, { use, id: keyId, ...(text !== undefined ? { secret: text } : {}) });
}

/** Undefined where a text is not base64. */
function materialOf(asked: {
  secret?: string | undefined;
  public_key?: string | undefined;
}): { secret?: Uint8Array; publicKey?: Uint8Array } | undefined {
  const secret = asked.secret === undefined ? undefined : fromBase64(asked.secret);
  const publicKey = asked.public_key === undefined ? undefined : fromBase64(asked.public_key);
  if ((asked.secret !== undefined && !secret) || (asked.public_key !== undefined && !publicKey)) return undefined;
  return { ...(secret ? { secret } : {}), ...(publicKey ? { publicKey } : {}) };
}

function windowOf(asked: { not_before?: string | undefined; not_after?: string | undefined }) {
  const notBeforeMs = asked.not_before === undefined ? undefined : parseInstant(asked.not_before);
  const notAfterMs = asked.not_after === undefined ? undefined : parseInstant(asked.not_after);
  return {
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  };
}

/** An operator is known by the admin token used. */
export function actorOf({ keyId }: RouteRequest): { person: string } {
  return { person: `admin token ${keyId}` };
}

function tenantJson({ name, createdMs, retentionMs }: TenantInfo) {
  return { name, created: formatInstant(createdMs), retention_ms: retentionMs ?? null };
}

function keyJson(key: KeyInfo) {
  return {
    use: key.use,
    id: key.id,
    created: formatInstant(key.createdMs),
    ...(key.notBeforeMs === undefined ? {} : { not_before: formatInstant(key.notBeforeMs) }),
    ...(key.notAfterMs === undefined ? {} : { not_after: formatInstant(key.notAfterMs) }),
    ...(key.revokedMs === undefined ? {} : { revoked: formatInstant(key.revokedMs) }),
    ...(key.replacedBy === undefined ? {} : { replaced_by: key.replacedBy }),
    ...(key.scopes === undefined ? {} : { scopes: key.scopes }),
    ...(key.alg === undefined ? {} : { alg: key.alg }),
    ...(key.publicKey === undefined ? {} : { public_key: toBase64(key.publicKey) }),
  };
}
