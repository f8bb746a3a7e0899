/**
 * Requests that want to take long or take all: slow-loris, oversized, wrong encodings, deep nesting, 100 MB of white space,
 * texts made to be expensive. Each gets a coded problem (or, where it is valid, an answer) in bounded time, and other
 * callers do not notice.
 */

import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, rawExchange } from '../harness/raw-http.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, readSecret, type ServerProcess, startServer } from '../harness/server-process.ts';
import { faultOfProblem } from './judge-answer.ts';

let server: ServerProcess;
let authorization: string;

beforeAll(async () => {
  const dataDirectory = join(scratchDirectory('slow-and-large'), 'data');
  server = await startServer({ dataDirectory, port: await freePort() }).whenReady;
  authorization = `authorization: Bearer ${readSecret(server.ready.api_key_file)}\r\n`;
});

afterAll(async () => {
  if (server?.ended() === undefined) await server?.kill();
  removeScratch();
});

/** Head of a POST with the API key; `extra` are whole header lines. */
function head(path: string, extra: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\n${authorization}content-type: application/json\r\n${extra}\r\n`;
}

function post(path: string, body: string | Uint8Array, deadlineMs: number, extra = ''): Promise<RawAnswer> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = `content-length: ${bytes.length}\r\nconnection: close\r\n`;
  return insist(() => [head(path, length + extra), bytes], deadlineMs);
}

/**
 * Asks up to three times: a refusal that leaves the body unread may be overtaken by the reset of its connection, and a
 * client asks again. `send` makes the pieces anew.
 */
async function insist(send: () => Iterable<Uint8Array | string>, deadlineMs: number): Promise<RawAnswer> {
  let answer = await rawExchange(server.ready.url, send(), deadlineMs);
  for (let again = 0; again < 2 && answer.status === 0; again++) {
    answer = await rawExchange(server.ready.url, send(), deadlineMs);
  }
  return answer;
}

/** The answer is a coded problem with one of these codes. */
function expectProblem(answer: RawAnswer, ...codes: string[]): void {
  expect(faultOfProblem(answer), JSON.stringify(answer).slice(0, 400)).toBeUndefined();
  expect(codes).toContain(JSON.parse(answer.body).code);
}

/** While `work` runs, others ask every 20 ms; resolves with their longest wait. */
async function longestWaitMs(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let over = false;
  work.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) {
    const startMs = performance.now();
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    longest = Math.max(longest, performance.now() - startMs);
    await sleep(20);
  }
  await work;
  return longest;
}

async function* drip(start: string, piece: string, everyMs: number): AsyncGenerator<string> {
  yield start;
  for (;;) {
    await sleep(everyMs);
    yield piece;
  }
}

function* repeated(start: string, piece: Uint8Array, times: number): Generator<string | Uint8Array> {
  yield start;
  for (let i = 0; i < times; i++) yield piece;
}

describe('slow', () => {
  // The limits are 10 s for headers and 30 s for a request; both are looked after once a second.
  it('ends headers and bodies that never end, and serves others meanwhile', { timeout: 60_000 }, async () => {
    const { url } = server.ready;
    const headers = Array.from({ length: 100 }, () =>
      rawExchange(url, drip('GET /healthz HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n', 700), 20_000),
    );
    const bodies = Array.from({ length: 50 }, () =>
      rawExchange(url, drip(head('/v1/check', 'content-length: 100000\r\n'), ' ', 900), 45_000),
    );
    const silent = Array.from({ length: 50 }, () => rawExchange(url, drip('', '', 5_000), 45_000));
    const all = Promise.all([...headers, ...bodies, ...silent]);
    expect(await longestWaitMs(all)).toBeLessThan(1_500);
    for (const answer of await Promise.all([...headers, ...bodies])) expectProblem(answer, 'request_timeout');
    for (const answer of await Promise.all(silent)) if (answer.status !== 0) expectProblem(answer, 'request_timeout');
  });
});

describe('large', () => {
  it('refuses a body by its announced length, without reading it', async () => {
    const start = head('/v1/check', 'content-length: 104857600\r\n');
    const answer = await insist(() => repeated(start, Buffer.alloc(65_536, 0x20), 1_600), 10_000);
    expectProblem(answer, 'request_too_large');
    expect(answer.bytesSent).toBeLessThan(20_000_000);
  });

  it('refuses 100 MB of white space that announces nothing', async () => {
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')]);
    for (const path of ['/v1/check', '/v1/verify', '/v1/verify:batch', '/v1/pcs/submit', '/v1/labels']) {
      const type = path.endsWith('batch') ? 'application/x-ndjson' : 'application/json';
      const start = head(path, 'transfer-encoding: chunked\r\n').replace('application/json', type);
      const answer = await insist(() => repeated(start, chunk, 1_600), 15_000);
      expectProblem(answer, 'request_too_large', 'bad_request');
      expect(answer.bytesSent, path).toBeLessThan(40_000_000);
    }
  });

  it('reads white space that fits, in bounded time', async () => {
    const body = `{"output":"It opened in 1932.",${' '.repeat(1_900_000)}"evidence":[{"text":"It opened in 1932."}]}`;
    const answer = await post('/v1/check', body, 10_000);
    expect(answer.status).toBe(200);
  });

  it('refuses headers and request lines past their limit', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `x-${i}: y\r\n`).join('');
    for (const extra of [`x-long: ${'a'.repeat(100_000)}\r\n`, many]) {
      const answer = await insist(() => [`GET /healthz HTTP/1.1\r\nhost: x\r\n${extra}\r\n`], 10_000);
      expectProblem(answer, 'headers_too_large');
    }
    const line = await insist(() => [`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`], 10_000);
    expectProblem(line, 'headers_too_large', 'bad_request');
  });

  it('refuses a batch of too many lines, and answers each line of one that fits', { timeout: 30_000 }, async () => {
    const type = 'content-type: application/x-ndjson\r\n';
    const batch = (lines: number): Promise<RawAnswer> => {
      const body = Buffer.from('{"record":"x"}\n'.repeat(lines));
      const start = head('/v1/verify:batch', `content-length: ${body.length}\r\nconnection: close\r\n`);
      return rawExchange(server.ready.url, [start.replace('content-type: application/json\r\n', type), body], 20_000);
    };
    expectProblem(await batch(10_001), 'request_too_large');
    const answer = await batch(10_000);
    expect(answer.status).toBe(200);
    expect(answer.body.match(/"code":/g)).toHaveLength(10_000);
  });
});

describe('wrong', () => {
  it.each([
    ['content-encoding: gzip\r\n', 'encoding_unsupported'],
    ['content-encoding: br\r\n', 'encoding_unsupported'],
  ])('refuses %s', async (extra, code) => {
    expectProblem(await post('/v1/check', '{}', 5_000, extra), code);
  });

  it.each([
    'text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/x-www-form-urlencoded',
  ])('refuses the type %s', async (type) => {
    const start = head('/v1/check', 'content-length: 2\r\nconnection: close\r\n').replace('application/json', type);
    expectProblem(await rawExchange(server.ready.url, [start, '{}'], 5_000), 'media_type_unsupported');
  });

  it.each([
    ['UTF-16', Buffer.from('{"output":"x","evidence":[]}', 'utf16le')],
    ['latin-1', Buffer.from('{"output":"caf\u00e9","evidence":[]}', 'latin1')],
    ['overlong UTF-8', Buffer.from([...Buffer.from('{"output":"'), 0xc0, 0xaf, ...Buffer.from('","evidence":[]}')])],
    [
      'a UTF-8 surrogate',
      Buffer.from([...Buffer.from('{"output":"'), 0xed, 0xa0, 0x80, ...Buffer.from('","evidence":[]}')]),
    ],
  ])('refuses a body in %s', async (_name, body) => {
    expectProblem(await post('/v1/check', body, 5_000), 'json_not_utf8', 'json_malformed');
  });

  it.each(['[', '{"a":', '[[{"a":', '"['])('refuses 1.9 MB of %s', async (piece) => {
    const body = piece.repeat(Math.floor(1_900_000 / piece.length));
    for (const path of ['/v1/check', '/v1/verify']) {
      const answer = await post(path, body, 10_000);
      expectProblem(answer, 'json_too_deep', 'json_malformed', 'request_field_invalid', 'json_too_large');
      expect(answer.elapsedMs).toBeLessThan(3_000);
    }
  });

  it('refuses a record that nests too deep inside its string', async () => {
    const record = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const answer = await post('/v1/verify', JSON.stringify({ record }), 10_000);
    expect(faultOfProblem(answer)).toBeUndefined();
    expect(answer.status).toBe(400);
  });

  it('refuses what is not HTTP, or two messages in one', async () => {
    const smuggled = `${head('/v1/check', 'content-length: 4\r\ntransfer-encoding: chunked\r\n')}0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`;
    const requests = [
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, ...Buffer.alloc(64)]),
      'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
      'POST /v1/check HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
      'GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\u0000b\r\n\r\n',
      `${head('/v1/check', 'transfer-encoding: chunked\r\n')}zz\r\n{}\r\n0\r\n\r\n`,
      smuggled,
    ];
    for (const request of requests) {
      const answer = await rawExchange(server.ready.url, [request], 15_000);
      expectProblem(answer, 'bad_request');
    }
  });
});

describe('expensive', () => {
  const long = (piece: string, bytes: number): string => piece.repeat(Math.floor(bytes / piece.length));
  const cases: [string, string, string][] = [
    ['one word again and again', long('a ', 900_000), long('a ', 900_000)],
    ['one word without an end', 'a'.repeat(900_000), 'a'.repeat(900_000)],
    ['sentences without an end', long('The 1 of 2. ', 900_000), long('The 2 of 1. ', 900_000)],
    ['figures', long('1,234.5 million ', 900_000), long('1,234.6 million ', 900_000)],
    ['names', long('Ada Lovelace Byron King ', 900_000), long('Ada Byron Lovelace King ', 900_000)],
    ['negations', long('not never no ', 900_000), long('never not no ', 900_000)],
    ['dots', '.'.repeat(900_000), '.'.repeat(900_000)],
    ['combining marks', long('e\u0301', 900_000), long('\u0301', 900_000)],
    ['spaces between quotes', long('" ', 400_000), long("' ", 900_000)],
    ['all words different', words(900_000, 0), words(900_000, 1)],
  ];

  it.each(cases)('%s: an answer in bounded time', { timeout: 30_000 }, async (_name, output, evidence) => {
    const asked = post('/v1/check', JSON.stringify({ output, evidence: [{ text: evidence }] }), 15_000);
    const wait = await longestWaitMs(asked);
    const answer = await asked;
    // A verdict, or the documented word that there is none in time: never an accept by exhaustion.
    if (answer.status === 200) expect(answer.body).toMatch(/^\{"verdict":/);
    else expectProblem(answer, 'judge_timeout', 'request_too_large', 'entry_too_large');
    expect(answer.elapsedMs).toBeLessThan(8_000);
    expect(wait).toBeLessThan(1_500);
  });

  it.each([
    ['100,000 members', `{${Array.from({ length: 100_000 }, (_, i) => `"m${i}":1`).join(',')}}`],
    ['a number of a million digits', `{"output":${'1'.repeat(1_000_000)},"evidence":[]}`],
    ['an exponent of a million digits', `{"output":1e${'1'.repeat(1_000_000)},"evidence":[]}`],
    ['254,000 empty pieces of evidence', `{"output":"x","evidence":[${'{"text":""},'.repeat(120_000).slice(0, -1)}]}`],
    ['escapes only', `{"output":"${'\\u0041'.repeat(300_000)}"}`],
  ])('%s: refused in bounded time', { timeout: 30_000 }, async (_name, body) => {
    const asked = post('/v1/check', body, 15_000);
    expect(await longestWaitMs(asked)).toBeLessThan(1_500);
    const answer = await asked;
    expect(faultOfProblem(answer), answer.body.slice(0, 300)).toBeUndefined();
    expect(answer.status).toBeLessThan(500);
    expect(answer.elapsedMs).toBeLessThan(5_000);
  });
});

describe('afterwards', () => {
  it('the server is the same process, and still gives verdicts', async () => {
    expect(server.ended(), server.errors()).toBeUndefined();
    const answer = await post(
      '/v1/check',
      '{"output":"It opened in 1932.","evidence":[{"text":"It opened in 1932."}]}',
      5_000,
    );
    expect(answer.status).toBe(200);
    const metrics = await (await fetch(`${server.ready.url}/metrics`)).text();
    expect(metrics).toMatch(/fractal_http_requests_in_flight 1\n/);
  });
});

function words(bytes: number, salt: number): string {
  const list: string[] = [];
  for (let i = 0, length = 0; length < bytes; i++) {
    const word = ((i * 2_654_435_761 + salt) % 4_294_967_296).toString(36);
    list.push(word);
    length += word.length + 1;
  }
  return list.join(' ');
}
