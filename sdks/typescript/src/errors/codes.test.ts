import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES, isErrorCode } from './codes.ts';

const registry: { codes: Record<string, unknown> } = JSON.parse(
  readFileSync(new URL('../../../../spec/error-codes.json', import.meta.url), 'utf8'),
);

it('has exactly the codes of the registry', () => {
  expect([...ERROR_CODES].sort()).toEqual(Object.keys(registry.codes).sort());
});

it('knows a code from a text that is none', () => {
  expect(ERROR_CODES.every(isErrorCode)).toBe(true);
  for (const text of ['', 'Aborted', 'constructor', '__proto__', 'toString']) expect(isErrorCode(text)).toBe(false);
});
