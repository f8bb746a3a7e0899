import { expect, test } from 'vitest';
import { newTokens, scan } from './scan.ts';
import { SENTENCE_TOKENS_MAX, sentencesOf } from './sentences.ts';

function split(text: string): string[] {
  const tokens = newTokens(4);
  scan(text, tokens, new Map());
  const sentences = sentencesOf(tokens, 0, tokens.count);
  return Array.from({ length: sentences.count }, (_, at) =>
    text.slice(tokens.start[sentences.from[at] as number], tokens.end[(sentences.to[at] as number) - 1]),
  );
}

test.each<[string, string[]]>([
  ['One ends. Two begins.', ['One ends.', 'Two begins.']],
  ['It cost $3.5 million. Dr. Smith of Acme Inc. paid.', ['It cost $3.5 million.', 'Dr. Smith of Acme Inc. paid.']],
  ['J. K. Rowling wrote it. She did!', ['J. K. Rowling wrote it.', 'She did!']],
  ['He lives in the U.S. The house is old.', ['He lives in the U.S.', 'The house is old.']],
  ['In the U.S. Senate he spoke.', ['In the U.S. Senate he spoke.']],
  ['She asked "Why?" He left.', ['She asked "Why?"', 'He left.']],
  ['lower case. is split too.', ['lower case.', 'is split too.']],
  ['done.Next one', ['done.', 'Next one']],
  ['see example.com for more', ['see example.com for more']],
  ['# Heading\n\nText here.', ['# Heading', 'Text here.']],
  ['- one item\n- another item', ['- one item', '- another item']],
  ['1. First thing\n2. Second thing', ['1. First thing', '2. Second thing']],
  ['| Year | Cost |\n|---|---|\n| 1932 | 3 |', ['| Year | Cost |', '| 1932 | 3 |']],
  [
    'A line that was wrapped by hand somewhere after about seventy characters\nand goes on here.',
    ['A line that was wrapped by hand somewhere after about seventy characters\nand goes on here.'],
  ],
])('%j', (text, expected) => {
  expect(split(text)).toEqual(expected);
});

test('a sentence without an end is cut', () => {
  const parts = split('word '.repeat(1000));
  expect(parts.length).toBe(Math.ceil(1000 / SENTENCE_TOKENS_MAX));
});
