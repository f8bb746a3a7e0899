/**
 * What a route is: one value that is mounted, documented (OpenAPI) and tested. The schemas that validate are the schemas
 * in the document. Handlers get parsed input and return an `Answer`; they know nothing about the framework.
 */

import type { KeyScope } from '@fractal/control';
import type { z } from 'zod';
import type { Answer } from '../edge/answer.ts';

export type Auth = 'tenant' | 'admin' | 'none';

export interface RouteBody {
  /** Any type where a protocol of others names none. */
  readonly contentType: 'application/json' | 'application/x-ndjson' | '*/*';
  /** Shape of the body; of one line where it is NDJSON. `json` bodies are parsed and validated with it before `handle`. */
  readonly schema: z.ZodType;
  readonly bytesMax: number;
  /** `json`: parsed strictly and validated. `raw`: handed on as bytes, the handler (or a judge) parses them. */
  readonly parse: 'json' | 'raw';
}

export interface RouteResponse {
  readonly description: string;
  readonly contentType?: string;
  readonly schema?: z.ZodType;
}

export interface RouteRequest {
  readonly id: string;
  /** Name of the authenticated tenant; empty where `auth` is not `tenant`. */
  readonly tenant: string;
  /** Id of the API key or admin token used. */
  readonly keyId: string;
  /** Address of the other end of the connection; a proxy's where there is one. */
  readonly address: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  header(name: string): string | undefined;
  readonly bytes: Uint8Array;
  /** The validated body of a `json` route. */
  readonly body: unknown;
  /** Clock at arrival. */
  readonly nowMs: number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** OpenAPI form: `/v1/verdicts/{pcs_id}`; a last `{name*}` takes the rest of the path. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly auth: Auth;
  /** Scope that an API key must have here; absent: `tenant`. What the model's own application may not say of itself is `reviewer`. */
  readonly scope?: KeyScope;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RouteBody;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Code answered when the tenant's bucket is empty; deployed agents take 429 as final, so their route says busy. */
  readonly rateLimitedCode?: 'rate_limited' | 'busy';
  readonly handle: (request: RouteRequest) => Promise<Answer> | Answer;
}
