/** POST /v1/resolutions: a person's later word on a record; from then on the effective decision. The verdict never changes. */

import { z } from 'zod';
import { callersKeyOf } from '../commit/idempotency.ts';
import { idempotencyRowKey } from '../commit/keys.ts';
import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { decisionSchema, effectiveSchema, logPlaceSchema, pcsIdSchema } from './schemas.ts';
import type { Services } from './services.ts';

const resolutionSchema = z.strictObject({
  pcs_id: pcsIdSchema,
  decision: decisionSchema,
  revision: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Above the present one, by at most 1,000,000; absent: the next.' }),
  reviewer: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'Logged under a pseudonym; absent: the API key.' }),
});

export function resolutionRoute({ statements, pseudonymOf, limits }: Services): Route {
  return {
    method: 'POST',
    path: '/v1/resolutions',
    operationId: 'resolve',
    summary: 'Resolve a record: set its effective decision.',
    auth: 'tenant',
    scope: 'reviewer',
    headers: {
      'Idempotency-Key':
        'A retry under the same key makes no second entry. A key first sent with what is in the log already is not kept.',
    },
    body: {
      contentType: 'application/json',
      schema: resolutionSchema,
      bytesMax: limits.smallBodyBytesMax,
      parse: 'json',
    },
    responses: {
      200: {
        description: 'Logged.',
        schema: z.object({ pcs_id: pcsIdSchema, effective: effectiveSchema, log: logPlaceSchema }),
      },
    },
    async handle({ id, tenant, keyId, body, nowMs, header }) {
      const callersKey = callersKeyOf(header('idempotency-key'));
      if (!callersKey.ok) return refuse(callersKey, id);
      const { pcs_id: pcsId, decision, revision, reviewer } = body as z.infer<typeof resolutionSchema>;
      const idempotencyRow =
        callersKey.value === undefined ? undefined : idempotencyRowKey(tenant, 'resolution', callersKey.value);
      const pseudonym = () => pseudonymOf(tenant, reviewer ?? `key ${keyId}`);
      const said = await statements.resolve({ tenant, pcsId, decision, revision, pseudonym, nowMs, idempotencyRow });
      if (!said.ok) return refuse(said.refusal, id);
      const { effective, log } = said.value;
      return json(200, { pcs_id: pcsId, effective, log });
    },
  };
}
