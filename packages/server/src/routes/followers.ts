/**
 * /admin/v1/followers and /admin/v1/damage: how far each follower is, what it put aside, and what an operator may do about
 * it. Each change is logged in the control log under a pseudonym of whoever asked; it holds no text of a person, so a
 * reason is a word or a ticket.
 */

import type { FollowerStatus, RunningFollower, VerbOutcome } from '@fractal/ledger';
import { formatInstant } from '@fractal/record';
import { z } from 'zod';
import { knownRefusal } from '../commit/failure.ts';
import { json, refuse } from '../edge/answer.ts';
import { actorOf } from './admin.ts';
import type { FollowerServices } from './follower-services.ts';
import type { Route, RouteRequest } from './route.ts';
import { nameSchema } from './schemas.ts';

/** Dead letters in one answer. */
const PAGE_LETTERS_MAX = 500;
const PAGE_LETTERS = 100;

const count = z.string().regex(/^(0|[1-9]\d{0,14})$/);
const index = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instant = z.string().meta({ description: 'RFC 3339, UTC.' });
const params = z.object({ name: nameSchema });
const placeSchema = z.strictObject({ log: nameSchema, index });
const skipSchema = z.strictObject({
  log: nameSchema,
  index,
  reason: z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/)
    .meta({ description: 'A word or a ticket, printable ASCII without spaces: it is logged for good.' }),
});

const followerLogSchema = z.object({
  log: z.string(),
  cursor: z.int().meta({ description: 'The first index that is not handled.' }),
  size: z.int(),
  lag_entries: z.int(),
  lag_ms: z.number().meta({ description: 'How long the oldest entry that is not handled has been known here.' }),
  dead_letters: z.int(),
  failures: z.int().meta({ description: 'Failed calls since the start.' }),
});
const followerSchema = z.object({
  name: z.string(),
  state: z.enum(['starting', 'following', 'failing', 'paused', 'stopped', 'closed']),
  order: z.enum(['strict', 'any']),
  effect: z.enum(['rows', 'external']),
  stopped: z
    .object({ code: z.string(), log: z.string().nullable(), index: z.int().nullable() })
    .nullable()
    .meta({ description: 'Why it stopped by itself.' }),
  failure: z
    .object({ code: z.string(), message: z.string(), in_a_row: z.int() })
    .nullable()
    .meta({ description: 'The last failure, while it fails.' }),
  laps: z.int(),
  logs: z.array(followerLogSchema),
});
const deadLetterSchema = z.object({
  log: z.string(),
  index: z.int(),
  attempts: z.int(),
  first: instant,
  last: instant,
  code: z.string(),
  message: z.string(),
});
const damageSchema = z.object({ log: z.string(), what: z.string(), problem: z.string(), rebuildable: z.boolean() });

