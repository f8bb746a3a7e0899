import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { moduleFile, moduleText, registryFile } from '../../generate/error-codes.ts';
import { ERROR_CODES, isErrorCode } from './codes.ts';

it('is what `node sdks/typescript/generate/error-codes.ts` writes from the registry', () => {
  expect(readFileSync(moduleFile, 'utf8')).toBe(moduleText(readFileSync(registryFile, 'utf8')));
});

it('knows a code from a text that is none', () => {
  expect(ERROR_CODES.every(isErrorCode)).toBe(true);
  for (const text of ['', 'Aborted', 'constructor', '__proto__', 'toString']) expect(isErrorCode(text)).toBe(false);
});
