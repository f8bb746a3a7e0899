import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAnswer, PCS_ID } from '../../testing/receipts.ts';
import {
  answerProblem,
  hang,
  problemText,
  resetConnection,
  type ScriptedServer,
  type Step,
  startScriptedServer,
} from '../../testing/scripted-server.ts';
import { FractalError } from '../errors/errors.ts';
import type { BatchResult } from './batch.ts';
import { type BatchOptions, Fractal } from './fractal.ts';
import type { SignedRecord } from './requests.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

function client(retries = 3): Fractal {
  return new Fractal({ url: server.url, apiKey: 'key', retryDelayMs: 1, retries });
}

const record = (number: number): SignedRecord => ({ record: `{"n":${number}}` });

/** The numbers of the records in a request, by its lines. */
function numbersOf(body: string): number[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(JSON.parse(line).record).n);
}

/** Answers each record with its own number as log index, unless `refuse` gives a problem for it. */
function answerLines(refuse: (number: number) => string | undefined = () => undefined): Step {
  return (response, { body }) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    const lines = numbersOf(body).map((number) => refuse(number) ?? answerLine(number));
    response.end(`${lines.join('\n')}\n`);
  };
}

function answerLine(number: number): string {
  return JSON.stringify(checkAnswer({ log: { origin: 'o', index: number } }));
}

async function collect(results: AsyncIterable<BatchResult>): Promise<(number | string)[]> {
  const all: (number | string)[] = [];
  for await (const result of results) all.push(result.ok ? Number(result.answer.log.index) : result.error.code);
  return all;
}

function run(count: number, options: BatchOptions = {}, retries = 3): Promise<(number | string)[]> {
  return collect(
    client(retries).verifyBatch(
      Array.from({ length: count }, (_, at) => record(at)),
      options,
    ),
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('verifyBatch', () => {
  it('gives nothing for nothing, and asks nothing', async () => {
    server.script(answerLines());
    expect(await run(0)).toEqual([]);
    expect(server.seen).toHaveLength(0);
  });

  it('keeps the order over windows of 256', async () => {
    server.script(answerLines());
    expect(await run(600)).toEqual(upTo(600));
    expect(server.seen.map(({ body }) => numbersOf(body).length)).toEqual([256, 256, 88]);
    expect(server.seen[0]?.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      authorization: 'Bearer key',
    });
  });

  it('cuts windows by their length too, and sends a record longer than a window alone', async () => {
    const sizes: number[] = [];
    server.script((response, request) => {
      sizes.push(request.body.split('\n').length - 1);
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(`${answerLine(1)}\n`.repeat(sizes.at(-1)!));
    });
    const long = (chars: number): SignedRecord => ({ record: JSON.stringify({ text: 'x'.repeat(chars) }) });
    const results = await collect(client().verifyBatch([long(600_000), long(300_000), long(300_000), long(2_000_000)]));
    expect(results).toHaveLength(4);
    expect(sizes).toEqual([2, 1, 1]);
  });

  it('passes on what the query can ask', async () => {
    server.script(answerLines());
    await run(1, { receipt: false, wait: { for: 'published', timeoutMs: 10 } });
    expect(server.seen[0]?.path).toBe('/v1/verify:batch?receipt=none&wait=published&timeout_ms=10');
  });

  it('makes a record’s own failure a result among the others', async () => {
    server.script(answerLines((number) => (number === 1 ? problemText(409, 'equivocation') : undefined)));
    expect(await run(3)).toEqual([0, 'equivocation', 2]);
    expect(server.seen).toHaveLength(1);
  });

  it('sends again only what was refused for now', async () => {
    server.script(
      answerLines((number) => (number % 2 === 1 ? problemText(503, 'busy') : undefined)),
      answerLines((number) => (number === 3 ? problemText(503, 'busy') : undefined)),
      answerLines(),
    );
    expect(await run(5)).toEqual(upTo(5));
    expect(server.seen.map(({ body }) => numbersOf(body))).toEqual([[0, 1, 2, 3, 4], [1, 3], [3]]);
  });

  it('gives a refusal as the result when the retries are used up', async () => {
    server.script(answerLines((number) => (number === 1 ? problemText(503, 'busy') : undefined)));
    expect(await run(3, {}, 1)).toEqual([0, 'busy', 2]);
    expect(server.seen).toHaveLength(2);
  });

  it('goes on where an answer broke off', async () => {
    server.script(async (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const half = `${answerLine(0)}\n${answerLine(1)}\n${answerLine(2).slice(0, 20)}`;
      await new Promise<void>((resolve) => response.write(half, () => resolve()));
      setTimeout(() => response.socket?.resetAndDestroy(), 50);
    }, answerLines());
    expect(await run(4)).toEqual(upTo(4));
    expect(server.seen.map(({ body }) => numbersOf(body))).toEqual([
      [0, 1, 2, 3],
      [2, 3],
    ]);
  });

  it('asks nothing more where an answer broke off after its last line', async () => {
    server.script(async (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      await new Promise<void>((resolve) => response.write(`${answerLine(0)}\n`, () => resolve()));
      setTimeout(() => response.socket?.resetAndDestroy(), 20);
    });
    expect(await run(1)).toEqual([0]);
    expect(server.seen).toHaveLength(1);
  });

  it('goes on where an answer ended early without a word', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${answerLine(0)}\n`);
    }, answerLines());
    expect(await run(3)).toEqual(upTo(3));
    expect(numbersOf(server.seen[1]!.body)).toEqual([1, 2]);
  });

  it('goes on after a reset and a 503 of the request itself', async () => {
    server.script(resetConnection, answerProblem(503, 'draining'), answerLines());
    expect(await run(2)).toEqual([0, 1]);
    expect(server.seen).toHaveLength(3);
  });

  it('yields results while the rest of a window is still being judged', async () => {
    let release: () => void = () => undefined;
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${answerLine(0)}\n`);
      release = () => response.end(`${answerLine(1)}\n`);
    });
    const results = client().verifyBatch([record(0), record(1)]);
    expect((await results.next()).value).toMatchObject({ ok: true, answer: { pcsId: PCS_ID } });
    release();
    expect((await results.next()).value).toMatchObject({ ok: true });
    expect((await results.next()).done).toBe(true);
  });

  it('sends what it has when the source pauses', async () => {
    server.script(answerLines());
    async function* slow(): AsyncGenerator<SignedRecord> {
      yield record(0);
      yield record(1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      yield record(2);
    }
    expect(await collect(client().verifyBatch(slow(), { lingerMs: 30 }))).toEqual([0, 1, 2]);
    expect(server.seen.map(({ body }) => numbersOf(body))).toEqual([[0, 1], [2]]);
  });

  it('reads one record beyond its window, and no more', async () => {
    let read = 0;
    let returned = false;
    async function* endless(): AsyncGenerator<SignedRecord> {
      try {
        for (;;) yield record(read++);
      } finally {
        returned = true;
      }
    }
    server.script(answerLines());
    for await (const result of client().verifyBatch(endless())) {
      expect(result.ok).toBe(true);
      break;
    }
    expect(read).toBeLessThanOrEqual(257);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(returned).toBe(true);
  });
});

