import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAnswer, ORIGIN, OUTPUT, PCS_ID, receiptOf, SALT } from '../../testing/receipts.ts';
import {
  answerJson,
  answerProblem,
  answerText,
  halfAnswer,
  hang,
  problemText,
  resetConnection,
  type ScriptedServer,
  startScriptedServer,
} from '../../testing/scripted-server.ts';
import {
  AbortedError,
  ApiError,
  AuthenticationError,
  ConflictError,
  FractalError,
  InvalidRequestError,
  NetworkError,
  NotFoundError,
  OptionError,
  RateLimitError,
  ResponseError,
  ServerError,
  TimeoutError,
} from '../errors/errors.ts';
import type { Clock } from '../http/ports.ts';
import { Fractal } from './fractal.ts';
import type { FractalOptions } from './options.ts';

const API_KEY = 'fk_secret_of_the_tenant';
const INPUT = { output: OUTPUT, evidence: ['It opened in 1932.'], prompt: 'When did it open?' };

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

/** Notes the waits between attempts and makes them short. Only for calls whose time limits are the defaults, 10 s and more. */
function hurriedClock(waits: number[]): Clock {
  return {
    nowMs: () => Date.now(),
    startTimer(delayMs, fire) {
      const isPause = delayMs < 9_000;
      if (isPause) waits.push(delayMs);
      const timer = setTimeout(fire, isPause ? 1 : delayMs);
      return () => clearTimeout(timer);
    },
  };
}

function client(options: Partial<FractalOptions> = {}): Fractal {
  return new Fractal({ url: server.url, apiKey: API_KEY, retryDelayMs: 1, ...options });
}

async function failure(promise: Promise<unknown>): Promise<FractalError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FractalError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

describe('check', () => {
  it('sends the input and reads the verdict', async () => {
    server.script(answerJson(checkAnswer()));
    const usage = { model: 'm', inputTokens: 3, outputTokens: 4, costUsd: 0.25 };
    const evidence = ['plain', { id: 'e2', text: 'named' }];
    const answer = await client().check({ ...INPUT, task: 't', run: 'r', attempt: 2, parent: PCS_ID, evidence, usage });
    expect(answer).toMatchObject({
      pcsId: PCS_ID,
      verdict: { decision: 'accept', risk: 0.02, policyVersion: 3 },
      effective: { decision: 'accept', revision: 0 },
      log: { origin: ORIGIN, index: 5n },
      receipt: receiptOf(),
      salt: SALT,
      replayed: false,
    });
    const [request] = server.seen;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/check' });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(request!.body)).toEqual({
      task: 't',
      run: 'r',
      attempt: 2,
      parent: PCS_ID,
      prompt: INPUT.prompt,
      output: OUTPUT,
      evidence: [{ text: 'plain' }, { id: 'e2', text: 'named' }],
      usage: { model: 'm', input_tokens: 3, output_tokens: 4, cost_usd: 0.25 },
    });
  });

  it('asks for no receipt, and to wait', async () => {
    const { receipt: _, ...bare } = checkAnswer({ reached: 'published' });
    server.script(answerJson(bare));
    const answer = await client().check(INPUT, { receipt: false, wait: { for: 'published', timeoutMs: 900 } });
    expect(server.seen[0]?.path).toBe('/v1/check?receipt=none&wait=published&timeout_ms=900');
    expect(answer.reached).toBe('published');
    expect(answer).not.toHaveProperty('receipt');
  });

  it('takes a log index beyond 2^53 as a decimal text', async () => {
    server.script(answerJson(checkAnswer({ log: { origin: ORIGIN, index: '18446744073709551615' } })));
    expect((await client().check(INPUT)).log.index).toBe(18446744073709551615n);
  });

  it('keeps a path in front of /v1, with or without a slash', async () => {
    for (const path of ['/proxy/fractal', '/proxy/fractal/']) {
      server.script(answerJson(checkAnswer()));
      await client({ url: server.url + path }).check(INPUT);
      expect(server.seen[0]?.path).toBe('/proxy/fractal/v1/check');
    }
  });
});

