/**
 * The public files of a log over HTTP, as `checkCompleteness` reads them: `GET <url>/checkpoint` and `GET <url>/tile/…`,
 * without a credential. Whatever comes back is checked by whoever asked; here it is only bounded, in time and bytes.
 */
import type { ReadTile } from '@fractal/tlog';
import { type FractalOptions, settingsOf } from '../client/options.ts';
import { NotFoundError } from '../errors/errors.ts';
import { runWithRetries } from '../http/attempt.ts';
import { exchangeBytes } from '../http/exchange.ts';

export type HttpLogFilesOptions = Omit<FractalOptions, 'apiKey' | 'responseBytesMax'> & {
  readonly signal?: AbortSignal;
};

/** The longest file: a bundle of 256 entries of 65,535 bytes with their lengths. A tile has 8,192 bytes. */
const FILE_BYTES_MAX = 256 * (2 + 65_535);

/** `url` is the log's prefix, e.g. `https://fractal.example/log/0`. Throws a FractalError where no answer came. */
export function httpLogFiles({ signal, ...options }: HttpLogFilesOptions): ReadTile {
  // The client's settings but for its key: nothing here is sent under one.
  const { baseUrl, fetch, clock, rng, backoff, timeoutMs, attemptTimeoutMs } = settingsOf({ ...options, apiKey: '-' });
  return (path) =>
    runWithRetries({ clock, rng, plan: backoff, timeoutMs, attemptTimeoutMs, signal }, async (attempt) => {
      const request = {
        method: 'GET',
        route: 'GET a file of the log',
        url: `${baseUrl}/${path}`,
        accept: '*/*',
        headers: {},
      } as const;
      const limits = { signal: attempt, responseBytesMax: FILE_BYTES_MAX };
      return exchangeBytes({ fetch, clock }, request, limits).catch((error: unknown) => {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      });
    });
}
