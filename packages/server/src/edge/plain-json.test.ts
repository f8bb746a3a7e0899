import { parseJson } from '@fractal/record';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainJson } from './plain-json.ts';

const plainOf = (text: string) => {
  const parsed = parseJson(new TextEncoder().encode(text));
  if (!parsed.ok) throw new Error(parsed.code);
  return plainJson(parsed.value);
};

test('gives what JSON.parse gives, for anything it can write', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.stringify(plainOf(text)?.value)).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test('__proto__ is a member like any other', () => {
  const plain = plainOf('{"__proto__":{"admin":true}}')?.value as Record<string, unknown>;
  expect(Object.keys(plain)).toEqual(['__proto__']);
  expect(plain.admin).toBeUndefined();
});

test('a number that overflows binary64 has no plain value', () => {
  expect(plainOf('[1e400]')).toBeUndefined();
  expect(plainOf('[1e-400]')?.value).toEqual([0]);
});