describe('retries', () => {
  it.each([408, 429, 500, 502, 503, 504])('sends again after %i, under the same idempotency key', async (status) => {
    const waits: number[] = [];
    server.script(answerProblem(status, 'busy'), answerProblem(status, 'busy'), answerJson(checkAnswer()));
    await client({ clock: hurriedClock(waits) }).check(INPUT);
    expect(server.seen).toHaveLength(3);
    expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
    expect(waits).toHaveLength(2);
  });

  it('takes a fresh key for each call, and the caller’s where given', async () => {
    server.script(answerJson(checkAnswer()));
    await client().check(INPUT);
    await client().check(INPUT);
    await client().check(INPUT, { idempotencyKey: 'order-17' });
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('order-17');
  });

  it.each([400, 401, 403, 404, 409, 410, 413, 415, 422, 501, 505])('does not send again after %i', async (status) => {
    server.script(answerProblem(status, 'bad_request'));
    expect(await failure(client().check(INPUT))).toMatchObject({ status, retryable: false });
    expect(server.seen).toHaveLength(1);
  });

  it('waits as long as Retry-After says, and not less', async () => {
    const waits: number[] = [];
    server.script(answerProblem(429, 'rate_limited', { 'retry-after': '2' }), answerJson(checkAnswer()));
    await client({ clock: hurriedClock(waits) }).check(INPUT);
    expect(waits[0]).toBeGreaterThanOrEqual(2_000);
    expect(waits[0]).toBeLessThan(2_200);
  });

  it('does not wait where Retry-After outlasts the call, and says how long it was', async () => {
    server.script(answerProblem(429, 'rate_limited', { 'retry-after': '60' }));
    const error = await failure(client().check(INPUT, { timeoutMs: 1_000 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000, retryable: true });
    expect(server.seen).toHaveLength(1);
  });

  it('sends again after a reset, and after half an answer', async () => {
    const whole = JSON.stringify(checkAnswer());
    server.script(resetConnection, halfAnswer(whole), answerJson(checkAnswer()));
    expect((await client().check(INPUT)).pcsId).toBe(PCS_ID);
    expect(server.seen).toHaveLength(3);
  });

  it('gives up after `retries`, with the last failure', async () => {
    server.script(resetConnection);
    const error = await failure(client({ retries: 2 }).check(INPUT));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: 'network_failed', retryable: true, status: undefined });
    expect(error.cause).toBeInstanceOf(Error);
    expect(server.seen).toHaveLength(3);
  });

  it('tries once where retries is 0', async () => {
    server.script(answerProblem(503, 'busy'));
    expect(await failure(client({ retries: 0 }).check(INPUT))).toBeInstanceOf(ServerError);
    expect(server.seen).toHaveLength(1);
  });

  it('reports a server that is not there', async () => {
    const gone = await startScriptedServer();
    await gone.close();
    expect(await failure(client({ url: gone.url, retries: 1 }).check(INPUT))).toMatchObject({ code: 'network_failed' });
  });
});

