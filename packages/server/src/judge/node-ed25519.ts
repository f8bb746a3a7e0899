/**
 * Ed25519 by node:crypto (OpenSSL) behind the port of @fractal/tlog: some ten times as fast as the pure one.
 *
 * OpenSSL checks S < L and compares the encoding of [S]B − [k]A with R byte for byte (cofactorless), as the specification
 * asks; it does not refuse public keys of small order or not canonical, so `isAcceptableEd25519Key` stands before it.
 * A test holds both implementations against the same hostile cases. Key objects are kept, at most `KEPT_MAX`.
 */

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Ed25519, isAcceptableEd25519Key, toHex } from '@fractal/tlog';

const KEPT_MAX = 4_096;
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function nodeEd25519(): Ed25519 {
  const publicKeys = new Map<string, KeyObject | undefined>();
  const secretKeys = new Map<string, KeyObject>();
  return {
    verify(publicKey, message, signature) {
      if (signature.length !== 64) return false;
      const key = kept(publicKeys, toHex(publicKey), () => publicKeyOf(publicKey));
      return key !== undefined && verify(null, message, key, signature);
    },
    sign: (secretKey, message) =>
      new Uint8Array(
        sign(
          null,
          message,
          kept(secretKeys, toHex(secretKey), () => secretKeyOf(secretKey)),
        ),
      ),
    publicKey: (secretKey) => {
      const spki = createPublicKey(secretKeyOf(secretKey)).export({ type: 'spki', format: 'der' });
      return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
    },
  };
}

function kept<T>(cache: Map<string, T>, name: string, make: () => T): T {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size >= KEPT_MAX) cache.delete(cache.keys().next().value!);
  cache.set(name, made);
  return made;
}

function publicKeyOf(publicKey: Uint8Array): KeyObject | undefined {
  if (!isAcceptableEd25519Key(publicKey)) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
}

function secretKeyOf(secretKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secretKey]), format: 'der', type: 'pkcs8' });
}
