/** POST /v1/verify: a record the caller signed, with its content; one verdict out. */

import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { answerQuerySchema, verdictAnswerSchema, verifySchema } from './schemas.ts';
import type { Services } from './services.ts';
import { submit } from './submission.ts';
import { type AnswerQuery, answerText } from './verdict-answer.ts';

export function verifyRoute(services: Services): Route {
  const { limits } = services;
  return {
    method: 'POST',
    path: '/v1/verify',
    operationId: 'verify',
    summary: 'Verify a signed record and its content.',
    auth: 'tenant',
    query: answerQuerySchema,
    body: { contentType: 'application/json', schema: verifySchema, bytesMax: limits.verifyBodyBytesMax, parse: 'raw' },
    responses: { 200: { description: 'The verdict, with its receipt.', schema: verdictAnswerSchema } },
    async handle({ id, tenant, query, bytes, nowMs }) {
      const { outcome } = await submit(services, { kind: 'verify', tenant, bytes, nowMs });
      if (!outcome.ok) return refuse(outcome.refusal, id);
      const answer = await answerText(services, query as AnswerQuery, outcome.value);
      return answer.ok ? json(200, answer.text) : refuse(answer.refusal, id);
    },
  };
}