describe('time limits and cancellation', () => {
  it('ends a call whose server never answers', async () => {
    server.script(hang);
    const startedMs = Date.now();
    const error = await failure(client().check(INPUT, { timeoutMs: 200 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'timed_out', retryable: true });
    expect(Date.now() - startedMs).toBeLessThan(1_500);
  });

  it('ends an attempt that hangs and makes another within the call', async () => {
    server.script(hang, answerJson(checkAnswer()));
    expect((await client({ attemptTimeoutMs: 150 }).check(INPUT)).pcsId).toBe(PCS_ID);
    expect(server.seen).toHaveLength(2);
  });

  it('bounds a body that trickles', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect(await failure(client({ retries: 0 }).check(INPUT, { timeoutMs: 200 }))).toMatchObject({ code: 'timed_out' });
  });

  it('leaves a fetch behind that ignores its signal', async () => {
    const deaf = client({ fetch: () => new Promise(() => undefined) });
    expect(await failure(deaf.check(INPUT, { timeoutMs: 200 }))).toMatchObject({ code: 'timed_out' });
  });

  it('stops at once when the caller cancels, with the caller’s reason as cause', async () => {
    const controller = new AbortController();
    server.script(() => controller.abort('no longer wanted'));
    const error = await failure(client().check(INPUT, { signal: controller.signal }));
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ code: 'aborted', retryable: false, cause: 'no longer wanted' });
    expect(server.seen).toHaveLength(1);
  });

  it('stops in the middle of a body', async () => {
    const controller = new AbortController();
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"verdict":', () => controller.abort());
    });
    expect(await failure(client().check(INPUT, { signal: controller.signal }))).toMatchObject({ code: 'aborted' });
  });

  it('stops while it waits for another attempt', async () => {
    const controller = new AbortController();
    server.script((response) => {
      answerProblem(503, 'busy', { 'retry-after': '5' })(response, server.seen[0]!);
      setTimeout(() => controller.abort(), 20);
    });
    expect(await failure(client().check(INPUT, { signal: controller.signal }))).toMatchObject({ code: 'aborted' });
    expect(server.seen).toHaveLength(1);
  });

  it('sends nothing for a signal that fired before', async () => {
    server.script(answerJson(checkAnswer()));
    const signal = AbortSignal.abort();
    expect(await failure(client().check(INPUT, { signal }))).toMatchObject({ code: 'aborted' });
    expect(server.seen).toHaveLength(0);
  });

  it('leaves no listener on a signal that outlives its calls', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const counting = new Proxy(signal, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name === 'addEventListener') listeners += 1;
        if (name === 'removeEventListener') listeners -= 1;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    server.script(answerProblem(503, 'busy'), answerJson(checkAnswer()));
    await client().check(INPUT, { signal: counting });
    expect(listeners).toBe(0);
  });
});

describe('answers that the specification does not allow', () => {
  it.each([
    ['another content type', answerText(JSON.stringify(checkAnswer()), 'text/html')],
    ['no content type', answerText(JSON.stringify(checkAnswer()), '')],
    ['no JSON', answerText('{"verdict"', 'application/json')],
    ['bytes that are no UTF-8', answerText(Buffer.from([0x22, 0xff, 0x22]) as unknown as string, 'application/json')],
    ['an empty body', answerText('', 'application/json')],
    ['another shape', answerJson({})],
    ['an unknown decision', answerJson(checkAnswer({ effective: { decision: 'perhaps', revision: 0 } }))],
    ['a pcs_id that is none', answerJson(checkAnswer({ pcs_id: 'A'.repeat(64) }))],
    ['an index that is no integer', answerJson(checkAnswer({ log: { origin: ORIGIN, index: 1.5 } }))],
    ['an index beyond 2^53 as a number', answerJson(checkAnswer({ log: { origin: ORIGIN, index: 2 ** 53 } }))],
    ['a salt of 15 bytes', answerJson(checkAnswer({ salt: 'AAAAAAAAAAAAAAAAAAAA' }))],
    ['a receipt that is no text', answerJson(checkAnswer({ receipt: 7 }))],
    ['no body where one is due', answerText('', 'application/json', 204)],
  ])('%s', async (_, step) => {
    server.script(step);
    const error = await failure(client().check(INPUT));
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ code: 'response_malformed', retryable: false });
    expect(server.seen).toHaveLength(1);
  });

  it('more bytes than the client reads', async () => {
    server.script(answerText(`"${'x'.repeat(5_000)}"`, 'application/json'));
    const error = await failure(client({ responseBytesMax: 4_096 }).check(INPUT));
    expect(error).toMatchObject({ code: 'response_too_large', status: 200 });
  });

  it.each([301, 302, 303, 307, 308])('a redirect (%i), which is not followed', async (status) => {
    server.script((response) => {
      response.writeHead(status, { location: `${server.url}/elsewhere` }).end();
    });
    expect(await failure(client().check(INPUT))).toMatchObject({ code: 'redirect_refused', retryable: false });
    expect(server.seen).toHaveLength(1);
  });
});

