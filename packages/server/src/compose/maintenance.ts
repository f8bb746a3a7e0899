/**
 * What the server does by itself, in the background and never in the way of an answer (I12):
 *
 * - at start-up: finishes key rotations and erasures that a crash cut short;
 * - every `intervalMs`: erases content past its retention (logged like any erasure), removes content whose body never
 *   came, and rotates the key of a tenant that erased something more than `rotateAfterMs` ago, so that old pages and
 *   files hold nothing usable.
 *
 * Each is safe to repeat and safe to be cut short. A failure is logged and tried again the next time.
 */

import type { ContentAddress, Vault } from '@fractal/vault';
import type { Erasures } from '../commit/erasures.ts';
import { errorFields, type Logger } from '../edge/logger.ts';

export interface MaintenanceOptions {
  readonly vault: Pick<Vault, 'listDue' | 'rotationsOwed' | 'rotateTenantKey' | 'sweep' | 'finishRotations'>;
  readonly erasures: Erasures;
  /** Whether a verdict whose content is in the vault is committed for this address. */
  readonly isKnown: (address: ContentAddress) => Promise<boolean>;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly rotateAfterMs: number;
}

export interface Maintenance {
  /** One round now; resolves when it is over. */
  run(): Promise<void>;
  /** Waits for the round under way and starts no other. */
  close(): Promise<void>;
}

const DUE_PAGE = 500;

export function startMaintenance(options: MaintenanceOptions): Maintenance {
  const { vault, erasures, logger } = options;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const attempt = async (name: string, work: () => Promise<number>): Promise<void> => {
    if (closed) return;
    try {
      const count = await work();
      if (count > 0) logger.info(name, { count });
    } catch (error) {
      logger.error(`${name}_failed`, errorFields(error));
    }
  };

  const expire = async (): Promise<number> => {
    const done = new Set<string>();
    let failed = 0;
    for (;;) {
      const nowMs = options.nowMs();
      const due = (await vault.listDue(nowMs, DUE_PAGE)).filter(({ tenant, pcsId }) => !done.has(`${tenant} ${pcsId}`));
      for (const address of due) {
        if (closed) return done.size - failed;
        done.add(`${address.tenant} ${address.pcsId}`);
        // Each by itself: one record with a damaged row must not keep all others past their retention.
        await erasures.expire({ ...address, nowMs }).catch((error: unknown) => {
          failed += 1;
          logger.error('content_expired_failed', errorFields(error));
        });
      }
      if (due.length === 0) return done.size - failed;
    }
  };

  const rotate = async (): Promise<void> => {
    const owed = (await vault.rotationsOwed()).filter(
      ({ sinceMs }) => options.nowMs() - sinceMs >= options.rotateAfterMs,
    );
    // Each by itself: one tenant whose key or rows are damaged must not keep the others' from being rotated (I13).
    for (const { tenant } of owed) {
      await attempt('tenant_keys_rotated', async () => {
        await vault.rotateTenantKey(tenant);
        return 1;
      });
    }
  };

  const round = async (): Promise<void> => {
    await attempt('content_expired', expire);
    await attempt('orphans_removed', async () => (await vault.sweep({ isKnown: options.isKnown })).length);
    await rotate().catch((error: unknown) => logger.error('tenant_keys_rotated_failed', errorFields(error)));
  };

  const first = async (): Promise<void> => {
    await attempt('rotations_finished', async () => (await vault.finishRotations()).length);
    await attempt('erasures_finished', () => erasures.finish());
    await round();
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work);
    return last;
  };
  void inTurn(first);
  const timer = setInterval(() => void inTurn(round), options.intervalMs);
  timer.unref();

  return {
    run: () => inTurn(round),
    async close() {
      closed = true;
      clearInterval(timer);
      await last;
    },
  };
}
