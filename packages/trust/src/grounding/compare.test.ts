import { expect, test } from 'vitest';
import { quantitiesOf } from '../text/quantities.ts';
import type { Quantity } from '../text/quantity.ts';
import { newTokens, scan } from '../text/scan.ts';
import { compareQuantities } from './compare.ts';

function one(text: string): Quantity {
  const tokens = newTokens(4);
  scan(text, tokens, new Map());
  const [quantity] = quantitiesOf(tokens, 0, tokens.count);
  if (quantity === undefined) throw new Error(`no quantity in ${text}`);
  return quantity;
}

test.each<[string, string, string]>([
  ['67 million', '67,000,000', 'same'],
  ['sixty-seven million', '67 million', 'same'],
  ['$5 million', '5 million dollars', 'same'],
  ['$5 million', '$3 million', 'differs'],
  ['$5 million', '£5 million', 'unit'],
  ['12 percent', '12%', 'same'],
  ['1.149 km', '1,149 metres', 'same'],
  ['1,149 km', '1,149 metres', 'unit'],
  ['5 miles', '8 km', 'close'],
  ['8.3%', '8.34%', 'close'],
  ['8.34%', '8.3%', 'differs'],
  ['about 160,000', '158,742', 'close'],
  ['160,000', '138,742', 'differs'],
  ['more than 5 km', 'less than 5 km', 'bound'],
  ['in 1932', '19 March 1932', 'same'],
  ['in March 1932', '19 March 1932', 'same'],
  ['19 March 1932', 'March 1932', 'partial'],
  ['19 March 1932', '20 March 1932', 'differs'],
  ['in 1995', 'the 1990s', 'partial'],
  ['the 1990s', '1995', 'same'],
  ['the 19th century', '1850', 'same'],
  ['the 18th century', '1850', 'differs'],
  ['2017', '9', 'unlike'],
  ['21st', 'twenty-first', 'same'],
  ['two weeks', '14 days', 'same'],
  ['a decade', 'ten years', 'same'],
  ['COVID-19', 'HIV-1', 'differs'],
])('%s against %s: %s', (claim, evidence, expected) => {
  expect(compareQuantities(one(claim), one(evidence))).toBe(expected);
});
