/**
 * `verifyBatch`: a stream of records in, their verdicts out, order kept (`POST /v1/verify:batch`, NDJSON both ways).
 *
 *     source ─► window (≤ 256 records, ≤ 1 MiB) ─► POST ─► answer lines ─► results, as they come
 *                    ▲                                          │
 *                    └── lines without an answer, or refused for now: sent again, after a pause
 *
 * Windows, because a streamed request body needs HTTP/2 and Chromium; a window is an ordinary POST that works in every
 * fetch and can be sent again, which is safe since a record is known by its pcs_id. One window is under way at a time
 * and the source is asked for one record beyond it: memory is bounded by a window and its answers.
 *
 * A record's own failure is a result. A failure of the request (wrong key, no server, time out) is thrown, after the
 * results that did arrive: the first record without a result is where to go on.
 */
import { apiErrorClass, type FractalError, isRetryableStatus, NetworkError } from '../errors/errors.ts';
import { type CallLimits, runWithRetries } from '../http/attempt.ts';
import { type HttpRequest, malformed, networkErrorOf, openExchange } from '../http/exchange.ts';
import type { Clock, Fetch } from '../http/ports.ts';
import { parseProblem } from '../http/problem.ts';
import { isCount, isObject, parseJsonText } from '../json/shape.ts';
import { chunksOf, splitLines } from '../ndjson/lines.ts';
import { parseVerdictAnswer, type VerdictAnswer } from './answers.ts';
import { type SignedRecord, verifyBody } from './requests.ts';
import { type Window, windowsOf } from './windows.ts';

export type BatchResult =
  | { readonly ok: true; readonly answer: VerdictAnswer }
  | { readonly ok: false; readonly error: FractalError };

/** An answer line holds a receipt: a body of at most 65,535 bytes in base64, its proof, and the verdict once more. */
const ANSWER_LINE_BYTES_MAX = 1024 * 1024;

export interface BatchPorts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** The request but for its body. */
  readonly request: HttpRequest;
  /** Limits of one window. */
  readonly limits: CallLimits;
  /** How long a window waits for more records once it has one. */
  readonly lingerMs: number;
}

export async function* runBatch(
  ports: BatchPorts,
  source: AsyncIterable<SignedRecord> | Iterable<SignedRecord>,
): AsyncGenerator<BatchResult> {
  const lines = encoded(source);
  for await (const window of windowsOf({
    lines,
    clock: ports.clock,
    lingerMs: ports.lingerMs,
    signal: ports.limits.signal,
  })) {
    yield* runWindow(ports, window);
  }
}

async function* encoded(source: AsyncIterable<SignedRecord> | Iterable<SignedRecord>): AsyncGenerator<string> {
  for await (const item of source) yield verifyBody(item);
}

/** Sends one window until each of its records has a final result, yielding them in order as soon as they are final. */
async function* runWindow(ports: BatchPorts, window: Window): AsyncGenerator<BatchResult> {
  const state = new WindowState(window.length);
  const stop = new AbortController();
  const { signal } = ports.limits;
  const onAbort = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const finished = runWithRetries({ ...ports.limits, signal: stop.signal }, (attemptSignal) =>
    sendPending(ports, window, state, attemptSignal),
  ).then(
    () => state.close(),
    (error: unknown) => state.close(error),
  );
  try {
    for (let position = 0; position < window.length; position++) {
      const result = await state.result(position);
      if (result === undefined) break;
      yield result;
    }
    await finished;
  } finally {
    // A consumer that leaves early ends the request too; after the end this does nothing.
    stop.abort();
    signal?.removeEventListener('abort', onAbort);
    await finished;
  }
  if (state.failure !== undefined) throw state.failure;
}

/** One POST with what is still open. Throws, to be tried again, when something of it stays open. */
async function sendPending(ports: BatchPorts, window: Window, state: WindowState, signal: AbortSignal): Promise<void> {
  const pending = state.pending();
  // The last attempt broke off after the last answer.
  if (pending.length === 0) return;
  const body = `${pending.map((position) => window[position]).join('\n')}\n`;
  const { route } = ports.request;
  const response = await openExchange(ports, { ...ports.request, body }, signal);
  let answered = 0;
  try {
    for await (const line of splitLines(chunksOf(response.body), ANSWER_LINE_BYTES_MAX)) {
      const position = pending[answered++];
      if (!line.ok || position === undefined) throw malformed(route, response.status);
      state.settle(position, parseLine(route, line.value));
    }
  } catch (error) {
    throw networkErrorOf(route, error);
  }
  if (answered < pending.length) {
    throw new NetworkError(`${route}: the answer ended early`, { code: 'network_failed', retryable: true });
  }
  const refused = state.firstRefusal();
  if (refused !== undefined) throw refused;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseLine(route: string, bytes: Uint8Array): BatchResult {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw malformed(route);
  }
  const value = parseJsonText(text);
  const answer = parseVerdictAnswer(value);
  if (answer !== undefined) return { ok: true, answer };
  const status = isObject(value) ? value.status : undefined;
  if (!isCount(status, 400) || status > 599) throw malformed(route);
  const problem = parseProblem(text, status);
  if (problem === undefined) throw malformed(route);
  const error = new (apiErrorClass(status))(`${route}: a record was answered ${status}: ${problem.code}`, {
    code: problem.code,
    status,
    retryable: isRetryableStatus(status),
    detail: problem.detail,
  });
  return { ok: false, error };
}

/** Results of a window by position: final, refused for now, or still open. */
class WindowState {
  failure: unknown;
  readonly #results: (BatchResult | undefined)[];
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(length: number) {
    this.#results = new Array(length).fill(undefined);
  }

  /** Positions without a final result. */
  pending(): number[] {
    return [...this.#results.keys()].filter((position) => !isFinal(this.#results[position]));
  }

  settle(position: number, result: BatchResult): void {
    this.#results[position] = result;
    this.#wake();
  }

  /** A refusal after which the record may be sent again: the server's word on how long to wait goes with it. */
  firstRefusal(): FractalError | undefined {
    for (const result of this.#results) if (result?.ok === false && !isFinal(result)) return result.error;
    return undefined;
  }

  /**
   * No more attempts. Refusals become final when what ended them was a refusal of the same kind; any other failure is
   * the request's and is kept to be thrown.
   */
  close(failure?: unknown): void {
    this.#closed = true;
    if (failure !== undefined && failure !== this.firstRefusal()) this.failure = failure;
    this.#wake();
  }

  /** Waits for the final result of a position; undefined when there will be none. */
  async result(position: number): Promise<BatchResult | undefined> {
    for (;;) {
      const result = this.#results[position];
      if (isFinal(result)) return result;
      if (this.#closed) return this.failure === undefined ? result : undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function isFinal(result: BatchResult | undefined): boolean {
  return result !== undefined && (result.ok || !result.error.retryable);
}
