/**
 * The HTTP edge: a fastify app that carries routes (routes/route.ts) and keeps the limits of edge/limits.ts.
 *
 * Order for each request: draining? → credential, scope, rate, content type and encoding, room (admission.ts) → only then
 * the body, under its limit → strict JSON and schema → the route. A request refused before its body was read closes its connection, so
 * that nobody makes us read 100 MB to be told no.
 *
 * Every read has a time limit (headers, whole request, idle connection), enforced by node within `timeoutCheckMs`.
 * It does not terminate TLS and trusts no forwarding header.
 */

import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Route } from '../routes/route.ts';
import { type AdmissionOptions, type AdmissionOutcome, type Admitted, admission, type Identity } from './admission.ts';
import { type Answer, PROBLEM_TYPE, refuse } from './answer.ts';
import { answerClientError } from './client-error.ts';
import type { Limits } from './limits.ts';
import { errorFields, type Logger } from './logger.ts';
import type { EdgeMetrics } from './metrics.ts';
import { frameworkPath, pathPattern } from './paths.ts';
import type { Refusal } from './problem.ts';
import { bodyOf, paramsOf, queryOf } from './request.ts';

export interface AppOptions extends AdmissionOptions {
  readonly routes: readonly Route[];
  readonly limits: Limits;
  readonly metrics: EdgeMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** The refusal of an operational error of the engines; undefined where it is a fault of ours. */
  readonly refusalOf: (error: unknown) => Refusal | undefined;
}

export interface App {
  readonly fastify: FastifyInstance;
  /** From now on new requests are answered 503 `draining` and connections close. */
  startDraining(): void;
  inFlight(): number;
}

/** What the edge keeps of a request while it is under way. */
interface RequestState {
  readonly startMs: number;
  admitted: Admitted;
  code: string;
  under: boolean;
}
const STATE = Symbol('fractal');
type StatefulRequest = FastifyRequest & { [STATE]?: RequestState };
const NOT_ADMITTED: Admitted = { identity: { tenant: '', keyId: '', scopes: [] }, holder: 'none', bodyBytes: 0 };

export function buildApp(options: AppOptions): App {
  const app = framework(options);
  const gate = admission(options);
  let draining = false;
  let inFlight = 0;

  app.addHook('onRequest', (request: StatefulRequest, reply, done) => {
    request[STATE] = { startMs: options.monotonicMs(), admitted: NOT_ADMITTED, code: 'ok', under: true };
    inFlight++;
    // `close` comes always and once: after the last byte of the answer, and where the caller went away at any point
    // before it. Fastify's onResponse and onRequestAbort both miss a caller that goes away while its answer is made.
    reply.raw.once('close', () => leave(request, reply.raw.writableFinished ? reply.statusCode : ABORTED));
    done();
  });
  function leave(request: StatefulRequest, status: number): void {
    const state = request[STATE];
    if (state === undefined || !state.under) return;
    state.under = false;
    inFlight--;
    gate.release(state.admitted);
    account(options, request, { status, code: state.code, startMs: state.startMs });
  }

  function answerWith(reply: FastifyReply, answer: Answer): FastifyReply {
    const state = (reply.request as StatefulRequest)[STATE];
    if (answer.code !== undefined && state !== undefined) state.code = answer.code;
    if (draining) reply.header('connection', 'close');
    return send(reply, answer);
  }

  /** Refuses a request whose body was not read: the connection ends with the answer. */
  function turnAway(reply: FastifyReply, refusal: Refusal): FastifyReply {
    const { headers, id } = reply.request;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
      reply.header('connection', 'close');
    }
    return answerWith(reply, refuse(refusal, id));
  }

  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: frameworkPath(route.path),
      bodyLimit: route.body?.bytesMax ?? options.limits.smallBodyBytesMax,
      onRequest: (request: StatefulRequest, reply, done) => {
        const admitted = draining ? DRAINING : gate.admit(route, request.headers);
        if (!admitted.ok) {
          turnAway(reply, admitted.refusal);
          return;
        }
        request[STATE]!.admitted = admitted.value;
        done();
      },
      handler: async (request: StatefulRequest, reply) => {
        const { identity } = request[STATE]!.admitted;
        return answerWith(reply, await answerOf(route, request, identity, options.nowMs()));
      },
    });
  }

  const patterns = options.routes.map(({ method, path }) => ({ method, pattern: pathPattern(path) }));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (allowed.length === 0) return turnAway(reply, { code: 'not_found' });
    reply.header('allow', [...new Set(allowed)].join(', '));
    return turnAway(reply, { code: 'method_not_allowed' });
  });

  app.setErrorHandler((error: unknown, request, reply) => {
    const refusal = options.refusalOf(error) ?? refusalOfError(error);
    const wentAway = request.raw.socket.destroyed; // then there is nobody to answer, and nothing of ours that failed
    if (refusal.code === 'internal' && !wentAway) {
      const route = request.routeOptions.url ?? 'none';
      options.logger.error('request_failed', { id: request.id, route, ...errorFields(error) });
    }
    return turnAway(reply, refusal);
  });

  return {
    fastify: app,
    startDraining: () => {
      draining = true;
    },
    inFlight: () => inFlight,
  };
}

