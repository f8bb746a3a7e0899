/**
 * GET and PUT /v1/policies/{task}. Every version of a policy is in the control log; a put is one version up. With
 * `If-Match: "<version>"` a put is refused where another version is in force.
 */

import { formatPolicyDocument } from '@fractal/control';
import type { TaskPolicy } from '@fractal/trust';
import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import { controlRefusal } from './control-refusal.ts';
import type { Route } from './route.ts';
import { taskParams } from './schemas.ts';
import type { Services } from './services.ts';

const policyFields = {
  mode: z.enum(['observe', 'enforce']),
  accept_risk_max: z.number().min(0).max(1),
  retry_attempts_max: z.int().min(0).max(100),
  forbid: z.array(z.string().min(1).max(200)).max(256).optional(),
  require_signals: z.array(z.string().min(1).max(64)).max(64).optional(),
};
const policySchema = z.strictObject(policyFields);
const storedPolicySchema = z.object({
  ...policyFields,
  version: z.int().meta({ description: '0: the default policy.' }),
});

export function policyRoutes({ control, limits }: Services): Route[] {
  const shared = { path: '/v1/policies/{task}', auth: 'tenant', params: taskParams } as const;
  const responses = { 200: { description: 'The policy in force.', schema: storedPolicySchema } };
  return [
    {
      ...shared,
      method: 'GET',
      operationId: 'getPolicy',
      summary: 'The policy of a task.',
      responses,
      handle({ id, tenant, params }) {
        const policy = control.policyOf(tenant, params.task!);
        return policy === undefined ? refuse({ code: 'policy_unknown' }, id) : answer(policy);
      },
    },
    {
      ...shared,
      method: 'PUT',
      operationId: 'putPolicy',
      summary: 'Set the policy of a task.',
      scope: 'reviewer',
      headers: { 'If-Match': 'The version this change starts from, quoted; 0 where there is none.' },
      body: {
        contentType: 'application/json',
        schema: policySchema,
        bytesMax: limits.smallBodyBytesMax,
        parse: 'json',
      },
      responses,
      async handle({ id, tenant, keyId, params, body, header }) {
        const expected = /^"(0|[1-9]\d{0,14})"$/.exec(header('if-match') ?? '"0"');
        if (expected === null)
          return refuse({ code: 'request_field_invalid', detail: 'If-Match: a quoted version' }, id);
        const put = await control.putPolicy({
          tenant,
          task: params.task!,
          policy: body,
          actor: { person: `${tenant}/key ${keyId}` },
          ...(header('if-match') === undefined ? {} : { expectedVersion: Number(expected[1]) }),
        });
        return put.ok ? answer(put.value) : refuse(controlRefusal(put), id);
      },
    },
  ];
}

function answer(policy: TaskPolicy) {
  const { version } = policy;
  return json(200, { version, ...formatPolicyDocument(policy) }, { etag: `"${version}"` });
}
