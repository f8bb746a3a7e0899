/**
 * GET /log/{shard}/vkeys: the keys a log signs and has signed by, for strangers who hold an old receipt or an old key.
 * POST /admin/v1/logs/{shard}/key/rotate: a new one.
 */

import type { Actor } from '@fractal/control';
import { formatInstant } from '@fractal/record';
import { z } from 'zod';
import { json, refuse, TEXT_TYPE } from '../edge/answer.ts';
import type { Limits } from '../edge/limits.ts';
import type { Refusal } from '../edge/problem.ts';
import { actorOf } from './admin.ts';
import type { Route } from './route.ts';

export interface LogKeyServices {
  readonly limits: Limits;
  /** Verifier keys of a log by the name of its generation, newest first; undefined where there is no such log. */
  readonly verifierKeys: (log: string) => Promise<readonly string[] | undefined>;
  /** Undefined where no log of that name is written here. */
  readonly rotate: (
    log: string,
    input: { readonly overlapMs: number; readonly actor: Actor },
  ) => Promise<RotatedLogKey | undefined>;
}

export type RotatedLogKey =
  | {
      readonly ok: true;
      readonly value: {
        readonly log: string;
        readonly origin: string;
        readonly oldKey: string;
        readonly newKey: string;
        readonly size: number;
        readonly overlapUntilMs: number;
      };
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** Ten years: an overlap without end would be two keys for good. */
const OVERLAP_SECONDS_MAX = 10 * 366 * 86_400;
const rotateSchema = z.strictObject({ overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX) });
const rotatedSchema = z.object({
  log: z.string(),
  origin: z.string(),
  old_key: z.string(),
  new_key: z.string().meta({ description: 'Verifier key; give it to whoever checks receipts.' }),
  size: z.int().meta({ description: 'Entries under the checkpoint by both keys.' }),
  overlap_until: z.string().meta({ description: 'Until then checkpoints carry both signatures.' }),
});

export function logKeyRoutes(services: LogKeyServices): Route[] {
  return [
    {
      method: 'GET',
      path: '/log/{shard}/vkeys',
      operationId: 'getVerifierKeys',
      summary: 'The verifier keys of a log, newest first, one a line.',
      auth: 'none',
      params: z.object({ shard: z.string() }),
      responses: { 200: { description: 'Keys.', contentType: 'text/plain', schema: z.string() } },
      async handle({ id, params }) {
        const keys = await services.verifierKeys(params.shard!);
        if (keys === undefined) return refuse({ code: 'not_found' }, id);
        const headers = { 'cache-control': 'public, max-age=60', 'access-control-allow-origin': '*' };
        return { status: 200, contentType: TEXT_TYPE, body: `${keys.join('\n')}\n`, headers };
      },
    },
    {
      method: 'POST',
      path: '/admin/v1/logs/{shard}/key/rotate',
      operationId: 'rotateLogKey',
      summary:
        'A new key for a log under the same origin; until the overlap is over checkpoints carry both signatures.',
      auth: 'admin',
      params: z.object({ shard: z.string() }),
      body: {
        contentType: 'application/json',
        bytesMax: services.limits.smallBodyBytesMax,
        parse: 'json',
        schema: rotateSchema,
      },
      responses: { 200: { description: 'Both keys.', schema: rotatedSchema } },
      async handle(request) {
        const { overlap_seconds: overlapSeconds } = request.body as z.infer<typeof rotateSchema>;
        const given = { overlapMs: overlapSeconds * 1_000, actor: actorOf(request) };
        const rotated = await services.rotate(request.params.shard!, given);
        if (rotated === undefined) return refuse({ code: 'not_found' }, request.id);
        if (!rotated.ok) return refuse(rotated.refusal, request.id);
        const { log, origin, oldKey, newKey, size, overlapUntilMs } = rotated.value;
        const until = formatInstant(overlapUntilMs);
        return json(200, { log, origin, old_key: oldKey, new_key: newKey, size, overlap_until: until });
      },
    },
  ];
}
