/** What an operator is told about closed logs and about a guard that fails. */

import type { Control } from '@fractal/control';
import type { LedgerError } from '@fractal/ledger';
import { errorFields, type Logger } from '../edge/logger.ts';
import { type ClosedFacts, lostEntries } from './generations.ts';
import type { OpenedLog } from './open-log.ts';

const NEXT =
  'receipts of this origin hold for good and its public files are served on; new entries go into the next generation: give ' +
  'its verifier key to whoever checks receipts. Entries that are lost here were answered under this origin: whoever holds ' +
  'such a receipt sends the record again and gets a new verdict. Where a newer copy of the directory exists, stop, put that ' +
  'one back, and start again';

/** A log was closed just now, for good. */
export function reportClosed(
  logger: Logger,
  closed: { readonly name: string; readonly origin: string; readonly facts: ClosedFacts },
): void {
  const { name, origin, facts } = closed;
  const lost = lostEntries(facts);
  logger.error('log_closed', {
    log: name,
    origin,
    reason: facts.reason,
    own_size: facts.ownSize,
    known_size: facts.knownSize ?? null,
    entries_lost: lost ?? null,
    first_lost: lost === undefined || lost === 0 ? null : facts.ownSize,
    next: NEXT,
  });
}

/** Puts the closed generations of a log into the control log: each once, at whichever start finds it missing. */
export async function recordClosed(
  control: Pick<Control, 'recordGeneration'>,
  { closed }: Pick<OpenedLog, 'closed'>,
  logger: Logger,
): Promise<void> {
  for (const { name, log, facts } of closed) {
    const { reason, closedMs, ownSize, knownSize } = facts;
    const { origin } = log;
    const known = knownSize === undefined ? {} : { knownSize };
    const recorded = await control.recordGeneration({ log: name, origin, reason, closedMs, size: ownSize, ...known });
    if (!recorded.ok) logger.error('log_closed_not_recorded', { log: name, code: recorded.code });
  }
}

/** Tells of a guard that begins to fail and of one that works again; in between it only counts. */
export function reportGuard(options: {
  readonly logger: Logger;
  readonly log: string;
  readonly countFailure: () => void;
}): (failure: LedgerError | undefined) => void {
  const { logger, log } = options;
  let isFailing = false;
  return (failure) => {
    if (failure === undefined) {
      isFailing = false;
      logger.warn('checkpoint_guard_back', { log });
      return;
    }
    options.countFailure();
    if (!isFailing) logger.error('checkpoint_guard_failed', { log, ...errorFields(failure) });
    isFailing = true;
  };
}
