/** Operational errors of the engines as codes of the edge; what is none of them is a fault of ours and is thrown on. */

import { ControlError } from '@fractal/control';
import { CorruptRow, LedgerError, RowsFailed } from '@fractal/ledger';
import { isStoreLost, KeyringError } from '@fractal/store-embedded';
import { VaultError } from '@fractal/vault';
import type { Refusal } from '../edge/problem.ts';

/** Codes of the ledger that callers are told as they are. */
const OWN_CODES = ['busy', 'entry_too_large', 'checkpoint_guard_unavailable', 'receipt_unavailable'] as const;

/** @throws the error itself where no code is known for it */
export function refusalOfEngine(error: unknown): Refusal {
  const refusal = knownRefusal(error);
  if (refusal === undefined) throw error;
  return refusal;
}

/** The refusal of an operational error; undefined where the error is a fault of ours. */
export function knownRefusal(error: unknown): Refusal | undefined {
  if (error instanceof LedgerError) {
    const own = OWN_CODES.find((code) => code === error.code);
    if (own !== undefined) return { code: own };
    if (error.code === 'store_failed' || error.code === 'ledger_stopped') return { code: 'store_unavailable' };
  }
  // Damaged on the disk: neither truth to serve nor a "not there" to commit on. The operator is told where it was read.
  if (error instanceof CorruptRow) return { code: 'row_corrupt' };
  // What a follower made of the log can't be read; the log itself can.
  if (error instanceof RowsFailed) return { code: 'follower_failing' };
  if (error instanceof VaultError && error.code === 'vault_corrupt') return { code: 'vault_corrupt' };
  // A key rotated between sealing and storing: the same request again is sealed by the new one.
  // Or a store that could not write (a full disk): nothing was done.
  const retryable = (error instanceof VaultError || error instanceof KeyringError) && error.retryable;
  if (retryable) return { code: 'store_unavailable' };
  // Rows or vault must be opened again: a write of LMDB's meta page failed. The server stops itself for it.
  if (isStoreLost(error)) return { code: 'store_unavailable' };
  // A keyring older than the log: nothing of this tenant can be served until the newer one is back.
  if (error instanceof ControlError && error.code === 'control_secret_missing') return { code: 'store_unavailable' };
  return undefined;
}
