/**
 * One request and its answer, without retries: builds the request, bounds and decodes the body, sorts out the status.
 *
 * Redirects are refused, never followed: they would carry the key and the content to wherever the answer points.
 * Success bodies are read to their end within `responseBytesMax`; half a body is a `NetworkError`.
 */
import { concatBytes } from '@fractal/tlog';
import { type ApiError, FractalError, NetworkError, ResponseError } from '../errors/errors.ts';
import { parseJsonText } from '../json/shape.ts';
import { chunksOf } from '../ndjson/lines.ts';
import { parseRetryAfterMs } from './backoff.ts';
import { mediaTypeOf } from './media-type.ts';
import type { Clock, Fetch } from './ports.ts';
import { apiErrorOf, PROBLEM_BYTES_MAX } from './problem.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** For messages, e.g. `GET /v1/verdicts/{pcs_id}`. */
  readonly route: string;
  readonly url: string;
  readonly accept: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
}

export interface ExchangePorts {
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/** Sends the request; resolves with an answer of status 200 to 299 and the media type asked for, its body unread. */
export async function openExchange(ports: ExchangePorts, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const response = await openAnyExchange(ports, request, signal);
  const type = mediaTypeOf(response.headers.get('content-type'));
  if (type !== request.accept) {
    throw new ResponseError(`${request.route} answered ${response.status} without ${request.accept}`, {
      code: 'response_malformed',
      status: response.status,
    });
  }
  return response;
}

/** The same whatever the media type: public files are served by whoever has them. */
async function openAnyExchange(ports: ExchangePorts, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const response = await send(ports, request, signal);
  const { status } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw new ResponseError(`${request.route} answered with a redirect, which is never followed`, {
      code: 'redirect_refused',
      status: status === 0 ? undefined : status,
    });
  }
  if (status >= 400) throw await failureOf(ports, request, response);
  if (status < 200) throw malformed(request.route, status);
  return response;
}

/** Sends the request and reads the bytes of the answer whole. */
export async function exchangeBytes(
  ports: ExchangePorts,
  request: HttpRequest,
  options: { readonly signal: AbortSignal; readonly responseBytesMax: number },
): Promise<Uint8Array> {
  const response = await openAnyExchange(ports, request, options.signal);
  const chunks: Uint8Array[] = [];
  await readChunks(request.route, response, options.responseBytesMax, (chunk) => {
    chunks.push(chunk);
    return true;
  });
  return concatBytes(...chunks);
}

/** Sends the request and reads a JSON answer whole. */
export async function exchangeJson(
  ports: ExchangePorts,
  request: HttpRequest,
  options: { readonly signal: AbortSignal; readonly responseBytesMax: number },
): Promise<unknown> {
  const response = await openExchange(ports, request, options.signal);
  const text = await readText(request.route, response, options.responseBytesMax);
  const value = text === undefined ? undefined : parseJsonText(text);
  if (value === undefined) throw malformed(request.route, response.status);
  return value;
}

/** The error for an answer that came in time and says something the specification does not allow. */
export function malformed(route: string, status?: number): ResponseError {
  return new ResponseError(`${route} answered something the specification does not allow`, {
    code: 'response_malformed',
    status,
  });
}

/** What a failing read or fetch means. Errors of ours pass; whatever else a platform throws is the network's doing. */
export function networkErrorOf(route: string, error: unknown): FractalError {
  if (error instanceof FractalError) return error;
  return new NetworkError(`${route}: no whole answer came`, { code: 'network_failed', retryable: true, cause: error });
}

async function send(ports: ExchangePorts, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { ...request.headers, accept: request.accept };
  if (request.contentType !== undefined) headers['content-type'] = request.contentType;
  const init: RequestInit = { method: request.method, headers, redirect: 'manual', signal };
  if (request.body !== undefined) init.body = request.body;
  try {
    return await ports.fetch(request.url, init);
  } catch (error) {
    throw networkErrorOf(request.route, error);
  }
}

async function failureOf(ports: ExchangePorts, request: HttpRequest, response: Response): Promise<ApiError> {
  let text: string | undefined;
  try {
    text = await readText(request.route, response, PROBLEM_BYTES_MAX);
  } catch (error) {
    // The status has been said; that its explanation was cut short or is endless does not unsay it.
    if (!(error instanceof FractalError)) throw error;
  }
  return apiErrorOf({
    route: request.route,
    status: response.status,
    contentType: response.headers.get('content-type'),
    text,
    retryAfterMs: parseRetryAfterMs(response.headers.get('retry-after'), ports.clock.nowMs()),
  });
}

/** The body within `bytesMax`, read to its end; undefined when the bytes are not UTF-8. */
async function readText(route: string, response: Response, bytesMax: number): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  const isWhole = await readChunks(route, response, bytesMax, (chunk) => {
    const piece = decodePiece(decoder, chunk);
    text += piece ?? '';
    return piece !== undefined;
  });
  const last = isWhole ? decodePiece(decoder) : undefined;
  return last === undefined ? undefined : text + last;
}

/** Hands over the body piece by piece, within `bytesMax`; false as soon as a piece was not taken. */
async function readChunks(
  route: string,
  response: Response,
  bytesMax: number,
  take: (chunk: Uint8Array) => boolean,
): Promise<boolean> {
  let total = 0;
  try {
    for await (const chunk of chunksOf(response.body)) {
      total += chunk.length;
      if (total > bytesMax) {
        throw new ResponseError(`${route} answered more than ${bytesMax} bytes`, {
          code: 'response_too_large',
          status: response.status,
        });
      }
      if (!take(chunk)) return false;
    }
  } catch (error) {
    throw networkErrorOf(route, error);
  }
  return true;
}

/** Apart from the reading, since a broken connection and a broken character both surface as a TypeError. */
function decodePiece(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string | undefined {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    return undefined;
  }
}
