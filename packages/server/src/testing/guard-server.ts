/**
 * A checkpoint guard over HTTP in a few lines, in memory: what spec/guard.md asks of one, and a switch to make it fail.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GuardServer {
  readonly url: string;
  readonly texts: Map<string, string>;
  /** Answers 503 while it is set. */
  isDown: boolean;
  close(): Promise<void>;
}

export async function startGuardServer(): Promise<GuardServer> {
  const texts = new Map<string, string>();
  let writes = 0;
  const versions = new Map<string, string>();
  const server: Server = createServer(async (request, response) => {
    const path = request.url ?? '';
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const answer = (status: number, text = '') => {
      const etag = versions.get(path);
      response.writeHead(status, etag === undefined ? {} : { etag }).end(text);
    };
    const held = texts.get(path);
    if (guard.isDown) return answer(503);
    if (request.method === 'GET') return held === undefined ? answer(404) : answer(200, held);
    if (request.method !== 'PUT') return answer(405);
    const { 'if-match': match, 'if-none-match': none } = request.headers;
    const holds = none === '*' ? held === undefined : match !== undefined && match === versions.get(path);
    if (!holds) return answer(412);
    texts.set(path, body);
    versions.set(path, `"${createHash('sha256').update(`${writes++} ${body}`).digest('hex')}"`);
    return answer(204);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const guard: GuardServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/guard`,
    texts,
    isDown: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return guard;
}
