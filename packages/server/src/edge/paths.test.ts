import { expect, test } from 'vitest';
import { frameworkPath, pathPattern } from './paths.ts';

test('a literal colon stays one, parts and rests become parameters', () => {
  expect(frameworkPath('/v1/verify:batch')).toBe('/v1/verify::batch');
  expect(frameworkPath('/v1/verdicts/{pcs_id}')).toBe('/v1/verdicts/:pcs_id');
  expect(frameworkPath('/log/{shard}/tile/{rest*}')).toBe('/log/:shard/tile/*');
});

test('a pattern matches whole paths only', () => {
  const cases: [string, string, boolean][] = [
    ['/v1/verify', '/v1/verify', true],
    ['/v1/verify', '/v1/verify:batch', false],
    ['/v1/verdicts/{pcs_id}', '/v1/verdicts/x', true],
    ['/v1/verdicts/{pcs_id}', '/v1/verdicts/x/y', false],
    ['/log/{shard}/tile/{rest*}', '/log/0/tile/0/x001/000.p/3', true],
    ['/openapi.json', '/openapixjson', false],
  ];
  for (const [path, url, matches] of cases) expect(pathPattern(path).test(url), `${path} ${url}`).toBe(matches);
});
