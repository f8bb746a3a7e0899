/**
 * Text → tokens, in one pass, keeping UTF-16 offsets. Tokens are words, numbers and marks; spaces and invisible characters leave none.
 *
 * A word is a run of letters and digits that starts with a letter, apostrophes inside included; 's, 're, 've, 'll, 'd, 'm are cut off,
 * n't stays. `U.S.` is one word, a hyphen divides. A number is a run of digits with its grouping commas and decimal point.
 * A web address is one word. Letters drawn like Latin ones inside a Latin word are read as Latin, and the token is marked MIXED.
 * Linear in the length of the text: each code unit is looked at a bounded number of times.
 */

import { PHRASES } from '../lexicon/phrases.ts';
import { PHRASE_FIRST } from '../lexicon/words.ts';
import { LETTER as ASTRAL_LETTER, astral } from './astral.ts';
import {
  APOSTROPHE,
  CAPITAL,
  CLASS,
  CYRILLIC,
  DIGIT,
  FOLD,
  FOREIGN,
  GREEK,
  HYPHEN,
  IDEOGRAPH,
  IGNORED,
  LATIN,
  LETTER,
  LOOKALIKE,
  NEWLINE,
  SCRIPT,
  SPACE,
  SURROGATE,
} from './characters.ts';
import { type Vocabulary, type Word, wordOf } from './vocabulary.ts';

/** Kinds of token. */
export const WORD = 1;
export const NUMBER = 2;
export const MARK = 3;
export const LINE = 4;

/** Bits of a token. */
export const CAP = 1;
export const ALL_CAPS = 2;
export const MIXED = 4;
/** Nothing between this token and the one before. */
export const GLUED = 8;
export const NON_LATIN = 16;
export const POSSESSIVE = 32;
export const ADDRESS = 64;

export const WORD_CHARS_MAX = 64;
const ADDRESS_CHARS_MAX = 200;

export type Tokens = {
  count: number;
  kind: Uint8Array;
  bits: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  /** The code unit of a MARK; how many line ends a LINE holds (2 for an empty line). */
  code: Uint16Array;
  /** Of words and numbers; the empty word at the other places. */
  word: Word[];
};

export const NO_WORD: Word = { text: '', bits: 1, stem: '', hits: undefined };

const NOT_LATIN = (1 << GREEK) | (1 << CYRILLIC) | (1 << FOREIGN);

/** What one scan counted besides tokens. */
export type ScanCounts = { letters: number; latin: number; foreign: number; invisible: number; symbols: number };

export function newTokens(capacity: number): Tokens {
  const size = Math.max(16, capacity);
  return {
    count: 0,
    kind: new Uint8Array(size),
    bits: new Uint8Array(size),
    start: new Int32Array(size),
    end: new Int32Array(size),
    code: new Uint16Array(size),
    word: [],
  };
}

function grow(tokens: Tokens): void {
  const size = tokens.kind.length * 2;
  const copy = <A extends Uint8Array | Int32Array | Uint16Array>(from: A, to: A): A => {
    to.set(from as never);
    return to;
  };
  tokens.kind = copy(tokens.kind, new Uint8Array(size));
  tokens.bits = copy(tokens.bits, new Uint8Array(size));
  tokens.start = copy(tokens.start, new Int32Array(size));
  tokens.end = copy(tokens.end, new Int32Array(size));
  tokens.code = copy(tokens.code, new Uint16Array(size));
}

function push(tokens: Tokens, kind: number, bits: number, start: number, end: number, code: number, word: Word): void {
  const at = tokens.count;
  if (at === tokens.kind.length) grow(tokens);
  tokens.kind[at] = kind;
  tokens.bits[at] = at > 0 && tokens.end[at - 1] === start && start > 0 ? bits | GLUED : bits;
  tokens.start[at] = start;
  tokens.end[at] = end;
  tokens.code[at] = code;
  tokens.word.push(word);
  tokens.count = at + 1;
}