describe('problem documents', () => {
  it.each([
    [400, 'bad_request', InvalidRequestError],
    [401, 'unauthenticated', AuthenticationError],
    [403, 'forbidden', AuthenticationError],
    [404, 'verdict_unknown', NotFoundError],
    [409, 'idempotency_conflict', ConflictError],
    [410, 'content_erased', NotFoundError],
    [422, 'content_missing', InvalidRequestError],
    [429, 'rate_limited', RateLimitError],
    [503, 'draining', ServerError],
  ] as const)('%i %s', async (status, code, kind) => {
    server.script(answerProblem(status, code));
    const error = await failure(client({ retries: 0 }).check(INPUT));
    expect(error).toBeInstanceOf(kind);
    expect(error).toBeInstanceOf(ApiError);
    expect(error.name).toBe(kind.name);
    expect(error).toMatchObject({ code, status, detail: 'in the words of the server' });
    expect(error.message).toBe(`POST /v1/check answered ${status}: ${code}`);
  });

  const good = JSON.parse(problemText(400, 'bad_request'));
  it.each([
    ['another content type', JSON.stringify(good), 'application/json'],
    ['no JSON', '<html>', 'application/problem+json'],
    ['no object', '[]', 'application/problem+json'],
    ['another status inside', JSON.stringify({ ...good, status: 500 }), 'application/problem+json'],
    ['a status that is a text', JSON.stringify({ ...good, status: '400' }), 'application/problem+json'],
    ['no code', JSON.stringify({ ...good, code: undefined }), 'application/problem+json'],
    ['a code of nobody', JSON.stringify({ ...good, code: 'constructor' }), 'application/problem+json'],
    ['no title', JSON.stringify({ ...good, title: undefined }), 'application/problem+json'],
    ['no type', JSON.stringify({ ...good, type: 7 }), 'application/problem+json'],
    ['a detail that is no text', JSON.stringify({ ...good, detail: {} }), 'application/problem+json'],
    ['more than 64 KiB', JSON.stringify({ ...good, detail: 'x'.repeat(70_000) }), 'application/problem+json'],
  ])('with %s are not read', async (_, text, contentType) => {
    server.script(answerText(text, contentType, 400));
    expect(await failure(client().check(INPUT))).toMatchObject({
      code: 'problem_malformed',
      status: 400,
      detail: undefined,
      retryable: false,
    });
  });

  it('of a proxy in front are retried by their status', async () => {
    server.script(answerText('<html>Bad gateway</html>', 'text/html', 502), answerJson(checkAnswer()));
    expect((await client().check(INPUT)).pcsId).toBe(PCS_ID);
  });

  it('cut short by a reset still say their status', async () => {
    server.script(async (response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json', 'content-length': 500 });
      await new Promise<void>((resolve) => response.write('{', () => resolve()));
      response.socket?.resetAndDestroy();
    });
    expect(await failure(client().check(INPUT))).toMatchObject({ code: 'problem_malformed', status: 403 });
  });
});

describe('secrets and payloads', () => {
  it('are in no error: not in its message, its properties or its causes', async () => {
    const echo = JSON.stringify({ ...JSON.parse(problemText(400, 'bad_request')), detail: 'field output' });
    const steps = [
      answerText(`{"verdict": ${OUTPUT}`, 'application/json'),
      answerText(echo, 'application/problem+json', 400),
      resetConnection,
      answerText(OUTPUT, 'text/plain'),
    ];
    for (const step of steps) {
      server.script(step);
      const error = await failure(client({ retries: 0 }).check(INPUT));
      const shown = inspect(error, { depth: 10, showHidden: true });
      expect(shown).not.toContain(API_KEY);
      expect(shown).not.toContain('1932');
    }
  });

  it('are not shown by the client itself', () => {
    expect(inspect(client(), { depth: 10, showHidden: true }) + JSON.stringify(client())).not.toContain(API_KEY);
  });

  it('are not quoted by the refusal of an option', () => {
    for (const apiKey of ['', `${API_KEY}\n`, `${API_KEY} `, 'schlüssel', 'k'.repeat(513)]) {
      const make = (): Fractal => client({ apiKey });
      expect(make).toThrow(OptionError);
      expect(make).toThrow(/^apiKey: 1 to 512 printable ASCII characters without spaces$/);
    }
  });
});

