/** Policies of tasks: versioned, the latest in force, the caller's default where there is none. */
import { failure, success } from '@fractal/tlog';
import { NAME } from '../entry/names.ts';
import { parsePolicyDocument } from '../policy/policy-document.ts';
import { actorIdOf, type ControlContext } from './context.ts';
import type { Control } from './control.ts';

type PolicyVerbs = Pick<Control, 'putPolicy' | 'policyOf' | 'policies'>;

export function policyVerbs(context: ControlContext): PolicyVerbs {
  const { state, inTurn, append } = context.writer;
  return {
    putPolicy: ({ tenant, task, policy: document, actor, expectedVersion }) =>
      inTurn(async () => {
        const held = state.tenants.get(tenant);
        if (held === undefined) return failure('tenant_unknown');
        if (!NAME.test(task)) return failure('task_name_malformed');
        const terms = parsePolicyDocument(document);
        if (!terms.ok) return terms;
        const version = held.policies.get(task)?.version ?? 0;
        if (expectedVersion !== undefined && expectedVersion !== version) {
          return failure('version_conflict', `version ${version} is in force`);
        }
        const policy = { version: version + 1, ...terms.value };
        await append(await actorIdOf(context, actor), { kind: 'policy', op: 'put', tenant, task, policy });
        return success(held.policies.get(task) ?? policy);
      }),
    policyOf: (tenant, task) => {
      const held = state.tenants.get(tenant);
      return held && (held.policies.get(task) ?? { ...context.defaultPolicy, version: 0 });
    },
    policies: (tenant) => new Map(state.tenants.get(tenant)?.policies),
  };
}
