/** Numbers in words: `sixty-seven million`, `a dozen`, `half a million`, `two-thirds`, `twenty-first`, `twice`, `a decade`. */
import { FRACTIONS, NUMBER_WORDS, ORDINALS, SCALES, UNITS } from '../lexicon/numbers.ts';
import { precisionOf } from './figures.ts';
import { type Draft, draft, isGlued, isMark, textAt } from './quantity.ts';
import { MARK, type Tokens, WORD } from './scan.ts';
import { century, unitAfter } from './units.ts';

export function isSpelled(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== WORD) return false;
  const text = textAt(tokens, at);
  return /^(half|twice|thrice|quarter|quarters|decade|century)$/.test(text);
}

/** The quantity whose words begin at this token, if they do. */
export function spelledAt(tokens: Tokens, at: number, to: number): Draft | undefined {
  const text = textAt(tokens, at);
  if (text === 'twice' || text === 'thrice') {
    return {
      ...draft(at, at + 1),
      dimension: 'times',
      raw: text === 'twice' ? 2 : 3,
      value: text === 'twice' ? 2 : 3,
      weak: true,
    };
  }
  if (text === 'decade' || text === 'century') {
    // "a decade": ten years; where a figure stands before it, it is that figure's unit and was read with it.
    const months = text === 'decade' ? 120 : 1200;
    return {
      ...draft(at, at + 1),
      dimension: 'months',
      raw: months / 12,
      value: months,
      precision: months,
      weak: true,
    };
  }
  if (text === 'half' || text === 'quarter') return fractionAlone(tokens, at, to);
  const ordinal = ORDINALS.get(text);
  if (ordinal !== undefined)
    return ordinalOf(draft(at, at + 1), ordinal, text === 'first' || text === 'second', tokens, to);
  return cardinal(tokens, at, to);
}

function fractionAlone(tokens: Tokens, at: number, to: number): Draft | undefined {
  const share = FRACTIONS.get(textAt(tokens, at)) ?? 0;
  const next = textAt(tokens, at + 1);
  const quantity = draft(at, at + 1);
  if ((next === 'a' || next === 'an') && at + 2 < to && SCALES.has(textAt(tokens, at + 2))) {
    quantity.raw = share * (SCALES.get(textAt(tokens, at + 2)) ?? 1);
    quantity.to = at + 3;
    unitAfter(quantity, tokens, quantity.to, to);
    return quantity;
  }
  if (textAt(tokens, at) === 'quarter') return undefined;
  return { ...quantity, dimension: 'percent', raw: share * 100, value: share * 100, approximate: true, weak: true };
}

/** "one hundred and five", "sixty-seven million", "two-thirds", "twenty-first". */
function cardinal(tokens: Tokens, first: number, to: number): Draft | undefined {
  let total = 0;
  let group = 0;
  let at = first;
  let end = first;
  let words = 0;
  let ordinal = false;
  while (at < to && words < 16) {
    const text = textAt(tokens, at);
    if (tokens.kind[at] === MARK) {
      if (words === 0 || !isMark(tokens, at, 0x2d) || !isGlued(tokens, at) || !isGlued(tokens, at + 1)) break;
      at += 1;
      continue;
    }
    const value = tokens.kind[at] === WORD ? NUMBER_WORDS.get(text) : undefined;
    const scale = tokens.kind[at] === WORD && text.length > 2 ? SCALES.get(text) : undefined;
    if (value !== undefined && (words === 0 || fits(group, value) || (text === 'dozen' && group > 0)))
      group = text === 'dozen' && group > 0 ? group * 12 : group + value;
    else if (scale !== undefined && (words > 0 || isArticle(tokens, first - 1))) {
      if (scale === 100) group = Math.max(1, group) * 100;
      else {
        total += Math.max(1, group) * scale;
        group = 0;
      }
    } else if (text === 'and' && words > 0 && group >= 100 && NUMBER_WORDS.has(textAt(tokens, at + 1))) {
      at += 1;
      continue;
    } else if (
      words > 0 &&
      ORDINALS.has(text) &&
      isGlued(tokens, at) &&
      (ORDINALS.get(text) ?? 99) < 10 &&
      group % 10 === 0 &&
      group >= 20
    ) {
      group += ORDINALS.get(text) ?? 0;
      ordinal = true;
      end = at + 1;
      break;
    } else break;
    words += 1;
    at += 1;
    end = at;
  }
  if (words === 0) return undefined;
  const quantity = draft(first, end);
  quantity.raw = total + group;
  quantity.precision = precisionOf(String(Math.round(quantity.raw)));
  if (ordinal) return ordinalOf(quantity, quantity.raw, false, tokens, to);
  const fraction = fractionOf(tokens, end, to, quantity.raw);
  if (fraction !== undefined)
    return {
      ...quantity,
      to: fraction.to,
      dimension: 'percent',
      raw: fraction.share * 100,
      value: fraction.share * 100,
      approximate: true,
    };
  quantity.weak = words === 1 && textAt(tokens, first) === 'one';
  if (end + 1 < to && isMark(tokens, end, 0x2d) && isGlued(tokens, end + 1) && UNITS.has(textAt(tokens, end + 1)))
    end += 1;
  unitAfter(quantity, tokens, end, to);
  if (quantity.weak && quantity.dimension !== '') quantity.weak = false;
  return quantity;
}

/** Whether a number word may be added to what a group holds so far: sixty + seven, hundred + five, not five + seven. */
function fits(group: number, value: number): boolean {
  if (group === 0) return true;
  if (value < 10) return group % 10 === 0 && group >= 20;
  return value < 100 && group % 100 === 0 && group >= 100;
}

function isArticle(tokens: Tokens, at: number): boolean {
  return at >= 0 && (textAt(tokens, at) === 'a' || textAt(tokens, at) === 'an');
}

function fractionOf(tokens: Tokens, at: number, to: number, count: number): { share: number; to: number } | undefined {
  let next = at;
  if (next < to && isMark(tokens, next, 0x2d)) next += 1;
  const part = next < to ? FRACTIONS.get(textAt(tokens, next)) : undefined;
  if (part !== undefined && count < 10 && (next > at || textAt(tokens, next) !== 'second'))
    return { share: count * part, to: next + 1 };
  return undefined;
}

function ordinalOf(quantity: Draft, value: number, weak: boolean, tokens: Tokens, to: number): Draft {
  const read: Draft = { ...quantity, dimension: 'ordinal', raw: value, value, weak };
  century(read, tokens, to);
  return read;
}
