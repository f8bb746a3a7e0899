/**
 * GET /log/{shard}/checkpoint, checkpoint.witnessed and /log/{shard}/tile/…: the public part of a log, C2SP tlog-tiles, for
 * strangers. The witnessed checkpoint is the largest that met the quorum of the operator's witnesses; where none did, 404.
 *
 * Full tiles and bundles never change: immutable for a year. Partial ones never change either, but go once the full one
 * exists: short. The checkpoint: a second. Any origin may read them (a browser that verifies a receipt is a stranger too).
 * Paths are parsed strictly before a file is opened, so that no path of a request reaches the file system unread.
 */

import { type PublicFiles, WITNESSED_PATH } from '@fractal/ledger';
import { parseTilePath } from '@fractal/tlog';
import { z } from 'zod';
import { type Answer, refuse, TEXT_TYPE } from '../edge/answer.ts';
import type { Route } from './route.ts';

const FULL_CACHE = 'public, max-age=31536000, immutable';
const PARTIAL_CACHE = 'public, max-age=60';
const CHECKPOINT_CACHE = 'public, max-age=1';

/** The logs that are served, by name. */
export type PublicLogs = ReadonlyMap<string, Pick<PublicFiles, 'read'>>;

export function publicLogRoutes(logs: PublicLogs): Route[] {
  const shardParams = z.object({ shard: z.string() });
  return [
    checkpointRoute('checkpoint', 'getCheckpoint', 'The published checkpoint of a log.'),
    checkpointRoute(
      WITNESSED_PATH,
      'getWitnessedCheckpoint',
      'The largest checkpoint of a log that its witnesses cosigned.',
    ),
    {
      method: 'GET',
      path: '/log/{shard}/tile/{rest*}',
      operationId: 'getTile',
      summary: 'A tile or an entry bundle of a log.',
      auth: 'none',
      params: z.object({ shard: z.string(), rest: z.string() }),
      responses: { 200: { description: 'Bytes.', contentType: 'application/octet-stream', schema: z.string() } },
      async handle({ id, params }) {
        const path = `tile/${params.rest!}`;
        const tile = parseTilePath(path);
        if (!tile.ok) return refuse({ code: 'not_found' }, id);
        const bytes = await logs.get(params.shard!)?.read(path);
        if (bytes === undefined) return refuse({ code: 'not_found' }, id);
        return publicAnswer(bytes, 'application/octet-stream', tile.value.width === 0 ? FULL_CACHE : PARTIAL_CACHE);
      },
    },
  ];

  function checkpointRoute(file: string, operationId: string, summary: string): Route {
    return {
      method: 'GET',
      path: `/log/{shard}/${file}`,
      operationId,
      summary,
      auth: 'none',
      params: shardParams,
      responses: { 200: { description: 'A signed note.', contentType: 'text/plain', schema: z.string() } },
      async handle({ id, params }) {
        const bytes = await logs.get(params.shard!)?.read(file);
        return bytes === undefined
          ? refuse({ code: 'not_found' }, id)
          : publicAnswer(bytes, TEXT_TYPE, CHECKPOINT_CACHE);
      },
    };
  }
}

function publicAnswer(body: Uint8Array, contentType: string, cache: string): Answer {
  return { status: 200, contentType, body, headers: { 'cache-control': cache, 'access-control-allow-origin': '*' } };
}
