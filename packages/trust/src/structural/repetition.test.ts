import { expect, test } from 'vitest';
import { newTokens, scan } from '../text/scan.ts';
import { sentencesOf } from '../text/sentences.ts';
import { structuralNumbersNormal } from './numbers.ts';
import { structureOf } from './repetition.ts';

function of(text: string) {
  const tokens = newTokens(4);
  const counts = scan(text, tokens, new Map());
  return structureOf(text, tokens, sentencesOf(tokens, 0, tokens.count), counts);
}

test('loops, repeated sentences, poor variety, no words', () => {
  expect(of('go on and on '.repeat(10)).loopShare).toBeGreaterThan(0.9);
  expect(of('We opened a bridge. It was long. We opened a bridge. We opened a bridge.').repeatedShare).toBeGreaterThan(
    0.5,
  );
  expect(of('one two three '.repeat(40)).variety).toBeLessThan(0.2);
  expect(of('?!?! ... ;;; ,,, ???').wordShare).toBe(0);
});

test('ordinary prose is none of it', () => {
  const prose =
    'The bridge opened in 1932 and cost three million dollars. Some 160,000 vehicles cross it every day, which is more than its builders ever thought possible. ' +
    'It was painted grey because no other paint could be had in such amounts at the time, and it has stayed grey.';
  const structure = of(prose);
  expect(structure.loopShare).toBe(0);
  expect(structure.repeatedShare).toBe(0);
  expect(structure.variety).toBe(1);
  expect(structure.wordShare).toBeGreaterThan(0.9);
});

test('numbers of deployed agents', () => {
  expect(structuralNumbersNormal({ dHat: 2, cohStar: 0.4, r: 0.5 })).toBe(true);
  expect(structuralNumbersNormal({ dHat: 1.2, cohStar: 0.9, r: 0.5 })).toBe(false);
  expect(structuralNumbersNormal({ dHat: Number.NaN, cohStar: 0.4, r: 0.5 })).toBe(false);
});
