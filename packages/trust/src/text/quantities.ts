/**
 * Numbers, amounts and dates in a run of tokens: `$5 million`, `67,000,000`, `sixty-seven million`, `12 per cent`, `5 km`, `21st`,
 * `the 1990s`, `3 May 2019`, `May 3rd, 2019`, `2019-05-03`, `12:30 pm`. Each keeps its tokens, its value in the base of its dimension,
 * and how exact it says it is. List numbers at the start of a line and citation marks like [12] are passed over.
 *
 * Not read: Roman numerals, arithmetic, sums spread over a table, dates relative to today.
 */
import { DIGITS, MONTH, NUMERAL } from '../lexicon/words.ts';
import { dateAt } from './dates.ts';
import { figureAt } from './figures.ts';
import { isSpelled, spelledAt } from './number-words.ts';
import { type Draft, type Quantity, textAt } from './quantity.ts';
import { MARK, NUMBER, type Tokens, WORD } from './scan.ts';

const APPROXIMATE = new Set('about around approximately roughly nearly almost circa ca approx some close'.split(' '));
const MORE = new Set(
  'over above exceeding exceeds exceed exceeded atleast minimum beyond surpassing surpassed'.split(' '),
);
const LESS = new Set(['under', 'below', 'atmost', 'upto', 'maximum', 'within']);

/** Quantities of the tokens in [from, to), in order. */
export function quantitiesOf(tokens: Tokens, from: number, to: number): Quantity[] {
  const found: Quantity[] = [];
  let at = from;
  while (at < to) {
    const kind = tokens.kind[at];
    const bits = kind === WORD || kind === NUMBER ? (tokens.word[at]?.bits ?? 0) : 0;
    if ((bits & (DIGITS | NUMERAL | MONTH)) === 0 && !isSpelled(tokens, at)) {
      at += 1;
      continue;
    }
    const quantity =
      dateAt(tokens, at, to) ?? (kind === NUMBER ? figureAt(tokens, at, from, to, found) : spelledAt(tokens, at, to));
    if (quantity === undefined) {
      at += 1;
      continue;
    }
    // The second half of a phrase read as one word: per cent.
    if (quantity.to < to && tokens.kind[quantity.to] === WORD && textAt(tokens, quantity.to) === '') quantity.to += 1;
    found.push(hedged(quantity, tokens, from));
    at = Math.max(at + 1, quantity.to);
  }
  return found;
}

function hedged(quantity: Draft, tokens: Tokens, first: number): Quantity {
  for (let back = 1; back <= 3; back += 1) {
    const at = quantity.from - back;
    if (at < first) break;
    if (tokens.kind[at] === MARK) {
      const code = tokens.code[at];
      if (code === 0x7e || code === 0x2248) quantity.approximate = true;
      else if (code === 0x3e) quantity.bound = 1;
      else if (code === 0x3c) quantity.bound = -1;
      else if (code !== 0x28) break;
      continue;
    }
    if (tokens.kind[at] !== WORD) break;
    const text = textAt(tokens, at);
    if (APPROXIMATE.has(text)) quantity.approximate = true;
    else if (MORE.has(text)) quantity.bound = quantity.dimension === 'date' || quantity.year !== 0 ? 0 : 1;
    else if (LESS.has(text)) quantity.bound = quantity.dimension === 'date' || quantity.year !== 0 ? 0 : -1;
    else if (text !== 'a' && text !== 'the' && text !== 'an' && text !== '') break;
  }
  return quantity;
}