/** Appends the tokens of `text` to `tokens` (offsets count from the start of `text`). */
export function scan(text: string, tokens: Tokens, vocabulary: Vocabulary): ScanCounts {
  const counts: ScanCounts = { letters: 0, latin: 0, foreign: 0, invisible: 0, symbols: 0 };
  const length = text.length;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    const charClass = CLASS[code];
    if (charClass === SPACE) at += 1;
    else if (charClass === LETTER) at = scanWord(text, at, tokens, vocabulary, counts);
    else if (charClass === DIGIT) at = scanNumber(text, at, tokens, vocabulary);
    else if (charClass === NEWLINE) at = scanLine(text, at, tokens);
    else if (charClass === IGNORED) {
      counts.invisible += 1;
      at += 1;
    } else if (charClass === IDEOGRAPH) {
      counts.letters += 1;
      counts.foreign += 1;
      push(tokens, WORD, NON_LATIN, at, at + 1, 0, wordOf(vocabulary, text.charAt(at)));
      at += 1;
    } else if (charClass === SURROGATE) at = scanSurrogate(text, at, tokens, vocabulary, counts);
    else {
      if (charClass !== APOSTROPHE && charClass !== HYPHEN && code > 0x7f) counts.symbols += 1;
      push(tokens, MARK, 0, at, at + 1, charClass === HYPHEN ? 0x2d : code, NO_WORD);
      at += 1;
    }
  }
  return counts;
}

function scanLine(text: string, from: number, tokens: Tokens): number {
  let at = from;
  let lines = 0;
  while (at < text.length) {
    const charClass = CLASS[text.charCodeAt(at)];
    if (charClass === NEWLINE) {
      if (!(text.charCodeAt(at) === 0x0a && at > from && text.charCodeAt(at - 1) === 0x0d)) lines += 1;
    } else if (charClass !== SPACE) break;
    at += 1;
  }
  push(tokens, LINE, 0, from, at, Math.min(lines, 2), NO_WORD);
  return at;
}

function scanSurrogate(text: string, at: number, tokens: Tokens, vocabulary: Vocabulary, counts: ScanCounts): number {
  const point = text.codePointAt(at) ?? 0;
  if (point < 0x10000) {
    counts.symbols += 1;
    return at + 1;
  }
  const read = astral(point);
  if (read === undefined) {
    if (point >= 0x20000 && point < 0x40000) {
      counts.letters += 1;
      counts.foreign += 1;
      push(tokens, WORD, NON_LATIN, at, at + 2, 0, wordOf(vocabulary, text.slice(at, at + 2)));
    } else if (point >= 0xe0000) counts.invisible += 1;
    else counts.symbols += 1;
    return at + 2;
  }
  // Mathematical letters and digits: read the whole run as what it looks like.
  let run = '';
  let end = at;
  while (end < text.length) {
    const next = astral(text.codePointAt(end) ?? 0);
    if (next === undefined || next.kind !== read.kind) break;
    run += next.as;
    end += 2;
  }
  const letters = read.kind === ASTRAL_LETTER;
  if (letters) {
    counts.letters += run.length;
    counts.latin += run.length;
  }
  push(
    tokens,
    letters ? WORD : NUMBER,
    letters ? MIXED : 0,
    at,
    end,
    0,
    wordOf(vocabulary, run.slice(0, WORD_CHARS_MAX)),
  );
  return end;
}

