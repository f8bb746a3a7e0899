import { expect, test } from 'vitest';
import { quantitiesOf } from './quantities.ts';
import type { Quantity } from './quantity.ts';
import { newTokens, scan } from './scan.ts';

function read(text: string): (Quantity & { text: string })[] {
  const tokens = newTokens(4);
  scan(text, tokens, new Map());
  return quantitiesOf(tokens, 0, tokens.count).map((quantity) => ({
    ...quantity,
    text: text.slice(tokens.start[quantity.from], tokens.end[quantity.to - 1]),
  }));
}

test.each<[string, string, number, string]>([
  ['It has 67 million readers', '', 67e6, '67 million'],
  ['It has 67,000,000 readers', '', 67e6, '67,000,000'],
  ['It has sixty-seven million readers', '', 67e6, 'sixty-seven million'],
  ['worth $5 million', 'usd', 5e6, '$5 million'],
  ['worth $5m', 'usd', 5e6, '$5m'],
  ['worth five million dollars', 'usd', 5e6, 'five million dollars'],
  ['worth US$1.5bn', 'usd', 1.5e9, '$1.5bn'],
  ['worth 5 euros', 'eur', 5, '5 euros'],
  ['grew 12%', 'percent', 12, '12%'],
  ['grew 12 per cent', 'percent', 12, '12 per cent'],
  ['grew twelve percent', 'percent', 12, 'twelve percent'],
  ['two-thirds of it', 'percent', 200 / 3, 'two-thirds'],
  ['is 5 km long', 'length', 5000, '5 km'],
  ['is 5 kilometres long', 'length', 5000, '5 kilometres'],
  ['a 700-metre hill', 'length', 700, '700-metre'],
  ['weighs 635 metric tons', 'mass', 635e6, '635 metric tons'],
  ['30 square kilometres', 'area', 30e6, '30 square kilometres'],
  ['a 16-year-old', 'months', 192, '16-year'],
  ['the 21st', 'ordinal', 21, '21st'],
  ['the twenty-first', 'ordinal', 21, 'twenty-first'],
  ['in the 1990s', 'decade', 1990, '1990s'],
  ['in the 19th century', 'decade', 1800, '19th century'],
  ['at 12:30 pm', 'clock', 750, '12:30 pm'],
  ['one hundred and five men', '', 105, 'one hundred and five'],
  ['a dozen men', '', 12, 'dozen'],
  ['half a million', '', 5e5, 'half a million'],
  ['fell to -5 today', '', -5, '5'],
  ['about 2½ hours', 'time', 9000, '2½ hours'],
])('%s', (text, dimension, value, piece) => {
  const [quantity, ...rest] = read(text);
  expect(rest).toEqual([]);
  expect(quantity?.dimension).toBe(dimension);
  expect(quantity?.value).toBeCloseTo(value, 6);
  expect(quantity?.text).toBe(piece);
});

test.each<[string, [number, number, number]]>([
  ['on 3 May 2019', [2019, 5, 3]],
  ['on May 3rd, 2019', [2019, 5, 3]],
  ['on the 3rd of May 2019', [2019, 5, 3]],
  ['on 2019-05-03', [2019, 5, 3]],
  ['on 31/05/2019', [2019, 5, 31]],
  ['on 03.05.2019', [2019, 5, 3]],
  ['in May 2019', [2019, 5, 0]],
  ['on Sept. 5', [0, 9, 5]],
  ['in December', [0, 12, 0]],
])('%s', (text, [year, month, day]) => {
  expect(read(text)).toMatchObject([{ dimension: 'date', year, month, day }]);
});

test('years, labels, weak ones, bounds', () => {
  expect(read('in 1932')).toMatchObject([{ dimension: '', year: 1932 }]);
  expect(read('1,932 men')).toMatchObject([{ dimension: '', year: 0, value: 1932 }]);
  expect(read('1990–95')).toMatchObject([{ year: 1990 }, { year: 1995 }]);
  expect(read('COVID-19')).toMatchObject([{ dimension: 'label', label: 'covid-19' }]);
  expect(read('one of them')).toMatchObject([{ weak: true }]);
  expect(read('more than 5 km')).toMatchObject([{ bound: 1 }]);
  expect(read('at most 5 km')).toMatchObject([{ bound: -1 }]);
  expect(read('about 5 km')).toMatchObject([{ approximate: true }]);
});

test('what is no quantity: list numbers, citation marks, months that are words', () => {
  expect(read('1. It opened')).toEqual([]);
  expect(read('It opened [12] and [3, 4]')).toEqual([]);
  expect(read('they may march')).toEqual([]);
});
