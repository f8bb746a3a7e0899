/** Names in a sentence of the output: capitalised runs of words that name someone or something. */
import { AUXILIARY, CLOSED_CLASS, FUNCTION, OPENER } from '../lexicon/words.ts';
import { ADDRESS, ALL_CAPS, CAP, MARK, NUMBER, type Tokens, WORD } from '../text/scan.ts';

/** Tokens [from, to). */
export type Name = { readonly from: number; readonly to: number };

/**
 * Names: runs of capitalised words, with `of`, `the`, `de` and the like inside. A word that opens the sentence counts when it is no
 * word of grammar and stands capitalised elsewhere too, or another capital follows it. In a line that is capitalised throughout
 * capitals say nothing.
 */
export function namesOf(
  tokens: Tokens,
  from: number,
  to: number,
  inQuantity: ReadonlySet<number>,
  capitalised: ReadonlySet<string>,
): Name[] {
  if (isTitleCase(tokens, from, to)) return [];
  const names: Name[] = [];
  let at = from;
  let opening = true;
  while (at < to) {
    if (tokens.kind[at] !== WORD && tokens.kind[at] !== NUMBER) {
      if (
        tokens.kind[at] === MARK &&
        (tokens.code[at] === 0x3a || tokens.code[at] === 0x22 || tokens.code[at] === 0x201c)
      )
        opening = true;
      at += 1;
      continue;
    }
    const end = nameEnd(tokens, at, to, inQuantity);
    if (end > at && (!opening || opensWithName(tokens, at, end, capitalised))) {
      const begin = opening && isOpener(tokens, at) && end > at + 1 ? at + 1 : at;
      names.push({ from: begin, to: end });
    }
    opening = false;
    at = end > at ? end : at + 1;
  }
  return names;
}

function isOpener(tokens: Tokens, at: number): boolean {
  return ((tokens.word[at]?.bits ?? 0) & (OPENER | AUXILIARY | FUNCTION)) !== 0;
}

function opensWithName(tokens: Tokens, at: number, end: number, capitalised: ReadonlySet<string>): boolean {
  const word = tokens.word[at];
  if (word === undefined) return false;
  if (isOpener(tokens, at)) return end > at + 1;
  if (((tokens.bits[at] as number) & ALL_CAPS) !== 0) return true;
  return end > at + 1 || capitalised.has(word.text);
}

function isNameToken(tokens: Tokens, at: number, inQuantity: ReadonlySet<number>): boolean {
  if (tokens.kind[at] !== WORD || inQuantity.has(at)) return false;
  const bits = tokens.bits[at] as number;
  if ((bits & ADDRESS) !== 0) return true;
  if ((bits & CAP) === 0) return false;
  const word = tokens.word[at];
  return word !== undefined && word.text !== 'i' && (CLOSED_CLASS.get(word.text) ?? 0) !== (FUNCTION | OPENER);
}

function nameEnd(tokens: Tokens, from: number, to: number, inQuantity: ReadonlySet<number>): number {
  if (!isNameToken(tokens, from, inQuantity)) return from;
  let end = from + 1;
  while (end < to) {
    if (isNameToken(tokens, end, inQuantity)) end += 1;
    else if (end + 1 < to && joinsName(tokens, end) && isNameToken(tokens, end + 1, inQuantity)) end += 2;
    else break;
  }
  return end;
}

function joinsName(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] === MARK) return tokens.code[at] === 0x2d || tokens.code[at] === 0x2e || tokens.code[at] === 0x26;
  return /^(of|the|de|la|le|du|del|der|den|van|von|al|el|bin|da|di|y)$/.test(tokens.word[at]?.text ?? '');
}

function isTitleCase(tokens: Tokens, from: number, to: number): boolean {
  let words = 0;
  let capitals = 0;
  for (let at = from; at < to; at += 1) {
    if (tokens.kind[at] !== WORD || ((tokens.word[at]?.bits ?? 0) & FUNCTION) !== 0) continue;
    words += 1;
    if (((tokens.bits[at] as number) & CAP) !== 0) capitals += 1;
  }
  return words >= 6 && capitals * 10 >= words * 9;
}