describe('verifyBatch throws, after the results that came', () => {
  async function partial(results: AsyncIterable<BatchResult>): Promise<{ count: number; error: FractalError }> {
    let count = 0;
    try {
      for await (const _ of results) count += 1;
    } catch (error) {
      if (error instanceof FractalError) return { count, error };
      throw error;
    }
    throw new Error('nothing was thrown');
  }
  const batch = (count: number, options: BatchOptions = {}, retries = 0): AsyncIterable<BatchResult> =>
    client(retries).verifyBatch(
      Array.from({ length: count }, (_, at) => record(at)),
      options,
    );

  it('the request’s own failure', async () => {
    server.script(answerLines(), answerProblem(401, 'unauthenticated'));
    const { count, error } = await partial(batch(300));
    expect(count).toBe(256);
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it.each([
    ['a line that is no answer', `${answerLine(0)}\n{}\n`],
    ['a line that is no JSON', `${answerLine(0)}\nnonsense\n`],
    ['a problem of a status that is none', `${answerLine(0)}\n${problemText(200, 'busy')}\n`],
    ['a problem without a known code', `${answerLine(0)}\n${problemText(400, 'mystery')}\n`],
    ['a line of more than 1 MiB', `${answerLine(0)}\n${' '.repeat(1024 * 1024 + 1)}\n`],
  ])('%s', async (_, text) => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(text);
    });
    const { count, error } = await partial(batch(2));
    expect(count).toBe(1);
    expect(error).toMatchObject({ code: 'response_malformed', retryable: false });
  });

  it('more lines than were asked for', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${answerLine(0)}\n${answerLine(1)}\n`);
    });
    expect(await partial(batch(1))).toMatchObject({ count: 1, error: { code: 'response_malformed' } });
  });

  it('another content type', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answerLine(0));
    });
    expect(await partial(batch(1))).toMatchObject({ count: 0, error: { code: 'response_malformed' } });
  });

  it('time that ran out', async () => {
    server.script(hang);
    expect(await partial(batch(1, { timeoutMs: 30 }))).toMatchObject({ count: 0, error: { code: 'timed_out' } });
  });

  it('a cancellation while it waits for the server', async () => {
    const controller = new AbortController();
    server.script(() => controller.abort('enough'));
    const { error } = await partial(batch(1, { signal: controller.signal }, 3));
    expect(error).toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  it('a cancellation while it waits for the source', async () => {
    const controller = new AbortController();
    async function* never(): AsyncGenerator<SignedRecord> {
      setTimeout(() => controller.abort(), 20);
      await new Promise(() => undefined);
      yield record(0);
    }
    const { error } = await partial(client().verifyBatch(never(), { signal: controller.signal }));
    expect(error.code).toBe('aborted');
  });

  it('what the source itself throws, after the records before it', async () => {
    server.script(answerLines());
    async function* broken(): AsyncGenerator<SignedRecord> {
      yield record(0);
      throw new RangeError('no more');
    }
    const seen: BatchResult[] = [];
    const consume = async (): Promise<void> => {
      for await (const result of client().verifyBatch(broken())) seen.push(result);
    };
    await expect(consume()).rejects.toThrow('no more');
    expect(seen).toHaveLength(1);
  });
});
