import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';
import { openApiDocument } from './openapi-document.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

/** The resources that outsiders may rely on (DESIGN section 13), less gateway and console. */
const PROMISED = [
  'POST /v1/check',
  'POST /v1/verify',
  'POST /v1/verify:batch',
  'POST /v1/pcs/submit',
  'GET /v1/verdicts/{pcs_id}',
  'GET /v1/receipts/{pcs_id}',
  'POST /v1/resolutions',
  'POST /v1/labels',
  'DELETE /v1/content/{pcs_id}',
  'GET /v1/tag-key',
  'GET /v1/entries',
  'GET /v1/kpis',
  'GET /v1/policies/{task}',
  'PUT /v1/policies/{task}',
  'GET /log/{shard}/checkpoint',
  'GET /log/{shard}/checkpoint.witnessed',
  'POST /witness/add-checkpoint',
  'GET /log/{shard}/tile/{rest}',
  'GET /metrics',
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
];

it('describes every route that is mounted, and mounts every route it describes', async () => {
  const document = (await started.call('GET', '/openapi.json', { key: null })).json();
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described).toEqual(expect.arrayContaining(PROMISED));
  for (const route of described) {
    const [method, path] = route.split(' ') as [string, string];
    const filled = path
      .replace('{rest}', '0/000')
      .replace('{pcs_id}', '0'.repeat(64))
      .replace(/\{[a-z_]+\}/, 'x');
    const answer = await started.call(method, filled, { key: null });
    // Nothing there under that name is an answer of the route; "method not allowed" would be one of the router.
    expect([405, 500], `${route} ${answer.status}`).not.toContain(answer.status);
    const elsewhere = await started.call('PATCH', filled, { key: null });
    expect(elsewhere.json().code, route).toBe('method_not_allowed');
    expect(elsewhere.headers.get('allow')).toContain(method);
  }
});

it('is the same without a server', async () => {
  const served = (await started.call('GET', '/openapi.json', { key: null })).json();
  expect(JSON.parse(JSON.stringify(openApiDocument()))).toEqual(served);
});

it('names each operation once and gives each a success and a problem', () => {
  const operations = Object.values(openApiDocument().paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map((operation) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of operations) {
    const responses = Object.keys(operation.responses as object);
    expect(responses, String(operation.operationId)).toContain('default');
    expect(responses.some((status) => status.startsWith('2'))).toBe(true);
  }
});
