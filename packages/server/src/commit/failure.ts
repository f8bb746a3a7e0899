/** Operational errors of the engines as codes of the edge; what is none of them is a fault of ours and is thrown on. */

import { LedgerError } from '@fractal/ledger';
import { VaultError } from '@fractal/vault';
import type { Refusal } from '../edge/problem.ts';

/** @throws the error itself where no code is known for it */
export function refusalOfEngine(error: unknown): Refusal {
  if (error instanceof LedgerError) {
    if (error.code === 'busy' || error.code === 'entry_too_large') return { code: error.code };
    if (error.code === 'store_failed' || error.code === 'ledger_stopped') return { code: 'store_unavailable' };
  }
  // A key rotated between sealing and storing: the same request again is sealed by the new one.
  if (error instanceof VaultError && error.code === 'vault_key_retired') return { code: 'store_unavailable' };
  throw error;
}
