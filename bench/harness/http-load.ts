/**
 * A small HTTP/1.1 load generator over plain sockets: cheap enough that most of the two cores is left to the server.
 *
 * Closed loop: every connection sends its next request when the answer is there; finds the highest rate.
 * Open loop: requests are due at a fixed rate whatever the server does; latency counts from when a request was *due*,
 * so that a stall is charged to every request it delayed (no coordinated omission).
 */
import { connect, type Socket } from 'node:net';

/** The body of the answer, as bytes of this answer alone. */
export type OnAnswer = (status: number, body: Buffer, request: number) => void;

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Body of request `n`; each is asked for once, in order. Undefined ends the load. */
  readonly body: (n: number) => Buffer | undefined;
  readonly onAnswer?: OnAnswer;
}

export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly latenciesMs: readonly number[];
}

class Connection {
  readonly #socket: Socket;
  #buffered: Buffer = Buffer.alloc(0);
  #waiting: ((answer: { status: number; body: Buffer }) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    const fail = (error: Error): void => this.#failed?.(error);
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('connection closed')));
  }

  exchange(head: string, body: Buffer): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      this.#waiting = resolve;
      this.#failed = reject;
      this.#socket.cork();
      this.#socket.write(`${head}content-length: ${body.length}\r\n\r\n`, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    const headEnd = this.#buffered.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#buffered.toString('latin1', 0, headEnd).toLowerCase();
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    const end = length === undefined ? chunkedEnd(this.#buffered, headEnd + 4) : headEnd + 4 + Number(length);
    if (end === undefined || this.#buffered.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.#buffered.subarray(headEnd + 4, end) };
    this.#buffered = this.#buffered.subarray(end);
    this.#waiting?.(answer);
  }
}

/** End of a chunked body, undefined while it is incomplete. Only its end matters here. */
function chunkedEnd(bytes: Buffer, from: number): number | undefined {
  const end = bytes.indexOf('0\r\n\r\n', from);
  return end < 0 ? undefined : end + 5;
}

function headOf(options: LoadOptions): string {
  const lines = Object.entries(options.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${options.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}`;
}

export async function closedLoop(options: LoadOptions, durationMs: number): Promise<LoadResult> {
  const head = headOf(options);
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  let next = 0;
  let failed = 0;
  const worker = async (): Promise<void> => {
    const connection = new Connection(options.port);
    while (performance.now() - startMs < durationMs) {
      const request = next;
      next += 1;
      const body = options.body(request);
      if (body === undefined) break;
      const sentMs = performance.now();
      const answer = await connection.exchange(head, body);
      latenciesMs.push(performance.now() - sentMs);
      if (answer.status !== 200) failed += 1;
      options.onAnswer?.(answer.status, answer.body, request);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  return { requests: latenciesMs.length, failed, durationMs: performance.now() - startMs, latenciesMs };
}

export async function openLoop(options: LoadOptions, ratePerSecond: number, durationMs: number): Promise<LoadResult> {
  const head = headOf(options);
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const total = Math.floor((ratePerSecond * durationMs) / 1000);
  let next = 0;
  let failed = 0;
  const dueMs = (request: number): number => startMs + (request * 1000) / ratePerSecond;
  const worker = async (): Promise<void> => {
    const connection = new Connection(options.port);
    while (next < total) {
      const request = next;
      next += 1;
      const body = options.body(request);
      if (body === undefined) break;
      const waitMs = dueMs(request) - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const answer = await connection.exchange(head, body);
      latenciesMs.push(performance.now() - dueMs(request));
      if (answer.status !== 200) failed += 1;
      options.onAnswer?.(answer.status, answer.body, request);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  return { requests: latenciesMs.length, failed, durationMs: performance.now() - startMs, latenciesMs };
}

/** Timers wake on whole milliseconds: latencies below one carry up to one millisecond of that. */
function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
