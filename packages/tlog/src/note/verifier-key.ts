/**
 * Verifier keys (C2SP signed-note): `<name>+<key id, 8 hex digits>+<base64 of type ‖ public key>`.
 *
 *     key id = first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)
 *
 * Two types are spoken: 0x01 Ed25519 and 0x04 Ed25519 cosignature with a time. Keys of other types are refused.
 */

import { fromBase64, toBase64 } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { sha256 } from '../hash/sha256.ts';
import { failure, type Result, success } from '../result.ts';
import { ED25519_KEY_BYTES, isAcceptableEd25519Key } from '../signature/ed25519.ts';
import { isKeyName } from './key-name.ts';

/** A plain Ed25519 signature over the note's text. */
export const TYPE_ED25519 = 0x01;
/** A timestamped Ed25519 cosignature, `cosignature/v1`. */
export const TYPE_COSIGNATURE = 0x04;

export type SignatureType = typeof TYPE_ED25519 | typeof TYPE_COSIGNATURE;

export interface VerifierKey {
  readonly name: string;
  /** u32. */
  readonly keyId: number;
  readonly type: SignatureType;
  /** 32 bytes, acceptable by the definition of `signature/ed25519.ts`. */
  readonly publicKey: Uint8Array;
}

const KEY_ID = /^[0-9a-f]{8}$/;

/** The key id of the recommended rule, as a u32. */
export function keyIdOf(name: string, type: number, publicKey: Uint8Array): number {
  const digest = sha256(concatBytes(utf8Encode(name), Uint8Array.of(0x0a, type), publicKey));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}

/** A verifier key from its parts; `vkey_malformed` when name, type or key is not acceptable. */
export function makeVerifierKey(input: {
  readonly name: string;
  readonly type: number;
  readonly publicKey: Uint8Array;
}): Result<VerifierKey, 'vkey_malformed'> {
  const { name, type, publicKey } = input;
  if (!isKeyName(name)) return failure('vkey_malformed', 'the name is empty or holds a space or a plus');
  if (type !== TYPE_ED25519 && type !== TYPE_COSIGNATURE) return failure('vkey_malformed', 'the type is not spoken');
  if (publicKey.length !== ED25519_KEY_BYTES) return failure('vkey_malformed', 'the public key has 32 bytes');
  if (!isAcceptableEd25519Key(publicKey)) return failure('vkey_malformed', 'the public key is no acceptable point');
  return success({ name, keyId: keyIdOf(name, type, publicKey), type, publicKey });
}

/** Parses a verifier key. The one code is `vkey_malformed`; a key id that is not that of the key is malformed too. */
export function parseVerifierKey(vkey: string): Result<VerifierKey, 'vkey_malformed'> {
  const first = vkey.indexOf('+');
  const second = vkey.indexOf('+', first + 1);
  if (first < 0 || second < 0) return failure('vkey_malformed', 'fewer than three parts');
  const keyId = vkey.slice(first + 1, second);
  if (!KEY_ID.test(keyId)) return failure('vkey_malformed', 'the key id has 8 lower-case hex digits');
  const material = fromBase64(vkey.slice(second + 1));
  if (material === undefined || material.length === 0) return failure('vkey_malformed', 'the key is no base64');
  const key = makeVerifierKey({ name: vkey.slice(0, first), type: material[0]!, publicKey: material.slice(1) });
  if (!key.ok) return key;
  return key.value.keyId === Number.parseInt(keyId, 16)
    ? key
    : failure('vkey_malformed', 'the key id belongs to another key');
}

/** The text that `parseVerifierKey` reads. */
export function formatVerifierKey(key: VerifierKey): string {
  const material = concatBytes(Uint8Array.of(key.type), key.publicKey);
  return `${key.name}+${formatKeyId(key.keyId)}+${toBase64(material)}`;
}

function formatKeyId(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

/** Whether the keys may stand in these places: a log signs with type 0x01, witnesses cosign with 0x04. */
export function areKeysInPlace(logKey: VerifierKey, witnessKeys: readonly VerifierKey[]): boolean {
  return logKey.type === TYPE_ED25519 && witnessKeys.every((key) => key.type === TYPE_COSIGNATURE);
}