describe('options', () => {
  it.each([
    ['', 'url'],
    ['localhost:8787', 'url'],
    ['ftp://host/', 'url'],
    ['http://user:pass@host/', 'url'],
    ['http://host/?q', 'url'],
    ['http://host/#f', 'url'],
  ])('refuses the url %j', (url) => {
    expect(() => client({ url })).toThrow(/^url: /);
  });

  it.each([
    ['timeoutMs', 0],
    ['timeoutMs', 1.5],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', 2 ** 31],
    ['attemptTimeoutMs', -1],
    ['retries', -1],
    ['retries', 21],
    ['retryDelayMs', 0],
    ['retryDelayMaxMs', 1e9],
    ['responseBytesMax', 10],
  ])('refuses %s of %d', (name, value) => {
    expect(() => client({ [name]: value })).toThrow(new RegExp(`^${name}: `));
  });

  it('refuses ids that would lead to another route, and sends nothing', async () => {
    server.script(answerJson({}));
    for (const id of ['', '../policies/x', 'A'.repeat(64), `${'a'.repeat(64)}/`, `${'a'.repeat(64)}\n`]) {
      expect(await failure(client().getVerdict(id))).toBeInstanceOf(OptionError);
      expect(await failure(client().getReceipt(id))).toBeInstanceOf(OptionError);
      expect(await failure(client().eraseContent(id))).toBeInstanceOf(OptionError);
    }
    for (const task of ['', '.', '..', 'a/b', 'a?b', 'ä', 'x'.repeat(65)]) {
      expect(await failure(client().getPolicy(task))).toBeInstanceOf(OptionError);
    }
    expect(server.seen).toHaveLength(0);
  });
});

