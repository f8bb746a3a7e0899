import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import registry from '../../../../spec/error-codes.json' with { type: 'json' };
import { problemOf, retryAfterOf, statusOfCode } from './problem.ts';

test('a problem document says what, and what to do, and nothing else', () => {
  expect(problemOf({ code: 'equivocation', detail: 'x' }, 'r1')).toEqual({
    type: 'urn:fractal:error:equivocation',
    title: registry.codes.equivocation.meaning.slice(0, -1),
    status: 409,
    code: 'equivocation',
    detail: 'x',
    next: registry.codes.equivocation.next,
    retryable: false,
    instance: 'urn:fractal:request:r1',
  });
});

test('Retry-After goes with 503 always, and with 429 as the bucket says', () => {
  expect(retryAfterOf({ code: 'busy' })).toBe(1);
  expect(retryAfterOf({ code: 'rate_limited', retryAfterSeconds: 7 })).toBe(7);
  expect(retryAfterOf({ code: 'not_found' })).toBeUndefined();
});

/** Codes written as literals in this package, whatever the compiler was told about them. */
test('each code this package can answer has an HTTP status in the registry', () => {
  const source = join(import.meta.dirname, '..');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const codes = new Set<string>();
  for (const file of files) {
    for (const [, code] of readFileSync(join(source, file), 'utf8').matchAll(/\bcode: '([a-z0-9_]+)'/g))
      codes.add(code!);
    codes.delete('ok'); // what metrics call a request without a code
  }
  expect(codes.size).toBeGreaterThan(25);
  const without = [...codes].filter(
    (code) => (registry.codes as Record<string, { http?: number }>)[code]?.http === undefined,
  );
  expect(without).toEqual([]);
  expect(statusOfCode('network_failed')).toBe(500);
});
