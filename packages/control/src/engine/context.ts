/** What the verbs of control share. */
import type { TaskPolicy } from '@fractal/trust';
import type { ActorId } from '../entry/types.ts';
import { ControlError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { ControlLog } from '../ports/control-log.ts';
import type { Keyring } from '../ports/keyring.ts';
import { pseudonymOf } from '../secret/pseudonym.ts';
import type { TenantState } from '../state/state.ts';
import type { Actor } from './control.ts';
import type { Writer } from './writer.ts';

export interface ControlContext {
  readonly log: ControlLog;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly defaultPolicy: TaskPolicy;
  readonly writer: Writer;
}

export async function actorIdOf(context: ControlContext, actor: Actor): Promise<ActorId> {
  return actor === 'system' ? 'system' : pseudonymOf(context, actor.person);
}

/** A tenant that an entry just appended made or changed. */
export function tenantNow({ writer }: ControlContext, name: string): TenantState {
  const tenant = writer.state.tenants.get(name);
  if (tenant === undefined) throw new ControlError('control_log_corrupt', 'an entry just appended is not folded');
  return tenant;
}
