/**
 * Numbers, amounts and dates in a run of tokens: `$5 million`, `67,000,000`, `sixty-seven million`, `12 per cent`, `5 km`, `21st`,
 * `the 1990s`, `3 May 2019`, `May 3rd, 2019`, `2019-05-03`, `12:30 pm`. Each keeps its tokens, its value in the base of its dimension,
 * and how exact it says it is. List numbers at the start of a line and citation marks like [12] are passed over.
 *
 * Not read: Roman numerals, arithmetic, sums spread over a table, dates relative to today.
 */
import {
  CURRENCIES,
  CURRENCY_SIGNS,
  FRACTIONS,
  NUMBER_WORDS,
  ORDINALS,
  SCALES,
  UNITS,
  type Unit,
} from '../lexicon/numbers.ts';
import { DIGITS, MONTH, MONTHS, NUMERAL } from '../lexicon/words.ts';
import { CAP, GLUED, LINE, MARK, NUMBER, type Tokens, WORD } from './scan.ts';

export type Quantity = {
  /** Tokens [from, to). */
  readonly from: number;
  readonly to: number;
  /** '' for a bare number; else 'date', 'clock', 'ordinal', 'label', 'percent', a currency or a dimension of lexicon/numbers.ts. */
  readonly dimension: string;
  /** In the base of the dimension; NaN for dates and labels. */
  readonly value: number;
  /** As written, before the unit's factor. */
  readonly raw: number;
  /** The place of the last digit that is not a trailing zero: 67 million → 1,000,000; 3.5 → 0.1. */
  readonly precision: number;
  /** 1 more than, at least; -1 less than, at most; 0 neither. */
  readonly bound: -1 | 0 | 1;
  readonly approximate: boolean;
  /** Dates and years; 0 where not said. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Looks more like a word than a number ("one"): its absence proves nothing. */
  readonly weak: boolean;
  /** Text of a label. */
  readonly label: string;
};

type Draft = { -readonly [Key in keyof Quantity]: Quantity[Key] };

const APPROXIMATE = new Set([
  'about',
  'around',
  'approximately',
  'roughly',
  'nearly',
  'almost',
  'circa',
  'ca',
  'approx',
  'some',
  'close',
]);
const MORE = new Set([
  'over',
  'above',
  'exceeding',
  'exceeds',
  'exceed',
  'exceeded',
  'atleast',
  'minimum',
  'beyond',
  'surpassing',
  'surpassed',
]);
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
    found.push(hedged(quantity, tokens, from));
    at = Math.max(at + 1, quantity.to);
  }
  return found;
}

function draft(from: number, to: number): Draft {
  return {
    from,
    to,
    dimension: '',
    value: Number.NaN,
    raw: Number.NaN,
    precision: 1,
    bound: 0,
    approximate: false,
    year: 0,
    month: 0,
    day: 0,
    weak: false,
    label: '',
  };
}

function textAt(tokens: Tokens, at: number): string {
  return tokens.word[at]?.text ?? '';
}

function isMark(tokens: Tokens, at: number, code: number): boolean {
  return tokens.kind[at] === MARK && tokens.code[at] === code;
}

function isGlued(tokens: Tokens, at: number): boolean {
  return at < tokens.count && ((tokens.bits[at] as number) & GLUED) !== 0;
}

// ---- dates

function dateAt(tokens: Tokens, at: number, to: number): Draft | undefined {
  if (tokens.kind[at] === NUMBER) return isoDate(tokens, at, to) ?? dayFirst(tokens, at, to);
  const month = monthAt(tokens, at);
  if (month === 0) return undefined;
  let next = at + 1;
  if (next < to && isMark(tokens, next, 0x2e)) next += 1;
  const date = draft(at, next);
  date.dimension = 'date';
  date.month = month;
  const day = dayAt(tokens, next, to);
  if (day !== undefined) {
    date.day = day.day;
    date.to = day.to;
    next = day.to;
    if (next < to && isMark(tokens, next, 0x2c)) next += 1;
  } else if (next < to && textAt(tokens, next) === 'of') next += 1;
  else if (next < to && isMark(tokens, next, 0x2c)) next += 1;
  const year = yearAt(tokens, next, to);
  if (year !== 0) {
    date.year = year;
    date.to = next + 1;
  }
  // "may", "march", "mar" and the like are words too.
  if (date.day === 0 && date.year === 0 && /^(may|march|mar|dec|jan|sep|nov|oct|jun|jul)$/.test(textAt(tokens, at)))
    return undefined;
  return date;
}

function monthAt(tokens: Tokens, at: number): number {
  if (tokens.kind[at] !== WORD) return 0;
  const text = textAt(tokens, at);
  const month = MONTHS.get(text) ?? 0;
  if (month === 0) return 0;
  return (text === 'may' || text === 'march') && ((tokens.bits[at] as number) & CAP) === 0 ? 0 : month;
}

function dayFirst(tokens: Tokens, at: number, to: number): Draft | undefined {
  const day = dayAt(tokens, at, to);
  if (day === undefined) return undefined;
  let next = day.to;
  if (next < to && textAt(tokens, next) === 'of') next += 1;
  if (next >= to) return undefined;
  const month = monthAt(tokens, next);
  if (month === 0) return undefined;
  next += 1;
  const date = draft(at, next);
  date.dimension = 'date';
  date.day = day.day;
  date.month = month;
  if (next < to && (isMark(tokens, next, 0x2c) || isMark(tokens, next, 0x2e))) next += 1;
  const year = yearAt(tokens, next, to);
  if (year !== 0) {
    date.year = year;
    date.to = next + 1;
  }
  return date;
}

