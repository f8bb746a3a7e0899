/** Openings of a sentence that say nothing ("Based on the passages,"): found and passed over. */
import { BOILERPLATE_WORDS, LEAD_INS, SOURCE_WORDS } from '../lexicon/boilerplate.ts';
import { FUNCTION } from '../lexicon/words.ts';
import { MARK, NUMBER, type Tokens, WORD } from '../text/scan.ts';

/** The first token of what the sentence [from, to) says. */
export function skipLeadIns(tokens: Tokens, from: number, to: number): number {
  let begin = from;
  for (let round = 0; round < 3; round += 1) {
    while (begin < to && tokens.kind[begin] !== WORD && tokens.kind[begin] !== NUMBER && !isSign(tokens, begin))
      begin += 1;
    const after = leadInEnd(tokens, begin, to);
    if (after === begin) break;
    begin = after;
  }
  return begin;
}

/** Signs that belong to the figure behind them. */
function isSign(tokens: Tokens, at: number): boolean {
  const code = tokens.code[at] as number;
  return (
    tokens.kind[at] === MARK && (code === 0x24 || code === 0xa3 || code === 0x20ac || code === 0x7e || code === 0x2d)
  );
}

function leadInEnd(tokens: Tokens, from: number, to: number): number {
  const first = tokens.word[from]?.text ?? '';
  for (const leadIn of LEAD_INS.get(first) ?? []) {
    let at = from + 1;
    let matched = true;
    for (const word of leadIn.rest) {
      if (at >= to || tokens.word[at]?.text !== word) {
        matched = false;
        break;
      }
      at += 1;
    }
    if (!matched) continue;
    // "according to the passages," and its like: sources only, up to a comma.
    if (leadIn.source) {
      const end = sourceEnd(tokens, at, to);
      if (end !== undefined) return end;
      continue;
    }
    if (leadIn.comma && !(at < to && tokens.kind[at] === MARK && tokens.code[at] === 0x2c)) continue;
    while (at < to && tokens.kind[at] === MARK && (tokens.code[at] === 0x2c || tokens.code[at] === 0x3a)) at += 1;
    if (at < to) return at;
  }
  return from;
}

function sourceEnd(tokens: Tokens, from: number, to: number): number | undefined {
  let named = false;
  for (let at = from; at < to && at < from + 10; at += 1) {
    if (tokens.kind[at] === MARK) {
      if (tokens.code[at] === 0x2c || tokens.code[at] === 0x3a) return named ? at + 1 : undefined;
      continue;
    }
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] === NUMBER) continue;
    if (SOURCE_WORDS.has(word.text)) named = true;
    else if ((word.bits & FUNCTION) === 0 && !BOILERPLATE_WORDS.has(word.text)) return undefined;
  }
  return undefined;
}
