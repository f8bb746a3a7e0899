import { expect, test } from 'vitest';
import { CAP, LINE, MARK, MIXED, NON_LATIN, NUMBER, newTokens, scan, type Tokens, WORD } from './scan.ts';
import { isContent } from './vocabulary.ts';

function read(text: string): Tokens {
  const tokens = newTokens(4);
  scan(text, tokens, new Map());
  return tokens;
}

const texts = (tokens: Tokens): string[] => tokens.word.filter((word) => word.text !== '').map((word) => word.text);

test('offsets give the text back', () => {
  const text = 'In 1932, the Café cost £3.5 million — “cheap”, said O’Brien.\nNext line: 67\u00a0000 people.';
  const tokens = read(text);
  const pieces = Array.from({ length: tokens.count }, (_, at) => text.slice(tokens.start[at], tokens.end[at]));
  expect(pieces).toEqual([
    'In',
    '1932',
    ',',
    'the',
    'Café',
    'cost',
    '£',
    '3.5',
    'million',
    '—',
    '“',
    'cheap',
    '”',
    ',',
    'said',
    'O’Brien',
    '.',
    '\n',
    'Next',
    'line',
    ':',
    '67\u00a0000',
    'people',
    '.',
  ]);
  expect(texts(tokens)).toContain('cafe');
  expect(texts(tokens)).toContain('obrien');
  expect(texts(tokens)).toContain('67000');
});

test('kinds: words, numbers, marks, line ends', () => {
  const tokens = read('a 5 %\n\n');
  expect([...tokens.kind.slice(0, tokens.count)]).toEqual([WORD, NUMBER, MARK, LINE]);
  expect(tokens.code[3]).toBe(2);
});

test('what hides letters does not hide them: invisible, full-width, mathematical, accents, look-alikes', () => {
  const plain = texts(read('bridge'));
  for (const text of ['brid\u200bge', 'ＢＲＩＤＧＥ', '𝐛𝐫𝐢𝐝𝐠𝐞', 'bŕìdgé', 'bri\u00addge', 'brіdge', 'bridge\u0301']) {
    expect(texts(read(text)), text).toEqual(plain);
  }
  expect((read('brіdge').bits[0] as number) & MIXED).toBe(MIXED);
  expect((read('мост').bits[0] as number) & (MIXED | NON_LATIN)).toBe(NON_LATIN);
  // Greek in science is no disguise.
  expect((read('TNFα').bits[0] as number) & MIXED).toBe(0);
});

test('contractions, possessives, acronyms, addresses', () => {
  expect(texts(read("It's Anna's: they don't, U.S. law e.g. here"))).toEqual([
    'it',
    'anna',
    'they',
    'dont',
    'unitedstates',
    'law',
    'eg',
    'here',
  ]);
  expect(texts(read('see https://Example.org/a?b=1, or us'))).toEqual(['see', 'https://example.org/a?b=1', 'or', 'us']);
});

test('digits inside invisible characters stay one number; grouping commas go', () => {
  expect(texts(read('19\u200b32'))).toEqual(['1932']);
  expect(texts(read('67,000,000 and 1,2'))).toEqual(['67000000', 'and', '1', '2']);
  expect(texts(read('1·69'))).toEqual(['1.69']);
});

test('phrases are one word, the second half none', () => {
  const tokens = read('He passed away.');
  expect(tokens.word[1]?.text).toBe('died');
  expect(tokens.word[2]?.text).toBe('');
  expect(tokens.word.filter((word) => isContent(word) && word.text !== '').length).toBe(1);
});

test('capitals', () => {
  const tokens = read('Anna sah Öl');
  expect([0, 1, 2].map((at) => (tokens.bits[at] as number) & CAP)).toEqual([CAP, 0, CAP]);
});

test('a word of a million letters is cut, not kept', () => {
  expect(texts(read('x'.repeat(1_000_000)))[0]?.length).toBe(64);
});
