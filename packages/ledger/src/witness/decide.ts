/**
 * Whether a witness may cosign (C2SP tlog-witness): a pure decision on a request, given what is held of the log. In this
 * order, the first failure answers:
 *
 *     log_unknown               no log of this origin is witnessed
 *     log_signature_refused     no trusted key of the origin signed, or a signature of one fails
 *     add_checkpoint_malformed  the old size is above the checkpoint's
 *     witness_conflict          the old size is not the held one; or it is the checkpoint's too, and the roots differ
 *     consistency_refused       the proof does not lead from the held tree to the checkpoint's
 *
 * A yes holds only if what was held is still held when the new head is made durable: that is the store's one step.
 */
import {
  type Ed25519,
  EMPTY_ROOT,
  equalBytes,
  type Hash,
  openNote,
  type VerifierKey,
  verifyConsistency,
} from '@fractal/tlog';
import type { AddCheckpointRequest } from './request.ts';

/** The largest tree of a log that a witness cosigned. */
export interface WitnessedHead {
  readonly size: bigint;
  /** 32 bytes. */
  readonly root: Hash;
}

/** What is held of a log that was never cosigned. */
export const NOTHING_HELD: WitnessedHead = { size: 0n, root: EMPTY_ROOT };

export type AddCheckpointRefusal =
  | { readonly code: 'add_checkpoint_malformed' | 'log_unknown' | 'log_signature_refused' | 'consistency_refused' }
  | {
      readonly code: 'witness_conflict';
      /** The size held: it goes into the answer. */
      readonly heldSize: bigint;
    };

export type WitnessDecision =
  | { readonly kind: 'cosign'; readonly head: WitnessedHead }
  | {
      readonly kind: 'refuse';
      readonly refusal: AddCheckpointRefusal;
      /** The log signed what contradicts what it signed before: the request is the proof of it. */
      readonly isEvidence: boolean;
    };

/** Whether the log itself signed: asked before anything is looked up, so that strangers cost one signature check. */
export function isSignedByLog({ note }: AddCheckpointRequest, keys: readonly VerifierKey[], ed25519: Ed25519): boolean {
  return openNote(note, keys, ed25519).ok;
}

/** `keys`: those trusted for the request's origin; undefined where the log is unknown. */
export function decide(input: {
  readonly request: AddCheckpointRequest;
  readonly keys: readonly VerifierKey[] | undefined;
  readonly held: WitnessedHead;
  readonly ed25519: Ed25519;
}): WitnessDecision {
  const { request, keys, held, ed25519 } = input;
  const { oldSize, proof, checkpoint } = request;
  const { size, root } = checkpoint;
  if (keys === undefined) return refuse({ code: 'log_unknown' });
  if (!isSignedByLog(request, keys, ed25519)) return refuse({ code: 'log_signature_refused' });
  if (oldSize > size) return refuse({ code: 'add_checkpoint_malformed' });
  // Two roots of one size, both signed by the log, contradict each other whatever old size was sent.
  const contradicts = size === held.size && !equalBytes(root, held.root);
  if (oldSize !== held.size) return refuse({ code: 'witness_conflict', heldSize: held.size }, contradicts);
  if (contradicts) return refuse({ code: 'witness_conflict', heldSize: held.size }, true);
  const consistent = verifyConsistency({ size1: held.size, size2: size, root1: held.root, root2: root, proof });
  return consistent.ok ? { kind: 'cosign', head: { size, root } } : refuse({ code: 'consistency_refused' });
}

function refuse(refusal: AddCheckpointRefusal, isEvidence = false): WitnessDecision {
  return { kind: 'refuse', refusal, isEvidence };
}
