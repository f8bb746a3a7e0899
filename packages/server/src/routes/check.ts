/** POST /v1/check: an output and its evidence in, one verdict out; the edge builds and signs the record. */

import { callersKeyOf } from '../commit/idempotency.ts';
import { idempotencyRowKey } from '../commit/keys.ts';
import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import { answerQuerySchema, checkSchema, verdictAnswerSchema } from './schemas.ts';
import type { Services } from './services.ts';
import { submit } from './submission.ts';
import { type AnswerQuery, answerText } from './verdict-answer.ts';

export function checkRoute(services: Services): Route {
  const { limits } = services;
  return {
    method: 'POST',
    path: '/v1/check',
    operationId: 'check',
    summary: 'Check an output against its evidence.',
    auth: 'tenant',
    query: answerQuerySchema,
    headers: { 'Idempotency-Key': 'The same key and request again give the stored answer; another request is a 409.' },
    body: { contentType: 'application/json', schema: checkSchema, bytesMax: limits.verifyBodyBytesMax, parse: 'raw' },
    responses: { 200: { description: 'The verdict, with its receipt.', schema: verdictAnswerSchema } },
    async handle({ id, tenant, query, bytes, nowMs, header }) {
      const callersKey = callersKeyOf(header('idempotency-key'));
      if (!callersKey.ok) return refuse(callersKey, id);
      const key = callersKey.value;
      const saltSeed = services.saltSeed(tenant, key);
      const row = key === undefined ? undefined : idempotencyRowKey(tenant, 'check', key);
      const { outcome, judgement } = await submit(services, { kind: 'check', tenant, bytes, nowMs, saltSeed }, row);
      if (!outcome.ok) return refuse(outcome.refusal, id);
      const salt = judgement.kind === 'identified' ? judgement.edge?.salt : undefined;
      const answer = await answerText(services, query as AnswerQuery, outcome.value, salt);
      return answer.ok ? json(200, answer.text) : refuse(answer.refusal, id);
    },
  };
}