function scanWord(text: string, from: number, tokens: Tokens, vocabulary: Vocabulary, counts: ScanCounts): number {
  let at = from;
  let plain = true;
  let capitals = 0;
  let letters = 0;
  let scripts = 0;
  const length = text.length;
  for (; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x61 && code <= 0x7a) {
      letters += 1;
      continue;
    }
    const charClass = CLASS[code];
    if (charClass === LETTER) {
      letters += 1;
      if (CAPITAL[code] === 1) capitals += 1;
      if (code > 0x7f) scripts |= 1 << (SCRIPT[code] ?? 0);
      // One capital at the front, as most capitals are: still a slice and a letter.
      if (at > from || code > 0x7f) plain = false;
    } else if (charClass === DIGIT) {
      if (code > 0x39) plain = false;
    } else if (charClass === IGNORED) {
      counts.invisible += 1;
      plain = false;
    } else if (charClass === APOSTROPHE && CLASS[text.charCodeAt(at + 1)] === LETTER) plain = false;
    else if (code === 0x2e && letters === 1 && isAcronym(text, at)) {
      at = acronymEnd(text, at);
      plain = false;
      capitals = CAPITAL[text.charCodeAt(from)] === 1 ? 2 : 0;
      letters = 2;
      break;
    } else break;
  }
  if (isAddress(text, from, at)) return scanAddress(text, from, tokens, vocabulary);
  let bits = 0;
  if (CAPITAL[text.charCodeAt(from)] === 1) bits |= CAP;
  if (capitals >= 2 && capitals === letters) bits |= ALL_CAPS;
  counts.letters += letters;
  const folded = plain ? plainWord(text, from, at, capitals) : fold(text, from, at, scripts);
  if ((scripts & NOT_LATIN) === 0 || hasLatin(text, from, at)) {
    counts.latin += letters;
    if ((scripts & NOT_LATIN) !== 0 && hasLookalike(text, from, at)) bits |= MIXED;
  } else {
    counts.foreign += letters;
    bits |= NON_LATIN;
  }
  emitWord(folded, plain, bits, from, at, tokens, vocabulary);
  return at;
}

function plainWord(text: string, from: number, to: number, capitals: number): string {
  const end = Math.min(to, from + WORD_CHARS_MAX);
  if (capitals === 0) return text.slice(from, end);
  return String.fromCharCode(text.charCodeAt(from) | 0x20) + text.slice(from + 1, end);
}

function emitWord(
  folded: string,
  plain: boolean,
  bits: number,
  from: number,
  to: number,
  tokens: Tokens,
  vocabulary: Vocabulary,
): void {
  let text = folded;
  let flags = bits;
  const quote = plain ? -1 : folded.indexOf("'");
  if (quote > 0) {
    const tail = folded.slice(folded.lastIndexOf("'") + 1);
    if (tail === 's' || tail === 're' || tail === 've' || tail === 'll' || tail === 'd' || tail === 'm') {
      text = folded.slice(0, folded.lastIndexOf("'"));
      if (tail === 's') flags |= POSSESSIVE;
    }
    text = text.replaceAll("'", '');
  }
  // US and us are two words.
  if ((flags & ALL_CAPS) !== 0) text = text === 'us' ? 'unitedstates' : text === 'uk' ? 'unitedkingdom' : text;
  const word = wordOf(vocabulary, text);
  const last = tokens.count - 1;
  const previous = last >= 0 ? (tokens.word[last] as Word) : NO_WORD;
  if ((previous.bits & PHRASE_FIRST) !== 0 && tokens.kind[last] === WORD) {
    const meaning = PHRASES.get(previous.text)?.get(text);
    if (meaning !== undefined) {
      tokens.word[last] = wordOf(vocabulary, meaning);
      push(tokens, WORD, flags, from, to, 0, NO_WORD);
      return;
    }
  }
  push(tokens, WORD, flags, from, to, 0, word);
}

function fold(text: string, from: number, to: number, scripts: number): string {
  let folded = '';
  const mixed = (scripts & NOT_LATIN) !== 0 && hasLatin(text, from, to);
  for (let at = from; at < to && folded.length < WORD_CHARS_MAX; at += 1) {
    const code = text.charCodeAt(at);
    const charClass = CLASS[code];
    if (charClass === APOSTROPHE) folded += "'";
    else if (charClass === LETTER || charClass === DIGIT) {
      const plain = FOLD[code] ?? code;
      folded += String.fromCharCode((mixed && (LOOKALIKE[code] || LOOKALIKE[plain])) || plain);
    }
  }
  return folded;
}

function hasLatin(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (SCRIPT[text.charCodeAt(at)] === LATIN) return true;
  return false;
}

