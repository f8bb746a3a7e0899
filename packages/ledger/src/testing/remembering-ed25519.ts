/** The pure Ed25519 that computes each signature once: tests meet the same few again and again, and it takes milliseconds. */
import { type Ed25519, nobleEd25519, toHex } from '@fractal/tlog';

export function rememberingEd25519(): Ed25519 {
  return { ...nobleEd25519, sign: remembered(nobleEd25519.sign), verify: remembered(nobleEd25519.verify) };
}

function remembered<T>(compute: (...parts: Uint8Array[]) => T): (...parts: Uint8Array[]) => T {
  const known = new Map<string, T>();
  return (...parts) => {
    const name = parts.map(toHex).join();
    const value = known.get(name) ?? compute(...parts);
    known.set(name, value);
    return value;
  };
}