export function followerRoutes({ running, damages, limits, onFault }: FollowerServices): Route[] {
  const shared = { auth: 'admin' } as const;
  const body = { contentType: 'application/json', bytesMax: limits.smallBodyBytesMax, parse: 'json' } as const;
  const responses = { 200: { description: 'The follower.', schema: followerSchema } };

  /** Does something with the follower named, and answers how it is then. */
  const verb = async (request: RouteRequest, work: (follower: RunningFollower) => Promise<VerbOutcome>) => {
    const follower = running().get(request.params.name!);
    if (follower === undefined) return refuse({ code: 'follower_unknown' }, request.id);
    try {
      const done = await work(follower);
      return done.ok ? json(200, followerJson(follower.status())) : refuse(done, request.id);
    } catch (error) {
      const refusal = knownRefusal(error);
      if (refusal === undefined) onFault(request.id, error);
      return refuse(refusal ?? { code: 'follower_failing' }, request.id);
    }
  };
  const plainVerb = (name: 'pause' | 'resume' | 'reset', summary: string): Route => ({
    ...shared,
    method: 'POST',
    path: `/admin/v1/followers/{name}/${name}`,
    operationId: `${name}Follower`,
    summary,
    params,
    responses,
    handle: (request) => verb(request, (follower) => follower[name](actorOf(request))),
  });

  return [
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/followers',
      operationId: 'listFollowers',
      summary: 'Followers of the logs, and how far each is.',
      responses: {
        200: { description: 'In order of name.', schema: z.object({ followers: z.array(followerSchema) }) },
      },
      handle: () => json(200, { followers: [...running().values()].map((each) => followerJson(each.status())) }),
    },
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/followers/{name}/dead-letters',
      operationId: 'listDeadLetters',
      summary: `Entries that a follower put aside, at most ${PAGE_LETTERS_MAX} at once.`,
      params,
      query: z.strictObject({
        after_log: nameSchema.optional().meta({ description: 'With after_index: the place after which to go on.' }),
        after_index: count.optional(),
        limit: count.optional(),
      }),
      responses: {
        200: {
          description: 'In order of log and index; next is null at the end.',
          schema: z.object({ dead_letters: z.array(deadLetterSchema), next: placeSchema.nullable() }),
        },
      },
      async handle(request) {
        const query = request.query as { after_log?: string; after_index?: string; limit?: string };
        const follower = running().get(request.params.name!);
        if (follower === undefined) return refuse({ code: 'follower_unknown' }, request.id);
        const { after_log: log, after_index: afterIndex } = query;
        if ((log === undefined) !== (afterIndex === undefined)) {
          const detail = 'after_log and after_index go together';
          return refuse({ code: 'request_field_invalid', detail }, request.id);
        }
        const limit = Math.max(1, Math.min(PAGE_LETTERS_MAX, Number(query.limit ?? PAGE_LETTERS)));
        const after = log === undefined ? undefined : { log, index: Number(afterIndex) };
        const letters = await follower.deadLetters(limit, after);
        const last = letters.length === limit ? letters.at(-1) : undefined;
        return json(200, {
          dead_letters: letters.map(({ firstMs, lastMs, ...letter }) => ({
            ...letter,
            first: formatInstant(firstMs),
            last: formatInstant(lastMs),
          })),
          next: last === undefined ? null : { log: last.log, index: last.index },
        });
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/followers/{name}/retry',
      operationId: 'retryDeadLetter',
      summary: 'Handle a dead letter again, now; where that succeeds it is none any more.',
      params,
      body: { ...body, schema: placeSchema },
      responses,
      handle: (request) =>
        verb(request, (follower) => follower.retry(request.body as z.infer<typeof placeSchema>, actorOf(request))),
    },
    {
      ...shared,
      method: 'POST',
      path: '/admin/v1/followers/{name}/skip',
      operationId: 'skipDeadLetter',
      summary: 'Give a dead letter up: its entry has no effect there.',
      params,
      body: { ...body, schema: skipSchema },
      responses,
      handle: (request) => {
        const { reason, ...place } = request.body as z.infer<typeof skipSchema>;
        return verb(request, (follower) => follower.skip(place, actorOf(request), reason));
      },
    },
    plainVerb('pause', 'Pause a follower, across restarts too.'),
    plainVerb('resume', 'Let a paused follower go on.'),
    plainVerb('reset', 'Forget a follower’s cursors, effect and dead letters, and begin at the first entry.'),
    {
      ...shared,
      method: 'GET',
      path: '/admin/v1/damage',
      operationId: 'listDamage',
      summary: 'Damaged rows and files that the scrubber knows of.',
      responses: {
        200: { description: 'In order of log and place.', schema: z.object({ damage: z.array(damageSchema) }) },
      },
      async handle() {
        const known = await damages();
        return json(200, { damage: known.map(({ lap: _, ...damage }) => damage) });
      },
    },
  ];
}

function followerJson({ name, activity, order, effect, stopped, failure, laps, logs }: FollowerStatus) {
  return {
    name,
    state: activity,
    order,
    effect,
    stopped:
      stopped === undefined ? null : { code: stopped.code, log: stopped.log ?? null, index: stopped.index ?? null },
    failure: failure === undefined ? null : { code: failure.code, message: failure.message, in_a_row: failure.inARow },
    laps,
    logs: logs.map(({ lagEntries, lagMs, deadLetters, ...log }) => ({
      ...log,
      lag_entries: lagEntries,
      lag_ms: lagMs,
      dead_letters: deadLetters,
    })),
  };
}
