/**
 * GET /v1/kpis and /admin/v1/kpis: counts of the shard's log by tenant, task and day (followers/counts.ts says what each
 * counts). They are as far as `counted` says; a tenant sees its own and nothing of others (I13).
 */

import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import { type Counts, countsJson } from '../followers/counts.ts';
import { DAYS_MAX, type KpiScope } from '../followers/kpi-follower.ts';
import type { FollowerServices } from './follower-services.ts';
import type { Route, RouteRequest } from './route.ts';
import { nameSchema } from './schemas.ts';

/** Tasks or tenants in one answer. */
const PAGE_NAMES_MAX = 500;
const PAGE_NAMES = 100;
/** Days shown where none are asked for, today included. */
const DAYS = 30;
const DAY_MS = 86_400_000;
const DAY_TEXT_LENGTH = 10;

const daySchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isDay)
  .meta({ description: 'A day, UTC: 2026-01-31.' });
const window = {
  from: daySchema.optional(),
  to: daySchema.optional(),
  after: nameSchema.optional().meta({ description: 'The name after which to go on.' }),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .optional(),
};
const tenantQuery = z.strictObject({ task: nameSchema.optional(), ...window });
const adminQuery = z.strictObject({ tenant: nameSchema.optional(), task: nameSchema.optional(), ...window });

const sum = (what: string) =>
  z
    .string()
    .regex(/^\d+(\.\d{1,9})?$/)
    .meta({ description: `${what}, exact.` });
const byDecision = z.object({
  accept: z.int(),
  retry: z.int(),
  retrieve: z.int(),
  escalate: z.int(),
  block: z.int(),
});
const countsSchema = z.object({
  decisions: byDecision.meta({ description: 'Verdicts as they were given; a replay is none.' }),
  observed: z.int().meta({ description: 'Verdicts among them in mode observe, which guarded nothing.' }),
  equivocations: z.int().meta({ description: 'Ids under which another payload came, one an id.' }),
  resolutions: byDecision.meta({ description: 'Resolutions logged, by what they decided.' }),
  labels: z.object({ grounded: z.int(), ungrounded: z.int() }).meta({ description: 'Labels logged.' }),
  erasures: z.int(),
  usage: z.object({
    records: z.int().meta({ description: 'Records that said what they used; the sums are over these.' }),
    input_tokens: sum('Tokens'),
    output_tokens: sum('Tokens'),
    cost_usd: sum('US dollars'),
  }),
});
const named = (name: string) => z.array(z.object({ [name]: z.string(), counts: countsSchema }));
const shared = {
  counted: z
    .array(z.object({ log: z.string(), entries: z.int(), lag_entries: z.int() }))
    .meta({ description: 'Entries that are counted, and those that are committed and not counted yet.' }),
  total: countsSchema,
  from: daySchema,
  to: daySchema,
  days: named('day').meta({ description: 'Days of the range on which something was counted.' }),
  next: z.string().nullable().meta({ description: 'What to give as `after` for more names; null at the end.' }),
};
const tenantSchema = z.object({ ...shared, tasks: named('task') });
const adminSchema = z.object({ ...shared, tasks: named('task').optional(), tenants: named('tenant').optional() });

export function kpiRoutes(services: FollowerServices): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/kpis',
      operationId: 'getKpis',
      summary: 'Counts of this tenant’s entries, by task and day.',
      auth: 'tenant',
      query: tenantQuery,
      responses: { 200: { description: 'Counts.', schema: tenantSchema } },
      handle: (request) => answer(services, request, { ...request.query, tenant: request.tenant }),
    },
    {
      method: 'GET',
      path: '/admin/v1/kpis',
      operationId: 'getAllKpis',
      summary: 'Counts of all tenants, or of one.',
      auth: 'admin',
      query: adminQuery,
      responses: { 200: { description: 'Counts.', schema: adminSchema } },
      handle: (request) => answer(services, request, request.query),
    },
  ];
}

async function answer({ kpis, kpiStatus, nowMs }: FollowerServices, request: RouteRequest, query: object) {
  const asked = query as z.infer<typeof adminQuery>;
  const { tenant, task, after } = asked;
  const to = asked.to ?? dayOf(nowMs());
  const from = asked.from ?? dayOf(Date.parse(to) - (DAYS - 1) * DAY_MS);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1 || days > DAYS_MAX || (task !== undefined && tenant === undefined)) {
    const detail =
      task !== undefined && tenant === undefined
        ? 'a task is asked for with its tenant'
        : `from and to span 1 to ${DAYS_MAX} days`;
    return refuse({ code: 'request_field_invalid', detail }, request.id);
  }
  const limit = Math.min(PAGE_NAMES_MAX, Number(asked.limit ?? PAGE_NAMES));
  const scope: KpiScope = { tenant, task };
  const names = task !== undefined ? [] : await namesOf(kpis, tenant, limit, after);
  const what = tenant === undefined ? 'tenant' : 'task';
  return json(200, {
    counted: kpiStatus().logs.map(({ log, cursor, lagEntries }) => ({ log, entries: cursor, lag_entries: lagEntries })),
    total: countsJson(await kpis.total(scope)),
    from,
    to,
    days: (await kpis.days(scope, from, to)).map(({ day, counts }) => ({ day, counts: countsJson(counts) })),
    [`${what}s`]: names.map(({ name, counts }) => ({ [what]: name, counts: countsJson(counts) })),
    next: names.length === limit ? (names.at(-1)?.name ?? null) : null,
  });
}

type Named = readonly { name: string; counts: Counts }[];

function namesOf(
  kpis: FollowerServices['kpis'],
  tenant: string | undefined,
  limit: number,
  after?: string,
): Promise<Named> {
  return tenant === undefined ? kpis.tenants(limit, after) : kpis.tasks(tenant, limit, after);
}

/** Whether the calendar has it: a 30th of February is parsed as a day of March, or not at all. */
function isDay(text: string): boolean {
  const timeMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(timeMs) && dayOf(timeMs) === text;
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, DAY_TEXT_LENGTH);
}
