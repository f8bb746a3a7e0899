/** POST /v1/labels: a person's, an audit's or an import's word on whether an output was right. Changes no decision. */

import { z } from 'zod';
import { callersKeyOf } from '../commit/idempotency.ts';
import { idempotencyRowKey } from '../commit/keys.ts';
import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { logPlaceSchema, pcsIdSchema } from './schemas.ts';
import type { Services } from './services.ts';

const labelSchema = z.strictObject({
  pcs_id: pcsIdSchema,
  label: z.enum(['grounded', 'ungrounded']),
  source: z.enum(['person', 'audit', 'import']).optional().meta({ description: 'Default: person.' }),
  labeler: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'Logged under a pseudonym; absent: the API key.' }),
  revision: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Default 0; a higher one changes what this labeler said before.' }),
});

export function labelRoute({ statements, pseudonymOf, limits }: Services): Route {
  return {
    method: 'POST',
    path: '/v1/labels',
    operationId: 'label',
    summary: 'Label an output as grounded or ungrounded.',
    auth: 'tenant',
    scope: 'reviewer',
    headers: { 'Idempotency-Key': 'A retry under the same key makes no second entry.' },
    body: { contentType: 'application/json', schema: labelSchema, bytesMax: limits.smallBodyBytesMax, parse: 'json' },
    responses: { 200: { description: 'Logged.', schema: z.object({ pcs_id: pcsIdSchema, log: logPlaceSchema }) } },
    async handle({ id, tenant, keyId, body, nowMs, header }) {
      const callersKey = callersKeyOf(header('idempotency-key'));
      if (!callersKey.ok) return refuse(callersKey, id);
      const { pcs_id: pcsId, label, source = 'person', labeler, revision = 0 } = body as z.infer<typeof labelSchema>;
      const idempotencyRow =
        callersKey.value === undefined ? undefined : idempotencyRowKey(tenant, 'label', callersKey.value);
      const pseudonym = () => pseudonymOf(tenant, labeler ?? `key ${keyId}`);
      const said = await statements.label({ tenant, pcsId, label, source, revision, pseudonym, nowMs, idempotencyRow });
      if (!said.ok) return refuse(said.refusal, id);
      return json(200, { pcs_id: pcsId, log: said.value.log });
    },
  };
}
