/** DELETE /v1/content/{pcs_id}: logged, then unreadable for good; verdict, proofs and receipts still hold (I6). */

import { z } from 'zod';
import { refusalOfEngine } from '../commit/failure.ts';
import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { logPlaceSchema, pcsIdParams, pcsIdSchema } from './schemas.ts';
import type { Services } from './services.ts';

export function contentRoute({ committer, erasures }: Services): Route {
  return {
    method: 'DELETE',
    path: '/v1/content/{pcs_id}',
    operationId: 'eraseContent',
    summary: 'Erase the content behind a record. Again: the same answer.',
    auth: 'tenant',
    params: pcsIdParams,
    responses: { 200: { description: 'Erased.', schema: z.object({ pcs_id: pcsIdSchema, log: logPlaceSchema }) } },
    async handle({ id, tenant, params, nowMs }) {
      const pcsId = params.pcs_id!;
      const found = await committer.find(tenant, pcsId);
      if (found === undefined) return refuse({ code: 'verdict_unknown' }, id);
      if (found.facts.content === 'none')
        return refuse({ code: 'not_found', detail: 'the record brought no content' }, id);
      try {
        const log = await erasures.erase({ tenant, pcsId, nowMs });
        return json(200, { pcs_id: pcsId, log });
      } catch (error) {
        return refuse(refusalOfEngine(error), id);
      }
    },
  };
}
