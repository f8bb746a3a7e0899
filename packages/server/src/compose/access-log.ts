/**
 * Access entries of the control log, seldom enough that nobody can fill it by asking: of the same action, tenant and
 * outcome at most one an interval is logged. The metrics count the rest.
 */

import type { AccessFacts, Actor, Control } from '@fractal/control';

const INTERVAL_MS = 1_000;
const KEPT_MAX = 10_000;

export function accessLog(options: { control: Pick<Control, 'recordAccess'>; nowMs: () => number }) {
  const last = new Map<string, number>();
  return async (access: AccessFacts & { readonly actor: Actor }): Promise<void> => {
    const name = [access.action, access.outcome, access.tenant ?? ''].join('\0');
    const nowMs = options.nowMs();
    const before = last.get(name);
    if (before !== undefined && nowMs >= before && nowMs - before < INTERVAL_MS) return;
    if (last.size >= KEPT_MAX) last.clear();
    last.set(name, nowMs);
    const recorded = await options.control.recordAccess(access);
    if (!recorded.ok) throw new Error(`an access could not be recorded: ${recorded.code}`);
  };
}