function hasLookalike(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (LOOKALIKE[code] || LOOKALIKE[FOLD[code] ?? 0]) return true;
  }
  return false;
}

/** A letter, a full stop at `at`, a letter and again a full stop: U.S., e.g. */
function isAcronym(text: string, at: number): boolean {
  return CLASS[text.charCodeAt(at + 1)] === LETTER && text.charCodeAt(at + 2) === 0x2e;
}

/** Past the last letter of the acronym; its last full stop stays outside, since it may end the sentence as well. */
function acronymEnd(text: string, from: number): number {
  let at = from;
  const limit = from + WORD_CHARS_MAX;
  while (text.charCodeAt(at) === 0x2e && CLASS[text.charCodeAt(at + 1)] === LETTER && at < limit) {
    if (text.charCodeAt(at + 2) !== 0x2e) break;
    at += 2;
  }
  return at;
}

function isAddress(text: string, from: number, to: number): boolean {
  const next = text.charCodeAt(to);
  if (next === 0x3a) return text.startsWith('://', to);
  if (next === 0x40) return CLASS[text.charCodeAt(to + 1)] === LETTER;
  return next === 0x2e && to - from === 3 && text.startsWith('www', from);
}

function scanAddress(text: string, from: number, tokens: Tokens, vocabulary: Vocabulary): number {
  let end = from;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const charClass = CLASS[code];
    if (charClass === SPACE || charClass === NEWLINE || '<>"|)]}'.includes(text.charAt(end))) break;
    end += 1;
  }
  while (end > from + 1 && '.,;:!?*'.includes(text.charAt(end - 1))) end -= 1;
  let read = '';
  for (let at = from; at < end && at < from + ADDRESS_CHARS_MAX; at += 1)
    read += String.fromCharCode(FOLD[text.charCodeAt(at)] ?? 0);
  push(tokens, WORD, ADDRESS, from, end, 0, wordOf(vocabulary, read));
  return end;
}

function isDigit(text: string, at: number): boolean {
  return at < text.length && CLASS[text.charCodeAt(at)] === DIGIT;
}

function scanNumber(text: string, from: number, tokens: Tokens, vocabulary: Vocabulary): number {
  let at = from;
  let lead = 0;
  while (at < text.length) {
    const charClass = CLASS[text.charCodeAt(at)];
    if (charClass === DIGIT) lead += 1;
    else if (charClass !== IGNORED) break;
    at += 1;
  }
  if (lead <= 3) {
    // Grouping: a comma, or a space that does not break, and three digits, again and again.
    while (isGroup(text, at)) at += 4;
  }
  let points = 0;
  // A full stop, or the raised one of some journals.
  while ((text.charCodeAt(at) === 0x2e || text.charCodeAt(at) === 0xb7) && isDigit(text, at + 1)) {
    points += 1;
    at += 1;
    while (isDigit(text, at)) at += 1;
  }
  if (points === 0 && text.charCodeAt(at) === 0x3a && isDigit(text, at + 1) && isDigit(text, at + 2)) {
    at += 3;
    if (text.charCodeAt(at) === 0x3a && isDigit(text, at + 1)) at += 3;
  }
  at = Math.min(at, text.length);
  push(tokens, NUMBER, 0, from, at, 0, wordOf(vocabulary, digitsOf(text, from, at)));
  return at;
}

function isGroup(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code !== 0x2c && code !== 0xa0 && code !== 0x202f && code !== 0x2009) return false;
  return isDigit(text, at + 1) && isDigit(text, at + 2) && isDigit(text, at + 3) && !isDigit(text, at + 4);
}

function digitsOf(text: string, from: number, to: number): string {
  let digits = '';
  for (let at = from; at < to && digits.length < WORD_CHARS_MAX; at += 1) {
    const code = text.charCodeAt(at);
    if (CLASS[code] === DIGIT) digits += String.fromCharCode(FOLD[code] ?? code);
    else if (code === 0x2e || code === 0xb7) digits += '.';
    else if (code === 0x3a) digits += ':';
  }
  return digits;
}
