/** A connection that a test writes to byte by byte, and all that came back when it ended. */

import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with everything received once the other side has ended. */
  readonly ended: Promise<string>;
}

export function rawConnection(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined); // a reset is an end as well
  const received: Buffer[] = [];
  socket.on('data', (bytes) => received.push(bytes));
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(Buffer.concat(received).toString('utf8')));
  });
  return { socket, ended };
}
