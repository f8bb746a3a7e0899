/** SIGTERM and SIGINT drain the server; a second one ends the process at once. For services: `fractal up`. */

import type { RunningServer } from './start-server.ts';

/** Resolves once the server is closed: by a signal, or because it failed (then with the error). */
export function closeOnSignals(server: RunningServer): Promise<Error | undefined> {
  return new Promise((resolve, reject) => {
    let closing = false;
    const close = (error: Error | undefined) => {
      if (closing) process.exit(1);
      closing = true;
      server.close().then(() => resolve(error), reject);
    };
    process.on('SIGTERM', () => close(undefined));
    process.on('SIGINT', () => close(undefined));
    void server.failed.then((error) => {
      if (!closing) close(error);
    });
  });
}
