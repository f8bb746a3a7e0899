/** UTF-8, strictly: no byte order mark is dropped and nothing malformed is replaced when decoding. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A lone surrogate becomes U+FFFD, as TextEncoder does; use `utf8EncodeStrict` for text of strangers. */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** undefined when `text` holds a lone surrogate, which UTF-8 cannot express. */
export function utf8EncodeStrict(text: string): Uint8Array | undefined {
  return text.isWellFormed() ? encoder.encode(text) : undefined;
}

/** undefined when the bytes are not well-formed UTF-8. A leading U+FEFF is kept. */
export function utf8Decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // The only failure of a fatal decoder over an array in memory is malformed input, which is what undefined says.
    return undefined;
  }
}
