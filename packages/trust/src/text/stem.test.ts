import fc from 'fast-check';
import { expect, test } from 'vitest';
import { root, stem } from './stem.ts';

test.each([
  'bridge bridges',
  'city cities',
  'study studies studied studying',
  'run running ran runs',
  'make makes made making',
  'hope hopes hoped hoping',
  'travel travelled traveled travelling',
  'colour color colours',
  'organise organize organised organizing',
  'metre meter metres',
  'centre center',
  'child children',
  'analysis analyses',
  'quick quickly',
  'win won winning wins',
  'exceed exceeded exceeds',
  'family families',
  'happy happily',
])('one stem: %s', (forms) => {
  expect(new Set(forms.split(' ').map(stem)).size, forms.split(' ').map(stem).join(' ')).toBe(1);
});

test.each([
  'announce announcement',
  'invest investment investor',
  'decide decision',
  'expand expansion',
  'apply application',
])('one root: %s', (forms) => {
  expect(new Set(forms.split(' ').map((form) => root(stem(form)))).size).toBe(1);
});

test('no two of these meet', () => {
  const words = 'bridge cost metre road year north south war peace book film'.split(' ');
  expect(new Set(words.map(stem)).size).toBe(words.length);
});

test('stems are never empty, roots never longer than stems', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,20}$/), (word) => {
      const stemmed = stem(word);
      expect(stemmed.length).toBeGreaterThan(0);
      expect(root(stemmed).length).toBeLessThanOrEqual(stemmed.length + 1);
    }),
  );
});
