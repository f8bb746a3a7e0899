import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawConnection } from '../testing/raw-connection.ts';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

const LIMITS = {
  verifyBodyBytesMax: 10_000,
  smallBodyBytesMax: 1_000,
  headerBytesMax: 4_096,
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  keepAliveTimeoutMs: 400,
  timeoutCheckMs: 50,
};

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer({ limits: LIMITS });
});
afterAll(() => started.stop());

const check = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
const padded = (bytes: number) => {
  const text = JSON.stringify(check);
  return text + ' '.repeat(bytes - text.length);
};
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  started.call('POST', path, { body, headers });

describe('bodies', () => {
  it('take as many bytes as the route allows, and not one more', async () => {
    expect((await post('/v1/check', padded(10_000))).status).toBe(200);
    const over = await post('/v1/check', padded(10_001));
    expect([over.status, over.json().code]).toEqual([413, 'request_too_large']);
    const label = (bytes: number) => `{}${' '.repeat(bytes - 2)}`;
    expect((await post('/v1/labels', label(1_000))).json().code).toBe('request_field_invalid');
    expect((await post('/v1/labels', label(1_001))).json().code).toBe('request_too_large');
  });

  it('in chunks are cut off at the limit too', async () => {
    const { socket, ended } = rawConnection(started.server.url);
    socket.write(
      `POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n` +
        'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = `${(4_096).toString(16)}\r\n${' '.repeat(4_096)}\r\n`;
    for (let i = 0; i < 5; i++) socket.write(chunk);
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"request_too_large"');
  });

  it('of 100 MB are refused before they are read', async () => {
    const { socket, ended } = rawConnection(started.server.url);
    socket.write(
      `POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n` +
        'content-type: application/json\r\ncontent-length: 104857600\r\n\r\n',
    );
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('must be JSON in UTF-8, said to be so, and not encoded', async () => {
    const cases: [Record<string, string>, number, string][] = [
      [{ 'content-type': 'text/plain' }, 415, 'media_type_unsupported'],
      [{ 'content-type': 'application/json; charset=latin1' }, 415, 'media_type_unsupported'],
      [{ 'content-type': 'application/jsonp' }, 415, 'media_type_unsupported'],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 415, 'media_type_unsupported'],
      [{ 'content-encoding': 'gzip' }, 415, 'encoding_unsupported'],
      [{ 'content-encoding': 'br' }, 415, 'encoding_unsupported'],
    ];
    for (const [headers, status, code] of cases) {
      const answer = await post('/v1/check', JSON.stringify(check), headers);
      expect([answer.status, answer.json().code], JSON.stringify(headers)).toEqual([status, code]);
    }
    for (const type of ['application/json;charset=utf-8', 'Application/JSON; charset="UTF-8"']) {
      expect((await post('/v1/check', JSON.stringify(check), { 'content-type': type })).status, type).toBe(200);
    }
  });

  it('are not read from those who may not send them', async () => {
    const { socket, ended } = rawConnection(started.server.url);
    socket.write(
      'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{',
    );
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('are refused where a resource takes none, and queries too', async () => {
    const got = await started.call('DELETE', `/v1/content/${'0'.repeat(64)}`, { body: '{}' });
    expect([got.status, got.json().code]).toEqual([400, 'bad_request']);
    expect((await started.call('GET', '/healthz?x=1')).json().code).toBe('request_field_invalid');
    expect((await post('/v1/check?receipt=all', '{}')).json().code).toBe('request_field_invalid');
    expect((await post('/v1/check?receipt=none&receipt=none', '{}')).json().code).toBe('request_field_invalid');
    expect((await post('/v1/check?wait=published&timeout_ms=1e3', '{}')).json().code).toBe('request_field_invalid');
  });
});

describe('slow clients', () => {
  it('that never finish their headers are told 408 and cut off', async () => {
    const { socket, ended } = rawConnection(started.server.url);
    socket.write('POST /v1/check HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => socket.writable && socket.write('x-more: 1\r\n'), 100);
    const startMs = performance.now();
    const answer = await ended;
    clearInterval(drip);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('that never finish their body are told 408 and cut off', async () => {
    const { socket, ended } = rawConnection(started.server.url);
    socket.write(
      `POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${started.apiKey}\r\n` +
        'content-type: application/json\r\ncontent-length: 5000\r\n\r\n',
    );
    const drip = setInterval(() => socket.writable && socket.write(' '), 50);
    const startMs = performance.now();
    const answer = await ended;
    clearInterval(drip);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('that say nothing at all are cut off', async () => {
    const { ended } = rawConnection(started.server.url);
    const startMs = performance.now();
    await ended;
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});

describe('what is no request', () => {
  it('is answered by a problem document', async () => {
    const cases: [string, number, string][] = [
      ['HELLO\r\n\r\n', 400, 'bad_request'],
      ['GET / HTTP/1.1\r\n\r\n', 400, 'bad_request'],
      [`GET /healthz HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(5_000)}\r\n\r\n`, 431, 'headers_too_large'],
      ['POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400, 'bad_request'],
      [
        'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
        400,
        'bad_request',
      ],
    ];
    for (const [text, status, code] of cases) {
      const { socket, ended } = rawConnection(started.server.url);
      socket.write(text);
      socket.end();
      const answer = await ended;
      expect(answer, text.slice(0, 40)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      if (answer.includes('problem+json')) expect(answer, text.slice(0, 40)).toContain(`"code":"${code}"`);
    }
  });

  it('with headers just inside the limit is read', async () => {
    const fill = 'a'.repeat(LIMITS.headerBytesMax - 200);
    const answer = await started.call('GET', '/healthz', { key: null, headers: { 'x-big': fill } });
    expect(answer.status).toBe(200);
  });

  it('of an unknown path or method is 404 or 405, of a bad escape 400', async () => {
    const unknown = await started.call('GET', '/v2/anything');
    expect([unknown.status, unknown.json().code]).toEqual([404, 'not_found']);
    const method = await started.call('GET', '/v1/check');
    expect([method.status, method.json().code, method.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'POST',
    ]);
    const broken = await started.call('GET', '/v1/verdicts/%zz');
    expect([broken.status, broken.json().code]).toEqual([400, 'bad_request']);
  });
});

describe('answers', () => {
  it('carry a request id, are not stored, and are never guessed at', async () => {
    const answer = await post('/v1/check', JSON.stringify(check));
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-z]+-[0-9a-z]+$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const refused = await post('/v1/check', '{');
    expect(refused.json().instance).toBe(`urn:fractal:request:${refused.headers.get('x-request-id')}`);
  });

  it('to 401 say nothing of which keys exist', async () => {
    const texts = new Set<string>();
    for (const key of [
      null,
      'x',
      started.apiKey.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      started.adminToken,
    ]) {
      const answer = await started.call('POST', '/v1/check', { body: check, key });
      texts.add(JSON.stringify({ ...answer.json(), instance: undefined, status: answer.status }));
    }
    expect(texts.size).toBe(1);
  });
});
