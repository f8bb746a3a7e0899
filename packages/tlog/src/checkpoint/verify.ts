/**
 * Verifies signed checkpoints (C2SP tlog-checkpoint, tlog-cosignature). In this order, the first failure answers:
 *
 *     vkey_malformed               a key of a type that its role does not have
 *     note_too_large, note_malformed, note_signature_invalid, note_unverified     the note under all keys given
 *     checkpoint_unsigned          witnesses signed, the log did not
 *     checkpoint_malformed
 *     checkpoint_origin_mismatch
 *
 * Does not check that the checkpoint is fresh or consistent with another, nor that the witnesses are enough: see
 * `policy` for the last.
 */
import type { Hash } from '../hash/tree-hash.ts';
import { type OpenNoteCode, openNote, type VerifiedSignature } from '../note/open.ts';
import { areKeysInPlace, type VerifierKey } from '../note/verifier-key.ts';
import { failure, type Result, success } from '../result.ts';
import { type Ed25519, nobleEd25519 } from '../signature/ed25519.ts';
import { parseCheckpoint } from './checkpoint.ts';

export type VerifyCheckpointCode =
  | OpenNoteCode
  | 'checkpoint_unsigned'
  | 'checkpoint_malformed'
  | 'checkpoint_origin_mismatch';

/** A witness's word: it saw this tree as consistent at `timestamp`, seconds since the epoch. */
export interface Cosigned {
  readonly name: string;
  readonly timestamp: bigint;
}

export interface VerifiedCheckpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Hash;
  readonly extensions: readonly string[];
  /** In the order of the note, each witness once. */
  readonly cosigned: readonly Cosigned[];
}

/**
 * Verifies a checkpoint of the log `origin` under the log's key, type 0x01, and the witnesses' keys, type 0x04: a plain
 * signature states no time. Where the log changed its key, one valid signature of any of its keys is enough, and an invalid one
 * of any of them too many.
 */
export function verifyCheckpoint(input: {
  readonly checkpoint: Uint8Array | string;
  readonly origin: string;
  readonly verifierKey: VerifierKey;
  /** Other keys that the log signs or has signed by, of the same name. */
  readonly olderKeys?: readonly VerifierKey[] | undefined;
  readonly witnessKeys?: readonly VerifierKey[];
  readonly ed25519?: Ed25519;
}): Result<VerifiedCheckpoint, VerifyCheckpointCode> {
  const { verifierKey, olderKeys = [], witnessKeys = [], ed25519 = nobleEd25519 } = input;
  const logKeys = [verifierKey, ...olderKeys];
  if (!logKeys.every((key) => areKeysInPlace(key, witnessKeys))) {
    return failure('vkey_malformed', 'the key of a log is of type 0x01, that of a witness of type 0x04');
  }
  const note = openNote(input.checkpoint, [...logKeys, ...witnessKeys], ed25519);
  if (!note.ok) return note;
  if (!note.value.verified.some((signature) => logKeys.some((key) => isBy(signature, key))))
    return failure('checkpoint_unsigned');
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return checkpoint;
  if (checkpoint.value.origin !== input.origin) return failure('checkpoint_origin_mismatch');
  return success({ ...checkpoint.value, cosigned: cosignaturesAmong(note.value.verified) });
}

/** Whether this signature is of this key. */
export function isBy(signature: VerifiedSignature, key: VerifierKey): boolean {
  return signature.name === key.name && signature.keyId === key.keyId;
}

/** Those that are cosignatures. */
export function cosignaturesAmong(signatures: readonly VerifiedSignature[]): Cosigned[] {
  return signatures.flatMap(({ name, timestamp }) => (timestamp === undefined ? [] : [{ name, timestamp }]));
}