/** What metrics call a request whose caller went away before the answer. */
const ABORTED = 499;
const DRAINING: AdmissionOutcome = { ok: false, refusal: { code: 'draining' } };

function framework({ limits, metrics, nowMs }: AppOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: limits.smallBodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.requestTimeoutMs + limits.waitTimeoutMsMax,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: requestIds(nowMs()),
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, metrics),
    frameworkErrors: (error, request, reply) => {
      send(reply, refuse({ code: 'bad_request', detail: error.code }, request.id));
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  // An expectation nobody here knows is ignored (RFC 9110, 10.1.1), not answered by node with a bare 417.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  // Bodies reach the routes as the bytes that came: our own parser sees duplicate keys and number forms.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return app;
}

async function answerOf(route: Route, request: FastifyRequest, identity: Identity, nowMs: number): Promise<Answer> {
  const params = paramsOf(route, request.params as Record<string, string>);
  if (!params.ok) return refuse(params, request.id);
  const query = queryOf(route, request.query);
  if (!query.ok) return refuse(query, request.id);
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
  const body = bodyOf(route, bytes);
  if (!body.ok) return refuse(body, request.id);
  return route.handle({
    id: request.id,
    tenant: identity.tenant,
    keyId: identity.keyId,
    address: request.socket.remoteAddress ?? '',
    params: params.value,
    query: query.value,
    header: (name) => oneHeader(request.headers[name]),
    bytes,
    body: body.value,
    nowMs,
  });
}

function send(reply: FastifyReply, { status, contentType, headers, body }: Answer): FastifyReply {
  reply.code(status);
  reply.header('content-type', contentType);
  reply.header('x-request-id', reply.request.id);
  reply.header('x-content-type-options', 'nosniff');
  if (headers?.['cache-control'] === undefined) reply.header('cache-control', 'no-store');
  for (const name in headers) reply.header(name, headers[name]);
  // Fastify adds a charset to JSON types sent as text; a problem document has none.
  if (typeof body === 'string') return reply.send(contentType === PROBLEM_TYPE ? Buffer.from(body) : body);
  if (body instanceof Uint8Array) return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return reply.send(Readable.from(body, { objectMode: false }));
}

function account(
  { metrics, logger, monotonicMs }: AppOptions,
  request: FastifyRequest,
  { status, code, startMs }: { status: number; code: string; startMs: number },
): void {
  const route = request.routeOptions.url ?? 'none';
  const durationMs = monotonicMs() - startMs;
  metrics.request(route, request.method, status, code, durationMs / 1000);
  if (logger.debugs) logger.debug('request', { id: request.id, route, status, code, duration_ms: durationMs });
}

/** Fastify's own errors as codes; anything else is a fault of ours and says nothing about itself to the caller. */
function refusalOfError(error: unknown): Refusal {
  const code = (error as { code?: unknown }).code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'request_too_large' };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { code: 'media_type_unsupported' };
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' || code === 'ECONNRESET') return { code: 'bad_request' };
  return { code: 'internal' };
}

function oneHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Ids that differ between starts without needing randomness: the start's clock, then a counter. */
function requestIds(startMs: number): () => string {
  let count = 0;
  const prefix = startMs.toString(36);
  return () => `${prefix}-${(++count).toString(36)}`;
}
