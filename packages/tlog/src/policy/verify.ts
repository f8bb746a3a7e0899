/**
 * Decides under a trust policy (C2SP tlog-policy): a checkpoint is valid when one of the listed logs signed it and
 * witnesses cosigned it as the quorum demands. Codes as in `checkpoint/verify.ts`, then `policy_unsatisfied`.
 *
 * A policy that lists no log leaves the log to context; `satisfies` then asks for the quorum alone, while
 * `verifyCheckpointByPolicy`, which has no context, says `checkpoint_unsigned`.
 */
import { parseCheckpoint } from '../checkpoint/checkpoint.ts';
import { cosignaturesAmong, isBy, type VerifiedCheckpoint, type VerifyCheckpointCode } from '../checkpoint/verify.ts';
import { openNote, type VerifiedSignature } from '../note/open.ts';
import { failure, type Result, success } from '../result.ts';
import { type Ed25519, nobleEd25519 } from '../signature/ed25519.ts';
import type { Quorum, TlogPolicy } from './parse.ts';

/** Whether signatures that `openNote` verified are enough. Says nothing on the origin of what they signed. */
export function satisfies(policy: TlogPolicy, verified: readonly VerifiedSignature[]): boolean {
  const hasLog = policy.logs.length === 0 || policy.logs.some(({ key }) => verified.some((by) => isBy(by, key)));
  return hasLog && hasWitnessed(policy.quorum, verified);
}

function hasWitnessed(quorum: Quorum, verified: readonly VerifiedSignature[]): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return verified.some((signature) => isBy(signature, quorum.key));
    case 'group':
      return quorum.members.filter((member) => hasWitnessed(member, verified)).length >= quorum.threshold;
  }
}

/** Verifies a checkpoint whose origin is the name of a listed log that signed it. */
export function verifyCheckpointByPolicy(input: {
  readonly checkpoint: Uint8Array | string;
  readonly policy: TlogPolicy;
  readonly ed25519?: Ed25519;
}): Result<VerifiedCheckpoint, VerifyCheckpointCode | 'policy_unsatisfied'> {
  const { policy, ed25519 = nobleEd25519 } = input;
  const { logs, witnesses } = policy;
  const keys = [...logs, ...witnesses].map(({ key }) => key);
  const note = openNote(input.checkpoint, keys, ed25519);
  if (!note.ok) return note;
  const { text, verified } = note.value;
  const signers = logs.filter(({ key }) => verified.some((signature) => isBy(signature, key)));
  if (signers.length === 0) return failure('checkpoint_unsigned');
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint.ok) return checkpoint;
  if (!signers.some(({ key }) => key.name === checkpoint.value.origin)) return failure('checkpoint_origin_mismatch');
  if (!satisfies(policy, verified)) return failure('policy_unsatisfied');
  return success({ ...checkpoint.value, cosigned: cosignaturesAmong(verified) });
}
