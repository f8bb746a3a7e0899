/**
 * Tokens → sentences, keeping offsets. A sentence ends at a full stop, question or exclamation mark that ends one (not after an
 * abbreviation, an initial, inside a number or an address), at an empty line, at a line end before or after a list item, heading or
 * table row, and at a line end that does not look like a wrapped line. Very long ones are cut after `SENTENCE_TOKENS_MAX` tokens.
 * Markdown's marks, list numbers, citation marks such as [3] belong to no claim: `first` and `last` leave those at the edges out.
 */
import { ABBREVIATION, OPENER } from '../lexicon/words.ts';
import { CAP, GLUED, LINE, MARK, NUMBER, type Tokens, WORD } from './scan.ts';

export const SENTENCE_TOKENS_MAX = 120;
const WRAPPED_LINE_CHARS_MIN = 55;

/** Half-open ranges of tokens. */
export type Sentences = { count: number; from: Int32Array; to: Int32Array; question: Uint8Array; row: Uint8Array };

const FULL_STOP = 0x2e;
const QUESTION = 0x3f;
const EXCLAMATION = 0x21;
const PIPE = 0x7c;
const IDEOGRAPHIC_STOP = 0x3002;

/** Sentences of the tokens in [from, to). */
export function sentencesOf(tokens: Tokens, from: number, to: number): Sentences {
  const starts: number[] = [];
  const ends: number[] = [];
  const questions: number[] = [];
  let begin = from;
  let lineStart = from < to ? (tokens.start[from] as number) : 0;
  const close = (end: number, next: number, question: boolean): void => {
    if (hasContent(tokens, begin, end)) {
      starts.push(begin);
      ends.push(end);
      questions.push(question ? 1 : 0);
    }
    begin = next;
  };
  for (let at = from; at < to; at += 1) {
    const kind = tokens.kind[at];
    if (kind === LINE) {
      if (endsLine(tokens, at, to, lineStart)) close(at, at + 1, false);
      lineStart = tokens.end[at] as number;
    } else if (kind === MARK && endsSentence(tokens, at, to)) {
      const code = tokens.code[at];
      let end = at + 1;
      while (end < to && isCloser(tokens, end)) end += 1;
      close(end, end, code === QUESTION || questionBefore(tokens, at));
      at = end - 1;
    } else if (at - begin >= SENTENCE_TOKENS_MAX) close(at, at, false);
  }
  close(to, to, false);
  return {
    count: starts.length,
    from: Int32Array.from(starts),
    to: Int32Array.from(ends),
    question: Uint8Array.from(questions),
    row: Uint8Array.from(starts, (start, index) => (isRow(tokens, start, ends[index] as number) ? 1 : 0)),
  };
}

function hasContent(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (tokens.kind[at] === WORD || tokens.kind[at] === NUMBER) return true;
  }
  return false;
}

function isCloser(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== MARK || ((tokens.bits[at] as number) & GLUED) === 0) return false;
  const code = tokens.code[at];
  return (
    code === 0x22 ||
    code === 0x27 ||
    code === 0x2019 ||
    code === 0x201d ||
    code === 0x29 ||
    code === 0x5d ||
    code === 0x2a ||
    code === FULL_STOP ||
    code === QUESTION ||
    code === EXCLAMATION
  );
}

function questionBefore(tokens: Tokens, at: number): boolean {
  return at > 0 && tokens.kind[at - 1] === MARK && tokens.code[at - 1] === QUESTION;
}

function endsSentence(tokens: Tokens, at: number, to: number): boolean {
  const code = tokens.code[at];
  if (code === IDEOGRAPHIC_STOP) return true;
  if (code !== FULL_STOP && code !== QUESTION && code !== EXCLAMATION) return false;
  const next = at + 1;
  if (next >= to || tokens.kind[next] === LINE) return true;
  const gluedNext = ((tokens.bits[next] as number) & GLUED) !== 0;
  if (code !== FULL_STOP) return !gluedNext || isCloser(tokens, next);
  if (gluedNext && !isCloser(tokens, next)) {
    // "done.Next": a lower-case word of some length, then a capital.
    return (
      at > 0 &&
      tokens.kind[at - 1] === WORD &&
      tokens.kind[next] === WORD &&
      ((tokens.bits[next] as number) & CAP) !== 0 &&
      (tokens.word[at - 1]?.text.length ?? 0) > 2
    );
  }
  return at === 0 || !isAbbreviation(tokens, at - 1, next);
}

/** Whether the word before a full stop takes the stop for itself, given what comes next. */
function isAbbreviation(tokens: Tokens, at: number, next: number): boolean {
  if (tokens.kind[at] !== WORD) {
    // "1." opening a list item on a line of its own.
    return (
      tokens.kind[at] === NUMBER &&
      (at === 0 || tokens.kind[at - 1] === LINE) &&
      (tokens.word[at]?.text.length ?? 9) <= 3
    );
  }
  const word = tokens.word[at];
  if (word === undefined) return false;
  const nextWord = tokens.kind[next] === WORD ? tokens.word[next] : undefined;
  const nextOpens =
    nextWord !== undefined && ((tokens.bits[next] as number) & CAP) !== 0 && (nextWord.bits & OPENER) !== 0;
  // Dots inside the word: U.S., e.g.
  const chars = (tokens.end[at] as number) - (tokens.start[at] as number);
  const acronym =
    (chars > word.text.length && word.text.length <= 5) || (chars === 3 && word.text.startsWith('united'));
  if (acronym && (word.bits & ABBREVIATION) === 0) return !nextOpens;
  if (word.text.length === 1) return ((tokens.bits[at] as number) & CAP) !== 0 && !nextOpens;
  if ((word.bits & ABBREVIATION) === 0) return false;
  // "etc. The", "Inc. It": what opens a sentence after an abbreviation opens one; titles take the stop whatever follows.
  return !nextOpens || /^(mr|mrs|ms|dr|prof|st|vs|fig|eg|ie|al|no)$/.test(word.text);
}

function endsLine(tokens: Tokens, at: number, to: number, lineStart: number): boolean {
  if (tokens.code[at] === 2) return true;
  const next = at + 1;
  if (next >= to) return true;
  if (tokens.kind[next] === MARK) {
    const code = tokens.code[next];
    // A list item, a heading, a table row, a quotation mark of Markdown.
    if (code === 0x2d || code === 0x2a || code === 0x23 || code === PIPE || code === 0x2022 || code === 0x3e)
      return true;
  }
  if (tokens.kind[next] === NUMBER && next + 1 < to && tokens.kind[next + 1] === MARK) {
    const code = tokens.code[next + 1];
    if (code === FULL_STOP || code === 0x29) return true;
  }
  const lineChars = (tokens.start[at] as number) - lineStart;
  if (tokens.kind[at - 1] === MARK && tokens.code[at - 1] === 0x3a) return true;
  if (tokens.kind[next] === WORD && ((tokens.bits[next] as number) & CAP) === 0) return lineChars < 25;
  return lineChars < WRAPPED_LINE_CHARS_MIN || lineChars > 120;
}

function isRow(tokens: Tokens, from: number, to: number): boolean {
  let pipes = 0;
  for (let at = from; at < to; at += 1) if (tokens.kind[at] === MARK && tokens.code[at] === PIPE) pipes += 1;
  return pipes >= 2;
}
