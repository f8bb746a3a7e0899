/** Dates: `3 May 2019`, `May 3rd, 2019`, `May 2019`, `2019-05-03`, `03/05/2019`, `03.05.2019`. */
import { MONTHS } from '../lexicon/words.ts';
import { type Draft, draft, isGlued, isMark, textAt } from './quantity.ts';
import { CAP, MARK, NUMBER, type Tokens, WORD } from './scan.ts';

/** The date that opens at this token, if one does. */
export function dateAt(tokens: Tokens, at: number, to: number): Draft | undefined {
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
