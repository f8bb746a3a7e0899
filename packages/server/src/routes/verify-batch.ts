/**
 * POST /v1/verify:batch: NDJSON in, NDJSON out, one answer line a request line, in the same order. Each line is a request
 * of /v1/verify on its own: a refused line is a problem document on its line and stops nothing. All lines are judged and
 * committed together; answers leave as soon as those before them have.
 *
 * Empty lines are not skipped: they are requests that cannot be read. A last line feed is not a line of its own.
 */

import { type Answer, NDJSON_TYPE, refuse } from '../edge/answer.ts';
import { problemOf } from '../edge/problem.ts';
import type { Route } from './route.ts';
import { answerQuerySchema, verdictAnswerSchema, verifySchema } from './schemas.ts';
import type { Services } from './services.ts';
import { submit } from './submission.ts';
import { type AnswerQuery, answerText } from './verdict-answer.ts';

const LINE_FEED = 0x0a;
/** Lines under way at once: enough to fill group commits, few enough to stay inside the judges' queue. */
const WINDOW = 512;

export function verifyBatchRoute(services: Services): Route {
  const { limits } = services;
  return {
    method: 'POST',
    path: '/v1/verify:batch',
    operationId: 'verifyBatch',
    summary: `Verify up to ${limits.batchLinesMax} signed records, one a line.`,
    auth: 'tenant',
    query: answerQuerySchema,
    body: {
      contentType: 'application/x-ndjson',
      schema: verifySchema,
      bytesMax: limits.batchBodyBytesMax,
      parse: 'raw',
    },
    responses: {
      200: {
        description: 'One verdict or problem a line.',
        contentType: 'application/x-ndjson',
        schema: verdictAnswerSchema,
      },
    },
    handle(request): Answer {
      const lines = linesOf(request.bytes);
      if (lines.length > limits.batchLinesMax) {
        return refuse({ code: 'request_too_large', detail: `at most ${limits.batchLinesMax} lines` }, request.id);
      }
      const rate = services.rateLimiter.take(request.tenant, lines.length - 1);
      if (!rate.ok) return refuse({ code: 'rate_limited', retryAfterSeconds: rate.retryAfterSeconds }, request.id);
      const answer = (line: Uint8Array) => lineAnswer(services, request, line);
      return { status: 200, contentType: NDJSON_TYPE, body: inOrder(lines, answer) };
    },
  };
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** Answers in the order of the lines, `WINDOW` of them under way. */
async function* inOrder(
  lines: readonly Uint8Array[],
  answer: (line: Uint8Array) => Promise<string>,
): AsyncGenerator<string> {
  const underWay: Promise<string>[] = [];
  let next = 0;
  for (let done = 0; done < lines.length; done++) {
    while (next < lines.length && next - done < WINDOW) underWay.push(answer(lines[next++]!));
    yield `${await underWay[done]!}\n`;
    delete underWay[done];
  }
}

async function lineAnswer(
  services: Services,
  request: { id: string; tenant: string; query: unknown; nowMs: number },
  bytes: Uint8Array,
): Promise<string> {
  const { limits } = services;
  const { id, tenant, nowMs } = request;
  const query = request.query as AnswerQuery;
  if (bytes.length > limits.verifyBodyBytesMax) return JSON.stringify(problemOf({ code: 'request_too_large' }, id));
  try {
    const { outcome } = await submit(services, { kind: 'verify', tenant, bytes, nowMs });
    if (!outcome.ok) return JSON.stringify(problemOf(outcome.refusal, id));
    const answer = await answerText(services, query, outcome.value);
    return answer.ok ? answer.text : JSON.stringify(problemOf(answer.refusal, id));
  } catch (error) {
    services.onFault(id, error);
    return JSON.stringify(problemOf({ code: 'internal' }, id));
  }
}
