/** HTTP over a bare socket: for requests that no client library would send, and for how long the server bears them. */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

const PIECE_BYTES = 16_384;

export type RawAnswer = {
  /** 0 when the connection ended without an answer. */
  status: number;
  contentType: string;
  body: string;
  /** From the connection's start to its end. */
  elapsedMs: number;
  /** What the socket took before it ended. */
  bytesSent: number;
};

/**
 * Writes what `send` gives, piece by piece, until the server answers or ends the connection; still open after `deadlineMs`
 * is an error. Pieces are pulled only as fast as the socket takes them.
 */
export function rawExchange(
  url: string,
  send: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  deadlineMs: number,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const received: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      const text = Buffer.concat(received).toString('latin1').slice(0, 200);
      reject(new Error(`the connection was still open after ${deadlineMs} ms; so far: ${text}`));
    }, deadlineMs);
    const finish = (): void => {
      clearTimeout(timer);
      const elapsedMs = performance.now() - startMs;
      resolve({ ...parseAnswer(Buffer.concat(received).toString('utf8')), elapsedMs, bytesSent: socket.bytesWritten });
    };
    let answered = false;
    socket.on('data', (chunk) => {
      received.push(chunk);
      answered = true;
    });
    socket.on('close', finish);
    // A reset after the answer is the server's way of not reading the rest.
    socket.on('error', () => socket.destroy());
    void writeAll(socket, send, () => answered);
  });
}

async function writeAll(
  socket: Socket,
  send: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  answered: () => boolean,
): Promise<void> {
  for await (const piece of send) {
    const bytes = Buffer.from(piece);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      // One turn of the loop: an answer that is there already is read before the next write can fail and hide it.
      await setImmediate();
      if (answered() || socket.destroyed || !socket.writable) return;
      if (!socket.write(bytes.subarray(at, at + PIECE_BYTES))) await drained(socket);
    }
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.once('drain', go).once('close', go);
  });
}

function parseAnswer(text: string): { status: number; contentType: string; body: string } {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  const split = text.indexOf('\r\n\r\n');
  const head = split === -1 ? text : text.slice(0, split);
  const contentType = /^content-type: *(.*)$/im.exec(head)?.[1]?.trim() ?? '';
  return { status, contentType, body: split === -1 ? '' : text.slice(split + 4) };
}
