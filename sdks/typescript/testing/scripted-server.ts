/**
 * A real HTTP server on the loopback that answers as a test has written down, one script entry a request, and remembers
 * what it was asked. For tests only.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Writes the answer, or breaks the connection in some way. Never ending the response is a way too. */
export type Step = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export interface ScriptedServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Replaces what is left of the script; the last step repeats. */
  script(...steps: readonly Step[]): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  let steps: Step[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => response.destroy());
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const entry = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    seen.push(entry);
    const step = steps.length > 1 ? steps.shift() : steps[0];
    if (step === undefined) response.writeHead(500, { 'content-type': 'text/plain' }).end('no script');
    else await step(response, entry);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    script(...next) {
      steps = [...next];
      seen.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answerJson(value: unknown, status = 200): Step {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
  };
}

export function answerText(text: string, contentType: string, status = 200): Step {
  return (response) => {
    response.writeHead(status, { 'content-type': contentType }).end(text);
  };
}

export function answerProblem(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Step {
  return (response) => {
    response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(problemText(status, code));
  };
}

export function problemText(status: number, code: string): string {
  return JSON.stringify({
    type: `urn:fractal:error:${code}`,
    title: code,
    status,
    code,
    detail: 'in the words of the server',
  });
}

/** Closes the connection without a byte of an answer. */
export const resetConnection: Step = (response) => {
  response.socket?.resetAndDestroy();
};

/** Announces more bytes than it sends, then breaks the connection. */
export function halfAnswer(text: string): Step {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
    await new Promise<void>((resolve) => response.write(text.slice(0, text.length / 2), () => resolve()));
    response.socket?.resetAndDestroy();
  };
}

/** Never answers. */
export const hang: Step = () => undefined;