describe('the other calls', () => {
  const log = { origin: ORIGIN, index: 9 };
  const policy = { version: 4, mode: 'enforce', accept_risk_max: 0.1, retry_attempts_max: 2 };

  it.each([
    [
      'verify',
      (fractal: Fractal) => fractal.verify({ record: '{"a":1}' }),
      checkAnswer(),
      { method: 'POST', path: '/v1/verify', body: { record: '{"a":1}' } },
      { pcsId: PCS_ID },
    ],
    [
      'getVerdict',
      (fractal: Fractal) => fractal.getVerdict(PCS_ID),
      checkAnswer(),
      { method: 'GET', path: `/v1/verdicts/${PCS_ID}` },
      { pcsId: PCS_ID, effective: { decision: 'accept', revision: 0 } },
    ],
    [
      'getReceipt',
      (fractal: Fractal) => fractal.getReceipt(PCS_ID),
      { pcs_id: PCS_ID, log, receipt: receiptOf(), salt: null },
      { method: 'GET', path: `/v1/receipts/${PCS_ID}` },
      { pcsId: PCS_ID, log: { origin: ORIGIN, index: 9n }, receipt: receiptOf() },
    ],
    [
      'resolve',
      (fractal: Fractal) => fractal.resolve({ pcsId: PCS_ID, decision: 'block', revision: 2, reviewer: 'r' }),
      { pcs_id: PCS_ID, effective: { decision: 'block', revision: 2 }, log },
      {
        method: 'POST',
        path: '/v1/resolutions',
        body: { pcs_id: PCS_ID, decision: 'block', revision: 2, reviewer: 'r' },
      },
      { pcsId: PCS_ID, effective: { decision: 'block', revision: 2 }, log: { origin: ORIGIN, index: 9n } },
    ],
    [
      'label',
      (fractal: Fractal) => fractal.label({ pcsId: PCS_ID, label: 'grounded', source: 'audit' }),
      { pcs_id: PCS_ID, log },
      { method: 'POST', path: '/v1/labels', body: { pcs_id: PCS_ID, label: 'grounded', source: 'audit' } },
      { pcsId: PCS_ID, log: { origin: ORIGIN, index: 9n } },
    ],
    [
      'eraseContent',
      (fractal: Fractal) => fractal.eraseContent(PCS_ID),
      { pcs_id: PCS_ID, log },
      { method: 'DELETE', path: `/v1/content/${PCS_ID}` },
      { pcsId: PCS_ID, log: { origin: ORIGIN, index: 9n } },
    ],
    [
      'getPolicy',
      (fractal: Fractal) => fractal.getPolicy('answers'),
      policy,
      { method: 'GET', path: '/v1/policies/answers' },
      { version: 4, mode: 'enforce', acceptRiskMax: 0.1, retryAttemptsMax: 2, forbid: [], requireSignals: [] },
    ],
    [
      'putPolicy',
      (fractal: Fractal) =>
        fractal.putPolicy('answers', { mode: 'enforce', acceptRiskMax: 0.1, retryAttemptsMax: 2, forbid: ['x'] }),
      { ...policy, forbid: ['x'] },
      {
        method: 'PUT',
        path: '/v1/policies/answers',
        body: { mode: 'enforce', accept_risk_max: 0.1, retry_attempts_max: 2, forbid: ['x'] },
      },
      { version: 4, mode: 'enforce', acceptRiskMax: 0.1, retryAttemptsMax: 2, forbid: ['x'], requireSignals: [] },
    ],
  ])('%s', async (_, call, answer, sent, value) => {
    server.script(answerProblem(503, 'busy'), answerJson(answer));
    expect(await call(client())).toMatchObject(value);
    expect(server.seen).toHaveLength(2);
    for (const { method, path, body } of server.seen) {
      const seen = { method, path, ...(body === '' ? {} : { body: JSON.parse(body) }) };
      expect(seen).toEqual(sent);
    }
    // What makes an entry of its own is retried under one key.
    const keys = new Set(server.seen.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    expect(keys.has(undefined)).toBe(!['/v1/resolutions', '/v1/labels'].includes(sent.path));
    server.script(answerJson({ pcs_id: PCS_ID }));
    expect(await failure(call(client()) as Promise<unknown>)).toMatchObject({ code: 'response_malformed' });
  });

  it('putPolicy can be held to the version it starts from', async () => {
    server.script(answerJson(policy));
    await client().putPolicy('answers', { mode: 'observe', acceptRiskMax: 0, retryAttemptsMax: 0 }, { ifVersion: 3 });
    expect(server.seen[0]?.headers['if-match']).toBe('"3"');
    const wrong = client().putPolicy(
      'a',
      { mode: 'observe', acceptRiskMax: 0, retryAttemptsMax: 0 },
      { ifVersion: -1 },
    );
    expect(await failure(wrong)).toBeInstanceOf(OptionError);
  });

  it('verify refuses a record that is no UTF-8, and sends nothing', async () => {
    server.script(answerJson(checkAnswer()));
    const error = await failure(client().verify({ record: Uint8Array.of(0xff) }));
    expect(error).toMatchObject({ code: 'json_not_utf8' });
    expect(server.seen).toHaveLength(0);
  });

  it('verify sends a record as text, so that it cannot break out of the request', async () => {
    server.script(answerJson(checkAnswer()));
    const record = '{"a":1},"content":{"items":[]},"x":{"b":2}';
    await client().verify({ record, content: { items: [{ kind: 'output', salt: SALT, text: 't' }] } });
    expect(JSON.parse(server.seen[0]!.body)).toEqual({
      record,
      content: { items: [{ kind: 'output', salt: 'AQIDBAUGBwgJCgsMDQ4PEA==', text: 't' }] },
    });
  });
});