function dayAt(tokens: Tokens, at: number, to: number): { day: number; to: number } | undefined {
  if (at >= to || tokens.kind[at] !== NUMBER) return undefined;
  const text = textAt(tokens, at);
  if (text.length > 2) return undefined;
  const day = Number(text);
  if (day < 1 || day > 31) return undefined;
  const next = at + 1;
  const suffix = next < to && isGlued(tokens, next) && /^(st|nd|rd|th)$/.test(textAt(tokens, next));
  return { day, to: suffix ? next + 1 : next };
}

function yearAt(tokens: Tokens, at: number, to: number): number {
  if (at >= to || tokens.kind[at] !== NUMBER) return 0;
  const text = textAt(tokens, at);
  const year = Number(text);
  return text.length === 4 && year >= 1000 && year < 2200 ? year : 0;
}

/** 2019-05-03, 03/05/2019, 03.05.2019. With slashes the order of day and month is open: it is kept as month/day unless that cannot be. */
function isoDate(tokens: Tokens, at: number, to: number): Draft | undefined {
  const text = textAt(tokens, at);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (dotted !== null) return dateOf(at, at + 1, Number(dotted[3]), Number(dotted[2]), Number(dotted[1]));
  if (at + 4 >= to) return undefined;
  const separator = tokens.code[at + 1];
  if (tokens.kind[at + 1] !== MARK || (separator !== 0x2d && separator !== 0x2f) || !isMark(tokens, at + 3, separator))
    return undefined;
  for (let next = at + 1; next <= at + 4; next += 1) if (!isGlued(tokens, next)) return undefined;
  const second = textAt(tokens, at + 2);
  const third = textAt(tokens, at + 4);
  if (tokens.kind[at + 2] !== NUMBER || tokens.kind[at + 4] !== NUMBER) return undefined;
  if (text.length === 4) return dateOf(at, at + 5, Number(text), Number(second), Number(third));
  if (third.length !== 4) return undefined;
  const [first, middle] = [Number(text), Number(second)];
  return first > 12
    ? dateOf(at, at + 5, Number(third), middle, first)
    : dateOf(at, at + 5, Number(third), first, middle);
}

function dateOf(from: number, to: number, year: number, month: number, day: number): Draft | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1000) return undefined;
  return { ...draft(from, to), dimension: 'date', year, month, day };
}

// ---- figures

function figureAt(
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

function precisionOf(digits: string): number {
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

function unitAfter(quantity: Draft, tokens: Tokens, from: number, to: number): void {
  quantity.value = quantity.raw;
  if (from >= to) return;
  if (tokens.kind[from] === MARK) {
    const code = tokens.code[from] as number;
    const sign = code === 0x25 ? 'percent' : code === 0xb0 ? 'temperature' : CURRENCY_SIGNS.get(code);
    // A currency sign behind a figure only when glued: "5 € 6" is a list.
    if (sign !== undefined && (code === 0x25 || isGlued(tokens, from))) {
      quantity.dimension = sign;
      quantity.to = from + 1;
      quantity.year = 0;
      const name = textAt(tokens, from + 1);
      if (code === 0xb0 && from + 1 < to && (name === 'c' || name === 'f')) quantity.to = from + 2;
    }
    return;
  }
  let at = from;
  let text = textAt(tokens, at);
  if ((text === 'us' || text === 'american') && at + 1 < to && CURRENCIES.has(textAt(tokens, at + 1))) {
    at += 1;
    text = textAt(tokens, at);
  }
  if (text === 'metric' && at + 1 < to && /^tons?$/.test(textAt(tokens, at + 1))) {
    at += 1;
    text = 'tonne';
  }
  if (text === 'square' || text === 'cubic') {
    powerUnit(quantity, tokens, at, to, text);
    return;
  }
  const unit: Unit | undefined = CURRENCIES.get(text) ?? UNITS.get(text);
  if (unit === undefined || (unit.glued && !isGlued(tokens, at) && text !== 'm')) return;
  // "in 1990 pounds": a year is not an amount.
  if (text === 'in' && !isGlued(tokens, at)) return;
  quantity.dimension = unit.dimension;
  quantity.value = quantity.raw * unit.factor;
  quantity.precision *= unit.factor;
  quantity.year = 0;
  quantity.to = at + 1;
}

function powerUnit(quantity: Draft, tokens: Tokens, at: number, to: number, power: string): void {
  const unit = at + 1 < to ? UNITS.get(textAt(tokens, at + 1)) : undefined;
  if (unit?.dimension !== 'length') return;
  const factor = power === 'square' ? unit.factor * unit.factor : unit.factor * unit.factor * unit.factor;
  quantity.dimension = power === 'square' ? 'area' : 'volume-cubic';
  quantity.value = quantity.raw * factor;
  quantity.precision *= factor;
  quantity.year = 0;
  quantity.to = at + 2;
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

// ---- numbers in words

function isSpelled(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== WORD) return false;
  const text = textAt(tokens, at);
  return /^(half|twice|thrice|quarter|quarters|decade|century)$/.test(text);
}

function spelledAt(tokens: Tokens, at: number, to: number): Draft | undefined {
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
    return {
      ...draft(at, at + 1),
      dimension: 'ordinal',
      raw: ordinal,
      value: ordinal,
      weak: text === 'first' || text === 'second',
    };
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
  if (ordinal) return { ...quantity, dimension: 'ordinal', value: quantity.raw };
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

// ---- what stands before

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
