/** The unit behind a number: %, °C, a currency, a unit of lexicon/numbers.ts, square or cubic ones. */
import { CURRENCIES, CURRENCY_SIGNS, UNITS, type Unit } from '../lexicon/numbers.ts';
import { type Draft, isGlued, textAt } from './quantity.ts';
import { MARK, type Tokens } from './scan.ts';

/** Sets value and dimension from what stands at token `from`; a bare number where it is no unit. */
export function unitAfter(quantity: Draft, tokens: Tokens, from: number, to: number): void {
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

/** "the 19th century": the hundred years it is. */
export function century(quantity: Draft, tokens: Tokens, to: number): void {
  let next = quantity.to;
  if (next < to && tokens.kind[next] === MARK && tokens.code[next] === 0x2d) next += 1;
  if (next >= to || quantity.raw < 1 || quantity.raw > 21 || !/^centur(y|ies)$/.test(textAt(tokens, next))) return;
  quantity.dimension = 'decade';
  quantity.raw = (quantity.raw - 1) * 100;
  quantity.value = quantity.raw;
  quantity.weak = false;
  quantity.to = next + 1;
}
