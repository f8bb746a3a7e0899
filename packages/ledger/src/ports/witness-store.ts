/**
 * The port to what a witness must never forget: for each log it cosigns, the largest tree it cosigned. An adapter passes
 * `witnessStoreContract`.
 *
 * Durability: `advance` resolves true only when the new head would survive loss of the process and of power.
 * Atomicity: comparing and writing are ONE step, also between processes: of two calls from one head, one is refused.
 * Errors: where `advance` rejects, the new head may be held or not; no cosignature leaves then.
 * Damage: a head whose checksum fails is never read as another one: `read` and `advance` reject.
 * Trust: whoever can set the store back to an older state can make the witness sign two histories. A store that is lost or
 * restored from a copy is therefore another witness, with another key.
 */
import type { WitnessedHead } from '../witness/decide.ts';

export interface WitnessStore {
  /** Undefined for a log that was never cosigned. */
  read(origin: string): Promise<WitnessedHead | undefined>;
  /** Replaces `from` (undefined: nothing held) by `to`; false, and nothing is written, where another head is held. */
  advance(step: {
    readonly origin: string;
    readonly from: WitnessedHead | undefined;
    readonly to: WitnessedHead;
  }): Promise<boolean>;
}
