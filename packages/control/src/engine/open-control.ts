/**
 * Control: tenants, keys, policies and access, decided in the control log (DESIGN sections 1 and 4). Opening folds the log;
 * every change is an entry, decided on the state of the whole log and folded from it, so that a restart gives the same.
 * Secrets are durable in the keyring before the entry that relies on them: a crash in between leaves a secret that no
 * entry refers to, and so no key.
 *
 * Does not: limit rates, know HTTP, hold tenant keys of the vault, or watch for other writers' entries between changes.
 */
import type { TaskPolicy } from '@fractal/trust';
import type { Clock, Rng } from '../ports/clock.ts';
import type { ControlLog } from '../ports/control-log.ts';
import type { Keyring } from '../ports/keyring.ts';
import { accessVerbs } from './access-verbs.ts';
import type { Control } from './control.ts';
import { keyVerbs } from './key-verbs.ts';
import { makeEdgeKey, operatorVerbs } from './operator-verbs.ts';
import { policyVerbs } from './policy-verbs.ts';
import { tenantVerbs } from './tenant-verbs.ts';
import { openWriter } from './writer.ts';

export interface ControlOptions {
  readonly log: ControlLog;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Policy of a task nobody put one for; given out as version 0. */
  readonly defaultPolicy: TaskPolicy;
}

/** Throws ControlError `control_log_corrupt`, `control_version_unknown`. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const writer = openWriter(options);
  const context = { ...options, writer };
  await writer.inTurn(async () => {
    if (writer.state.edgeKeys.length === 0) await makeEdgeKey(context, 'system');
  });
  return {
    ...tenantVerbs(context),
    ...keyVerbs(context),
    ...operatorVerbs(context),
    ...policyVerbs(context),
    ...accessVerbs(context),
    close: () => writer.settled(),
  };
}
