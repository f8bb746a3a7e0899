/** Figures with what stands around them: scale, unit, currency, per cent; ordinals, decades, times of day, labels such as COVID-19. */
import { CURRENCIES, CURRENCY_SIGNS, SCALES, UNITS } from '../lexicon/numbers.ts';
import { MONTHS } from '../lexicon/words.ts';
import { type Draft, draft, isGlued, isMark, type Quantity, textAt } from './quantity.ts';
import { LINE, MARK, NUMBER, type Tokens, WORD } from './scan.ts';
import { century, unitAfter } from './units.ts';

/**
 * The quantity of the NUMBER at this token; undefined for list numbers and citation marks.
 * @param first first token of the sentence. @param found quantities of the sentence so far
 */
export function figureAt(
  tokens: Tokens,
  at: number,
  first: number,
  to: number,
  found: readonly Quantity[],
): Draft | undefined {
  if (isListNumber(tokens, at) || isCitation(tokens, at, to)) return undefined;
  const text = textAt(tokens, at);
  const quantity = draft(at, at + 1);
  const points = text.split('.').length - 1;
  if (points > 1 || text.length > 24) return { ...quantity, dimension: 'label', label: text };
  if (text.includes(':')) return clock(tokens, quantity, text, to);
  quantity.raw = Number(text);
  const label = labelBefore(tokens, at);
  if (label !== undefined) return { ...quantity, dimension: 'label', label: `${label}-${text}` };
  quantity.precision = precisionOf(text);
  if (at > first && isMark(tokens, at - 1, 0x2d) && !isGlued(tokens, at - 1) && isGlued(tokens, at))
    quantity.raw = -quantity.raw;
  const grouped = (tokens.end[at] as number) - (tokens.start[at] as number) > text.length;
  if (text.length === 4 && points === 0 && !grouped && quantity.raw >= 1000 && quantity.raw < 2200)
    quantity.year = quantity.raw;
  expandShortYear(quantity, text, tokens, at, found);
  fractionSign(quantity, tokens, to);
  scaleAndUnit(quantity, tokens, to);
  currencyBefore(quantity, tokens, first);
  return quantity;
}

/** COVID-19, F-16: the word a figure is hyphened to, and so a part of a name. Not in mid-1990s, nor where figures follow a unit. */
function labelBefore(tokens: Tokens, at: number): string | undefined {
  if (at < 2 || !isMark(tokens, at - 1, 0x2d) || !isGlued(tokens, at - 1) || !isGlued(tokens, at)) return undefined;
  const word = tokens.kind[at - 2] === WORD ? textAt(tokens, at - 2) : '';
  return word === '' ||
    /^(mid|pre|post|early|late|age|aged|approx|circa|c|p|pp|non|sub|super)$/.test(word) ||
    MONTHS.has(word)
    ? undefined
    : word;
}

function isListNumber(tokens: Tokens, at: number): boolean {
  const opens =
    at === 0 ||
    tokens.kind[at - 1] === LINE ||
    (isMark(tokens, at - 1, 0x28) && (at === 1 || tokens.kind[at - 2] === LINE));
  const next = at + 1;
  if (!opens || next >= tokens.count) return false;
  const closes = isMark(tokens, next, 0x2e) || isMark(tokens, next, 0x29);
  return (
    closes &&
    isGlued(tokens, next) &&
    next + 1 < tokens.count &&
    tokens.kind[next + 1] !== LINE &&
    textAt(tokens, at).length <= 3
  );
}

function isCitation(tokens: Tokens, at: number, to: number): boolean {
  if (textAt(tokens, at).length > 3) return false;
  let left = at - 1;
  while (left >= 0 && at - left < 12 && isListOfFigures(tokens, left)) left -= 1;
  if (left < 0 || !isMark(tokens, left, 0x5b)) return false;
  let right = at + 1;
  while (right < to && right - at < 12 && isListOfFigures(tokens, right)) right += 1;
  return right < to && isMark(tokens, right, 0x5d);
}

function isListOfFigures(tokens: Tokens, at: number): boolean {
  return tokens.kind[at] === NUMBER || isMark(tokens, at, 0x2c) || isMark(tokens, at, 0x2d);
}

function clock(tokens: Tokens, quantity: Draft, text: string, to: number): Draft {
  const [hours = '0', minutes = '0'] = text.split(':');
  quantity.dimension = 'clock';
  quantity.raw = Number(hours) * 60 + Number(minutes);
  halfDay(quantity, tokens, to, Number(hours));
  quantity.value = quantity.raw;
  return quantity;
}

