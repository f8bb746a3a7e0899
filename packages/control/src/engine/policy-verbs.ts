/** Policies of tasks: versioned, the latest in force, the caller's default where there is none. */
import { canonicalJson } from '@fractal/record';
import { equalBytes, failure, success } from '@fractal/tlog';
import { NAME } from '../entry/names.ts';
import { formatPolicyDocument, type PolicyTerms, parsePolicyDocument } from '../policy/policy-document.ts';
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
        const inForce = held.policies.get(task);
        const version = inForce?.version ?? 0;
        // asked again after a lost answer: no second version, also where the first one has moved what was expected
        const asked = expectedVersion === undefined || expectedVersion === version || expectedVersion === version - 1;
        if (inForce !== undefined && asked && saysTheSame(inForce, terms.value)) return success(inForce);
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

function saysTheSame(a: PolicyTerms, b: PolicyTerms): boolean {
  return equalBytes(canonicalJson({ ...formatPolicyDocument(a) }), canonicalJson({ ...formatPolicyDocument(b) }));
}
