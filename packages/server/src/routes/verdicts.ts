/** GET /v1/verdicts/{pcs_id}: the stored verdict with the present effective decision. Another tenant's id is unknown (I13). */

import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { pcsIdParams, verdictAnswerSchema } from './schemas.ts';
import type { Services } from './services.ts';
import { verdictAnswer } from './verdict-answer.ts';

export function verdictRoute({ committer }: Services): Route {
  return {
    method: 'GET',
    path: '/v1/verdicts/{pcs_id}',
    operationId: 'getVerdict',
    summary: 'The verdict of a record and its effective decision.',
    auth: 'tenant',
    params: pcsIdParams,
    responses: { 200: { description: 'The verdict, without a receipt.', schema: verdictAnswerSchema } },
    async handle({ id, tenant, params }) {
      const committed = await committer.find(tenant, params.pcs_id!);
      if (committed === undefined) return refuse({ code: 'verdict_unknown' }, id);
      return json(200, verdictAnswer({ committed }));
    },
  };
}