function halfDay(quantity: Draft, tokens: Tokens, to: number, hours: number): boolean {
  const next = quantity.to;
  if (next >= to || tokens.kind[next] !== WORD) return false;
  const word = textAt(tokens, next);
  if (word !== 'am' && word !== 'pm') return false;
  // "I am" is not a time of day; "5 am" is: digits stand right before it.
  if (word === 'pm' && hours < 12) quantity.raw += 720;
  if (word === 'am' && hours === 12) quantity.raw -= 720;
  quantity.to = next + 1;
  return true;
}

/** 1990-95: the second year says its last two digits only. */
function expandShortYear(quantity: Draft, text: string, tokens: Tokens, at: number, found: readonly Quantity[]): void {
  const before = found[found.length - 1];
  if (text.length !== 2 || before === undefined || before.year === 0 || before.to !== at - 1) return;
  if (!isMark(tokens, at - 1, 0x2d) || !isGlued(tokens, at)) return;
  const year = before.year - (before.year % 100) + quantity.raw;
  quantity.raw = year;
  quantity.year = year;
}

const FRACTION_SIGNS: ReadonlyMap<number, number> = new Map([
  [0xbd, 0.5],
  [0xbc, 0.25],
  [0xbe, 0.75],
]);

function fractionSign(quantity: Draft, tokens: Tokens, to: number): void {
  const next = quantity.to;
  const part = next < to && tokens.kind[next] === MARK ? FRACTION_SIGNS.get(tokens.code[next] as number) : undefined;
  if (part === undefined || !isGlued(tokens, next)) return;
  quantity.raw += part;
  quantity.precision = 0.01;
  quantity.to = next + 1;
}

/** 1 for 67, 10 for 670, 0.1 for 6.7. */
export function precisionOf(digits: string): number {
  const point = digits.indexOf('.');
  let precision = 1;
  if (point >= 0) {
    for (let at = point + 1; at < digits.length; at += 1) precision /= 10;
    return precision;
  }
  for (let at = digits.length - 1; at > 0 && digits.charAt(at) === '0'; at -= 1) precision *= 10;
  return precision;
}

function scaleAndUnit(quantity: Draft, tokens: Tokens, to: number): void {
  let next = quantity.to;
  // "16-year-old", "67-million": a hyphen between the figure and what it counts.
  if (
    next + 1 < to &&
    isMark(tokens, next, 0x2d) &&
    isGlued(tokens, next) &&
    isGlued(tokens, next + 1) &&
    tokens.kind[next + 1] === WORD
  ) {
    if (UNITS.has(textAt(tokens, next + 1)) || SCALES.has(textAt(tokens, next + 1))) next += 1;
  }
  if (next < to && tokens.kind[next] === WORD) {
    const text = textAt(tokens, next);
    const glued = isGlued(tokens, next);
    const scale = SCALES.get(text);
    const shortScale = text.length <= 1;
    const money =
      quantity.from > 0 &&
      tokens.kind[quantity.from - 1] === MARK &&
      CURRENCY_SIGNS.has(tokens.code[quantity.from - 1] as number);
    if (scale !== undefined && (!shortScale || money || (glued && text === 'k'))) {
      quantity.raw *= scale;
      quantity.precision *= scale;
      quantity.year = 0;
      next += 1;
      quantity.to = next;
      if (next + 1 < to && isMark(tokens, next, 0x2d) && isGlued(tokens, next + 1)) next += 1;
    } else if (glued && (text === 'st' || text === 'nd' || text === 'rd' || text === 'th')) {
      quantity.dimension = 'ordinal';
      quantity.value = quantity.raw;
      quantity.year = 0;
      quantity.to = next + 1;
      century(quantity, tokens, to);
      return;
    } else if (glued && text === 's' && quantity.year !== 0) {
      // The 1990s: not the year 1990.
      quantity.dimension = 'decade';
      quantity.value = quantity.raw;
      quantity.year = 0;
      quantity.to = next + 1;
      return;
    } else if (halfDay(quantity, tokens, to, quantity.raw)) {
      quantity.dimension = 'clock';
      quantity.raw = quantity.raw >= 720 ? (quantity.raw - 720) * 60 + 720 : quantity.raw * 60;
      quantity.value = quantity.raw;
      return;
    }
  }
  unitAfter(quantity, tokens, next, to);
}

function currencyBefore(quantity: Draft, tokens: Tokens, first: number): void {
  const at = quantity.from - 1;
  if (at < first) return;
  const sign =
    tokens.kind[at] === MARK
      ? CURRENCY_SIGNS.get(tokens.code[at] as number)
      : CURRENCIES.get(textAt(tokens, at))?.dimension;
  if (sign === undefined || (tokens.kind[at] === WORD && textAt(tokens, at).length !== 3)) return;
  if (quantity.dimension !== '' && !CURRENCIES.has(quantity.dimension)) return;
  quantity.dimension = sign;
  quantity.year = 0;
  quantity.from = at;
  quantity.value = quantity.raw;
}
