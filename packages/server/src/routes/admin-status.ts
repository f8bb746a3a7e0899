/** /admin/v1 continued: the state of logs and judges, the access log, people and content keys. */

import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import { actorOf } from './admin.ts';
import type { AdminServices } from './admin-services.ts';
import { controlRefusal } from './control-refusal.ts';
import type { Route } from './route.ts';
import { nameSchema } from './schemas.ts';

const PAGE_ENTRIES_MAX = 1_000;
const count = z.string().regex(/^(0|[1-9]\d{0,14})$/);
const pageQuery = z.strictObject({ from: count.optional(), limit: count.optional() });

const closedSchema = z.object({
  log: z.string(),
  origin: z.string(),
  reason: z.enum(['behind', 'unlike', 'forged', 'guard_lost', 'restored']),
  closed_ms: z.int(),
  size: z.int(),
  shown_size: z.int().meta({ description: 'Entries that the checkpoint it shows covers.' }),
  known_size: z.int().nullable().meta({ description: 'Entries that were published or recorded, where that is known.' }),
  lost: z.int().nullable().meta({ description: 'Of those, the ones that are not here.' }),
});
const shardSchema = z.object({
  shard: z.string(),
  log: z.string().meta({ description: 'The generation that is written, as in /log/<name>/.' }),
  origin: z.string(),
  size: z.int(),
  published_size: z.int(),
  waiting: z.int(),
  stopped: z.string().nullable(),
  guard: z.string().meta({ description: 'ok, or why checkpoints cannot be recorded now.' }),
  closed: z.array(closedSchema).meta({ description: 'Generations that are never signed again, the oldest first.' }),
});
const entrySchema = z.object({
  index: z.int(),
  actor: z.string().meta({ description: 'system, or a pseudonym.' }),
  time_ms: z.int(),
  decision: z.looseObject({ kind: z.string() }),
});
const forgetSchema = z.strictObject({
  tenant: nameSchema.optional().meta({ description: 'Of a reviewer or labeler; absent: an operator.' }),
  person: z.string().min(1).max(256),
});

export function adminStatusRoutes(services: AdminServices): Route[] {
  const { control, limits } = services;
  const shared = { auth: 'admin' } as const;
  const body = { contentType: 'application/json', bytesMax: limits.smallBodyBytesMax, parse: 'json' } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/status',
      operationId: 'status',
      summary: 'The state of this server.',
      responses: {
        200: {
          description: 'State.',
          schema: z.object({
            started_ms: z.int(),
            now_ms: z.int(),
            shards: z.array(shardSchema),
            judges: z.object({ workers_ready: z.int(), queue_tasks: z.int(), queue_bytes: z.int() }),
            missing_secrets: z.array(z.string()),
          }),
        },
      },
      handle: () =>
        json(200, {
          started_ms: services.startedMs,
          now_ms: services.nowMs(),
          shards: services.shards(),
          judges: services.judges(),
          missing_secrets: control.missingSecrets(),
        }),
    },
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/shards',
      operationId: 'listShards',
      summary: 'The logs of this server.',
      responses: { 200: { description: 'Logs.', schema: z.object({ shards: z.array(shardSchema) }) } },
      handle: () => json(200, { shards: services.shards() }),
    },
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/access',
      operationId: 'listAccess',
      summary: `Entries of the control log, at most ${PAGE_ENTRIES_MAX} at once: who decided or looked at what, and when.`,
      query: pageQuery,
      responses: {
        200: {
          description: 'Entries in order; next is null at the end.',
          schema: z.object({ entries: z.array(entrySchema), next: z.int().nullable() }),
        },
      },
      async handle(request) {
        const query = request.query as z.infer<typeof pageQuery>;
        const from = Number(query.from ?? 0);
        const limit = Math.min(PAGE_ENTRIES_MAX, Number(query.limit ?? 100));
        const size = control.size();
        const to = Math.min(from + limit, size);
        const entries = from < to ? await control.entries(from, to) : [];
        await services.recordAccess({ action: 'access.list', outcome: 'done', actor: actorOf(request) });
        return json(200, {
          entries: entries.map(({ index, actor, timeMs, decision }) => ({ index, actor, time_ms: timeMs, decision })),
          next: to < size && to > from ? to : null,
        });
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/people/forget',
      operationId: 'forgetPerson',
      summary: 'Erase the key of a person’s pseudonym: what the logs say of them can be linked to nobody from then on.',
      body: { ...body, schema: forgetSchema },
      responses: { 200: { description: 'Done.', schema: z.object({ forgotten: z.boolean() }) } },
      async handle(request) {
        const { tenant, person } = request.body as z.infer<typeof forgetSchema>;
        const forgotten = await control.forgetPerson(tenant === undefined ? person : personOf(tenant, person));
        await services.recordAccess({ action: 'person.forget', outcome: 'done', actor: actorOf(request) });
        return json(200, { forgotten });
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/tenants/{tenant}/content-key/rotate',
      operationId: 'rotateContentKey',
      summary: 'A new key over a tenant’s content: erased content is out of reach of old pages and files at once.',
      params: z.object({ tenant: nameSchema }),
      responses: {
        200: { description: 'Rotated.', schema: z.object({ generation: z.int(), rewrapped: z.int() }) },
      },
      async handle(request) {
        const tenant = request.params.tenant!;
        if (control.tenant(tenant) === undefined) return refuse(controlRefusal({ code: 'tenant_unknown' }), request.id);
        const report = await services.rotateContentKey(tenant);
        await services.recordAccess({ action: 'content_key.rotate', outcome: 'done', tenant, actor: actorOf(request) });
        return json(200, report);
      },
    },
  ];
}

/** How a reviewer or labeler of a tenant is named to control: the same name under two tenants is two people (I13). */
export function personOf(tenant: string, person: string): string {
  return `${tenant}/${person}`;
}
