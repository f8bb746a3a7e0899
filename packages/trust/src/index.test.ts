import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as trust from './index.ts';

test('the exports', () => {
  expect(Object.keys(trust).sort()).toEqual(['REASONS_MAX', 'REASON_CODES', 'assess', 'defaultPolicy', 'explain']);
});

test('pure: no Node, clock, chance, transcendental functions or engine Unicode tables in the sources', () => {
  const forbidden =
    /from 'node:|\bDate\b|Math\.(random|exp|log\w*|pow|sin|cos|tan)|\*\*|\bprocess\.|\bBuffer\b|toLocale|toLowerCase|toUpperCase|\.normalize\(|\\p\{|Intl\.|localeCompare/;
  for (const entry of readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue;
    const source = readFileSync(join(entry.parentPath, entry.name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(forbidden.exec(source)?.[0], entry.name).toBeUndefined();
  }
});
