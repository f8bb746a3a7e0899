/** Key names of signed notes (C2SP signed-note): not empty, without Unicode spaces and without `+`. */

/**
 * Unicode's White_Space, plus `+`. Not `\s`, which differs from it at U+0085 and U+FEFF. Control characters cannot be
 * part of a note and are refused here too, so that a signer cannot make a note nobody opens.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0020+\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;

export function isKeyName(name: string): boolean {
  return name.length > 0 && name.isWellFormed() && !FORBIDDEN.test(name);
}
