/**
 * Signs notes (C2SP signed-note). The text is our own, so a text that no verifier could open is a broken promise and
 * throws.
 */
import { utf8Encode } from '../bytes/utf8.ts';
import { invariant } from '../invariant.ts';
import { type Ed25519, nobleEd25519 } from '../signature/ed25519.ts';
import { signCosignature } from './cosignature.ts';
import { formatSignatureLine, isNoteText, parseNote } from './parse.ts';
import { makeVerifierKey, TYPE_COSIGNATURE, TYPE_ED25519, type VerifierKey } from './verifier-key.ts';

export interface NoteSigner {
  /** What verifiers are configured with. */
  readonly verifierKey: VerifierKey;
  /** The signature field over a note's text, without the key id. */
  sign(noteText: string): Uint8Array;
}

interface SignerKey {
  readonly name: string;
  /** 32-byte seed. */
  readonly secretKey: Uint8Array;
  readonly ed25519?: Ed25519;
}

/** A signer of plain Ed25519 signatures, type 0x01. */
export function noteSigner({ name, secretKey, ed25519 = nobleEd25519 }: SignerKey): NoteSigner {
  const verifierKey = keyOfSigner(name, TYPE_ED25519, ed25519.publicKey(secretKey));
  return { verifierKey, sign: (noteText) => ed25519.sign(secretKey, utf8Encode(noteText)) };
}

/** A signer of timestamped cosignatures, type 0x04; `timeSeconds` is the time it states. */
export function noteCosigner(input: SignerKey & { readonly timeSeconds: bigint }): NoteSigner {
  const { name, secretKey, timeSeconds, ed25519 = nobleEd25519 } = input;
  const verifierKey = keyOfSigner(name, TYPE_COSIGNATURE, ed25519.publicKey(secretKey));
  return { verifierKey, sign: (noteText) => signCosignature({ noteText, time: timeSeconds, secretKey, ed25519 }) };
}

/** The note of a text that ends in "\n", signed by each signer in order. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  invariant(
    isNoteText(text) && signers.length > 0,
    'a note has a signer, and a text of lines without control characters',
  );
  return appendSignatures(`${text}\n`, text, signers);
}

/** The same note with further signatures at its end: how a witness's word joins a checkpoint. */
export function cosignNote(note: string, signers: readonly NoteSigner[]): string {
  const parsed = parseNote(note);
  invariant(parsed.ok, 'the note is well-formed');
  return appendSignatures(note, parsed.value.text, signers);
}

function appendSignatures(head: string, text: string, signers: readonly NoteSigner[]): string {
  let note = head;
  for (const signer of signers) {
    const { name, keyId } = signer.verifierKey;
    note += formatSignatureLine({ name, keyId, signature: signer.sign(text) });
  }
  return note;
}

function keyOfSigner(name: string, type: number, publicKey: Uint8Array): VerifierKey {
  const key = makeVerifierKey({ name, type, publicKey });
  invariant(key.ok, 'a signer has a valid name and key');
  return key.value;
}
