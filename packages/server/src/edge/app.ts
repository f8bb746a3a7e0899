/**
 * The HTTP edge: a fastify app that carries routes (routes/route.ts) and keeps the limits of edge/limits.ts.
 *
 * Order for each request: draining? → credential → rate limit → content type and encoding → (only then) the body, under
 * its limit → strict JSON and schema → the route. A request refused before its body was read closes its connection, so
 * that nobody makes us read 100 MB to be told no.
 *
 * Every read has a time limit (headers, whole request, idle connection), enforced by node within `timeoutCheckMs`.
 * It does not terminate TLS and trusts no forwarding header.
 */

import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Route, RouteRequest } from '../routes/route.ts';
import { type Answer, PROBLEM_TYPE, refuse } from './answer.ts';
import { answerClientError } from './client-error.ts';
import type { Limits } from './limits.ts';
import { errorFields, type Logger } from './logger.ts';
import type { EdgeMetrics } from './metrics.ts';
import type { Refusal } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { bodyOf, mediaRefusal, paramsOf, queryOf } from './request.ts';

/** Who a credential is. `undefined`: nobody. */
export interface Authenticator {
  tenant(headers: RequestHeaders): Identity | undefined;
  admin(headers: RequestHeaders): { readonly keyId: string } | undefined;
}
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;
export interface Identity {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly string[];
}

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly limits: Limits;
  readonly authenticator: Authenticator;
  readonly rateLimiter: RateLimiter;
  readonly metrics: EdgeMetrics;
  readonly logger: Logger;
  readonly onCredentialRefused: (auth: 'tenant' | 'admin') => void;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

export interface App {
  readonly fastify: FastifyInstance;
  /** From now on new requests are answered 503 `draining` and connections close. */
  startDraining(): void;
  inFlight(): number;
}

interface RequestState {
  startMs: number;
  identity: Identity | undefined;
  code: string;
  counted: boolean;
}
const STATE = Symbol('fractal');
type StatefulRequest = FastifyRequest & { [STATE]?: RequestState };

