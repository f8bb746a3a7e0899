/** Who did what, and when: accesses that change nothing here, and reading the entries back. */
import { failure, success } from '@fractal/tlog';
import { parseEntry } from '../entry/entry-body.ts';
import { ACTION, EVENT, NAME, ORIGIN, TARGET } from '../entry/names.ts';
import { FOLLOWER_OPS } from '../entry/read-decision.ts';
import type { AccessFacts, FollowerFacts } from '../entry/types.ts';
import { forgetPerson } from '../secret/pseudonym.ts';
import { actorIdOf, type ControlContext } from './context.ts';
import type { Control } from './control.ts';

type AccessVerbs = Pick<
  Control,
  'recordAccess' | 'recordFollower' | 'recordGeneration' | 'pseudonymOf' | 'forgetPerson' | 'entries' | 'size'
>;

export function accessVerbs(context: ControlContext): AccessVerbs {
  const { state, inTurn, append } = context.writer;
  return {
    recordAccess: ({ actor, ...access }) =>
      inTurn(async () => {
        if (!isAccess(access)) return failure('access_malformed');
        await append(await actorIdOf(context, actor), { kind: 'access', ...access });
        return success(undefined);
      }),
    recordFollower: ({ actor, ...facts }) =>
      inTurn(async () => {
        if (!isFollower(facts)) return failure('follower_malformed');
        await append(await actorIdOf(context, actor), { kind: 'follower', ...facts });
        return success(undefined);
      }),
    recordGeneration: (facts) =>
      inTurn(async () => {
        if (!NAME.test(facts.log) || !ORIGIN.test(facts.origin)) return failure('access_malformed');
        await append('system', { kind: 'generation', ...facts });
        return success(undefined);
      }),
    pseudonymOf: (person) => inTurn(() => actorIdOf(context, { person })),
    forgetPerson: (person) => inTurn(() => forgetPerson(context, person)),
    async entries(from, to) {
      const page = await context.log.entries(from, to);
      return page.flatMap(({ index, body }) => {
        const parsed = parseEntry(body);
        return parsed.status === 'read' ? [{ index, ...parsed.entry }] : [];
      });
    },
    size: () => state.applied,
  };
}

function isAccess({ action, target, tenant, outcome }: AccessFacts): boolean {
  return (
    ACTION.test(action) &&
    (outcome === 'done' || outcome === 'refused') &&
    (target === undefined || TARGET.test(target)) &&
    (tenant === undefined || NAME.test(tenant))
  );
}

function isFollower({ op, follower, event, log, index, code, target, reason }: FollowerFacts): boolean {
  return (
    FOLLOWER_OPS.includes(op) &&
    NAME.test(follower) &&
    EVENT.test(event) &&
    (log === undefined || NAME.test(log)) &&
    (index === undefined || (Number.isSafeInteger(index) && index >= 0)) &&
    (code === undefined || ACTION.test(code)) &&
    (target === undefined || TARGET.test(target)) &&
    (reason === undefined || TARGET.test(reason))
  );
}
