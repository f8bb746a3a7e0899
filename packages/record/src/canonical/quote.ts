/**
 * Strings as RFC 8785 section 3.2.2.2 writes them: `\" \\ \b \t \n \f \r`, other characters below 0x20 as `\u00xx` in
 * lower-case hex, everything else as it is. ECMAScript's JSON.stringify writes exactly that for well-formed strings.
 */
/** From the space on, without the quotation mark and the backslash. */
const PLAIN = /^[ !#-[\]-\uffff]*$/;

/** `text` must hold no lone surrogate. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