export function buildApp(options: AppOptions): App {
  const { limits } = options;
  let draining = false;
  let inFlight = 0;
  const app = fastify({
    logger: false,
    bodyLimit: limits.smallBodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.requestTimeoutMs + limits.waitTimeoutMsMax,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: requestIds(options.nowMs()),
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, options.metrics),
    frameworkErrors: (error, request, reply) => {
      send(reply, refuse({ code: 'bad_request', detail: error.code }, request.id));
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  // Bodies reach the routes as the bytes that came: our own parser sees duplicate keys and number forms.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.addHook('onRequest', (request: StatefulRequest, _reply, done) => {
    request[STATE] = { startMs: options.monotonicMs(), identity: undefined, code: 'ok', counted: true };
    inFlight++;
    done();
  });
  app.addHook('onResponse', (request: StatefulRequest, reply, done) => {
    leave(request, reply.statusCode);
    done();
  });
  app.addHook('onRequestAbort', (request: StatefulRequest, done) => {
    leave(request, 499);
    done();
  });
  const leave = (request: StatefulRequest, status: number) => {
    const state = request[STATE];
    if (state === undefined || !state.counted) return;
    state.counted = false;
    inFlight--;
    const route = request.routeOptions.url ?? 'none';
    const durationMs = options.monotonicMs() - state.startMs;
    options.metrics.request(route, request.method, status, state.code, durationMs / 1000);
    if (options.logger.debugs) {
      options.logger.debug('request', { id: request.id, route, status, code: state.code, duration_ms: durationMs });
    }
  };

  const send = (reply: FastifyReply, answer: Answer): FastifyReply => {
    const state = (reply.request as StatefulRequest)[STATE];
    if (answer.code !== undefined && state !== undefined) state.code = answer.code;
    reply.code(answer.status);
    reply.header('content-type', answer.contentType);
    reply.header('x-request-id', reply.request.id);
    reply.header('x-content-type-options', 'nosniff');
    if (answer.headers?.['cache-control'] === undefined) reply.header('cache-control', 'no-store');
    for (const name in answer.headers) reply.header(name, answer.headers[name]);
    if (draining) reply.header('connection', 'close');
    const { body } = answer;
    // Fastify adds a charset to JSON types sent as text; a problem document has none.
    if (typeof body === 'string') return reply.send(answer.contentType === PROBLEM_TYPE ? Buffer.from(body) : body);
    if (body instanceof Uint8Array) return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    return reply.send(Readable.from(body, { objectMode: false }));
  };

  /** Refuses a request whose body was not read: the connection ends with the answer. */
  const turnAway = (reply: FastifyReply, refusal: Refusal): FastifyReply => {
    const hasBody = reply.request.headers['content-length'] !== undefined || reply.request.headers['transfer-encoding'];
    if (hasBody) reply.header('connection', 'close');
    return send(reply, refuse(refusal, reply.request.id));
  };

  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: frameworkPath(route.path),
      bodyLimit: route.body?.bytesMax ?? limits.smallBodyBytesMax,
      onRequest: (request: StatefulRequest, reply, done) => {
        const refusal = admit(route, request);
        if (refusal === undefined) done();
        else turnAway(reply, refusal);
      },
      handler: async (request: StatefulRequest, reply) => {
        const answer = await answerOf(route, request);
        return send(reply, answer);
      },
    });
  }

  const admit = (route: Route, request: StatefulRequest): Refusal | undefined => {
    if (draining) return { code: 'draining' };
    if (route.auth === 'admin') {
      const admin = options.authenticator.admin(request.headers);
      if (admin === undefined) {
        options.onCredentialRefused('admin');
        return { code: 'unauthenticated' };
      }
      request[STATE]!.identity = { tenant: '', keyId: admin.keyId, scopes: [] };
    }
    if (route.auth === 'tenant') {
      const identity = options.authenticator.tenant(request.headers);
      if (identity === undefined) {
        options.onCredentialRefused('tenant');
        return { code: 'unauthenticated' };
      }
      const scope = route.scope ?? 'tenant';
      if (!identity.scopes.includes(scope)) return { code: 'forbidden', detail: `scope ${scope}` };
      request[STATE]!.identity = identity;
      const rate = options.rateLimiter.take(identity.tenant, 1);
      if (!rate.ok) {
        return { code: route.rateLimitedCode ?? 'rate_limited', retryAfterSeconds: rate.retryAfterSeconds };
      }
    }
    return mediaRefusal(route, request.headers);
  };

  const answerOf = async (route: Route, request: StatefulRequest): Promise<Answer> => {
    const params = paramsOf(route, request.params as Record<string, string>);
    if (!params.ok) return refuse(params, request.id);
    const query = queryOf(route, request.query);
    if (!query.ok) return refuse(query, request.id);
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const body = bodyOf(route, bytes);
    if (!body.ok) return refuse(body, request.id);
    const { identity } = request[STATE]!;
    const input: RouteRequest = {
      id: request.id,
      tenant: identity?.tenant ?? '',
      keyId: identity?.keyId ?? '',
      params: params.value,
      query: query.value,
      header: (name) => oneHeader(request.headers[name]),
      bytes,
      body: body.value,
      nowMs: options.nowMs(),
    };
    return route.handle(input);
  };

  app.setNotFoundHandler((request, reply) => {
    const allowed = options.routes.filter((route) => matches(route.path, request.url)).map((route) => route.method);
    if (allowed.length === 0) return turnAway(reply, { code: 'not_found' });
    reply.header('allow', [...new Set(allowed)].join(', '));
    return turnAway(reply, { code: 'method_not_allowed' });
  });

  app.setErrorHandler((error: unknown, request, reply) => {
    const refusal = refusalOfError(error);
    if (refusal.code === 'internal') {
      options.logger.error('request_failed', {
        id: request.id,
        route: request.routeOptions.url ?? 'none',
        ...errorFields(error),
      });
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

/** Fastify's own errors as codes; anything else is a fault of ours and says nothing about itself to the caller. */
function refusalOfError(error: unknown): Refusal {
  const code = (error as { code?: unknown }).code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'request_too_large' };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { code: 'media_type_unsupported' };
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' || code === 'ECONNRESET') return { code: 'bad_request' };
  return { code: 'internal' };
}

/** `/v1/x:y/{id}` → `/v1/x::y/:id`; `{rest*}` → `*`. */
function frameworkPath(path: string): string {
  return path
    .replaceAll(':', '::')
    .replace(/\{[a-z_]+\*\}$/, '*')
    .replace(/\{([a-z_]+)\}/g, ':$1');
}

function matches(path: string, url: string): boolean {
  const plain = url.split('?', 1)[0]!;
  const pattern = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{[a-z_]+\\\*\}$/, '.+')
    .replace(/\{[a-z_]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(plain);
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
