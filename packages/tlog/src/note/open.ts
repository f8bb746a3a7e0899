/**
 * Opens signed notes (C2SP signed-note): the text may be looked at only after this said yes.
 *
 * Signatures of unknown keys are ignored, even where name or key id (but not both) is that of a known key. Each
 * signature whose name and key id are those of a known key is verified, and one that fails rejects the note. At least
 * one must have verified. Whether those who signed are enough is the caller's question.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { failure, type Result, success } from '../result.ts';
import { type Ed25519, nobleEd25519 } from '../signature/ed25519.ts';
import { verifyCosignature } from './cosignature.ts';
import { type NoteGrammarCode, type NoteSignature, parseNote } from './parse.ts';
import { type SignatureType, TYPE_COSIGNATURE, type VerifierKey } from './verifier-key.ts';

export type OpenNoteCode = NoteGrammarCode | 'vkey_malformed' | 'note_signature_invalid' | 'note_unverified';

/** A key that signed the note. */
export interface VerifiedSignature {
  readonly name: string;
  /** u32. */
  readonly keyId: number;
  readonly type: SignatureType;
  /** Cosignatures (type 0x04) only: the time the signer states, seconds since the epoch. */
  readonly timestamp?: bigint;
}

export interface OpenedNote {
  readonly text: string;
  /** In the order of the note, each key once: the first of its signatures. */
  readonly verified: readonly VerifiedSignature[];
}

/**
 * Verifies a note under the keys that are known. `vkey_malformed` when two known keys share name and key id, because
 * then nobody can tell whose a signature is.
 */
export function openNote(
  note: Uint8Array | string,
  verifierKeys: readonly VerifierKey[],
  ed25519: Ed25519 = nobleEd25519,
): Result<OpenedNote, OpenNoteCode> {
  const known = indexKeys(verifierKeys);
  if (known === undefined) return failure('vkey_malformed', 'two keys share name and key id');
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const verified = new Map<string, VerifiedSignature>();
  for (const signature of signatures) {
    const id = identity(signature);
    const key = known.get(id);
    if (key === undefined) continue;
    const checked = verifySignature(text, signature, key, ed25519);
    if (checked === undefined) return failure('note_signature_invalid', 'a signature of a known key');
    if (!verified.has(id)) verified.set(id, checked);
  }
  if (verified.size === 0) return failure('note_unverified', 'no signature of a known key');
  return success({ text, verified: [...verified.values()] });
}

/** Name and key id together; a name holds no space. */
function identity({ name, keyId }: { readonly name: string; readonly keyId: number }): string {
  return `${keyId} ${name}`;
}

function indexKeys(keys: readonly VerifierKey[]): Map<string, VerifierKey> | undefined {
  const known = new Map<string, VerifierKey>();
  for (const key of keys) {
    const other = known.get(identity(key));
    if (other !== undefined && !(other.type === key.type && equalBytes(other.publicKey, key.publicKey)))
      return undefined;
    known.set(identity(key), key);
  }
  return known;
}

function verifySignature(
  text: string,
  { signature }: NoteSignature,
  { name, keyId, type, publicKey }: VerifierKey,
  ed25519: Ed25519,
): VerifiedSignature | undefined {
  if (type === TYPE_COSIGNATURE) {
    const timestamp = verifyCosignature({ noteText: text, signature, publicKey, ed25519 });
    return timestamp === undefined ? undefined : { name, keyId, type, timestamp };
  }
  return ed25519.verify(publicKey, utf8Encode(text), signature) ? { name, keyId, type } : undefined;
}
