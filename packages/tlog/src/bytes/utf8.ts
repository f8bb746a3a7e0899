/** UTF-8, strictly: no byte order mark is dropped and nothing malformed is replaced when decoding. */

import { failure, type Result, success } from '../result.ts';

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

/** Text of a stranger, given as bytes or as a string: well-formed and at most `bytesMax` bytes of UTF-8. */
export function decodeText(input: Uint8Array | string, bytesMax: number): Result<string, 'too_large' | 'not_utf8'> {
  // A string has at most as many UTF-16 units as its UTF-8 form has bytes, so its length alone can say too large.
  if (input.length > bytesMax) return failure('too_large');
  if (typeof input !== 'string') {
    const text = utf8Decode(input);
    return text === undefined ? failure('not_utf8') : success(text);
  }
  const bytes = utf8EncodeStrict(input);
  if (bytes === undefined) return failure('not_utf8');
  return bytes.length > bytesMax ? failure('too_large') : success(input);
}
