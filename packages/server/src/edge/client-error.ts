/**
 * What node refuses before there is a request: malformed HTTP, headers past the limit, a request that did not arrive in
 * time. The answer is written to the socket by hand, as a problem document, and the socket ends.
 */

import type { Socket } from 'node:net';
import { PROBLEM_TYPE } from './answer.ts';
import type { EdgeMetrics } from './metrics.ts';
import { type ErrorCode, problemOf } from './problem.ts';

export function answerClientError(error: Error & { code?: string }, socket: Socket, metrics: EdgeMetrics): void {
  const code = codeOf(error.code);
  metrics.clientError(code);
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const document = problemOf({ code });
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 ${document.status} ${document.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function codeOf(nodeCode: string | undefined): ErrorCode {
  if (nodeCode === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (nodeCode === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return 'bad_request';
}
