/**
 * POST /v1/pcs/submit: deployed agents of profile fractal-lba-kakeya 0.1. The raw record is the body.
 *
 * 200 structural checks passed, 202 they did not, 400 unreadable, 401 signature or credential, 409 equivocation, 503 busy.
 * These agents take 429 as final, so an empty bucket is 503 with `Retry-After` here. `accepted` means that the checks
 * passed and the record is logged; the logged decision is never `accept`, since no content came (I10).
 */

import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import { readVerdictBody, structuralChecksFailed } from '../judge/verdict-body.ts';
import type { Route } from './route.ts';
import { decisionSchema, logPlaceSchema, pcsIdSchema } from './schemas.ts';
import type { Services } from './services.ts';
import { submit } from './submission.ts';

const submitAnswerSchema = z.object({
  accepted: z.boolean().meta({ description: 'The structural checks passed.' }),
  escalated: z.boolean(),
  pcs_id: pcsIdSchema,
  decision: decisionSchema.meta({ description: 'What is logged; never accept.' }),
  effective: z.object({ decision: decisionSchema, revision: z.int() }),
  log: logPlaceSchema,
  replayed: z.boolean(),
});

export function pcsSubmitRoute(services: Services): Route {
  const { limits } = services;
  return {
    method: 'POST',
    path: '/v1/pcs/submit',
    operationId: 'submitPcs',
    summary: 'Submit a record of a deployed agent (fractal-lba-kakeya 0.1).',
    auth: 'tenant',
    rateLimitedCode: 'busy',
    headers: { 'X-Tenant-Id': 'Must name the tenant of the credential where it is sent.' },
    body: {
      contentType: 'application/json',
      schema: z.looseObject({ pcs_id: pcsIdSchema, sig: z.string() }),
      bytesMax: limits.smallBodyBytesMax,
      parse: 'raw',
    },
    responses: {
      200: { description: 'Logged; the structural checks passed.', schema: submitAnswerSchema },
      202: { description: 'Logged and escalated; a structural check did not pass.', schema: submitAnswerSchema },
    },
    async handle({ id, tenant, bytes, nowMs, header }) {
      const named = header('x-tenant-id');
      if (named !== undefined && named !== tenant) {
        services.security.report('tenant_mismatch', { tenant });
        return refuse({ code: 'tenant_mismatch' }, id);
      }
      const { outcome } = await submit(services, { kind: 'agent', tenant, bytes, nowMs });
      if (!outcome.ok) return refuse(outcome.refusal, id);
      const { entry, pcsId, effective, replayed } = outcome.value;
      const passed = structuralChecksFailed(entry.body) === 0;
      return json(passed ? 200 : 202, {
        accepted: passed,
        escalated: !passed,
        pcs_id: pcsId,
        decision: readVerdictBody(entry.body).decision,
        effective,
        log: { origin: entry.origin, index: entry.index },
        replayed,
      });
    },
  };
}
