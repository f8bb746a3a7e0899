/**
 * From the bytes of a request to what a route takes: media type, query, and a body parsed strictly (duplicate keys, lone
 * surrogates, number forms and depth are seen, see @fractal/record) and then held against the route's schema.
 * A refusal names the field, never its value.
 */

import { parseJson } from '@fractal/record';
import type { z } from 'zod';
import type { Route } from '../routes/route.ts';
import { plainJson } from './plain-json.ts';
import type { ErrorCode, Refusal } from './problem.ts';

export type Parsed<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; detail?: string };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A request with a body must say it is what the route takes, unencoded, in UTF-8; one without must not send any. */
export function mediaRefusal(route: Route, headers: Headers): Refusal | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return { code: 'encoding_unsupported' };
  const type = headers['content-type'];
  if (route.body === undefined || route.body.contentType === '*/*') return undefined;
  if (typeof type !== 'string') return { code: 'media_type_unsupported', detail: `expected ${route.body.contentType}` };
  const [media, ...parameters] = type.toLowerCase().split(';');
  const plain = parameters.every((each) => /^\s*charset="?utf-8"?\s*$/.test(each));
  if (media!.trim() === route.body.contentType && plain) return undefined;
  return { code: 'media_type_unsupported', detail: `expected ${route.body.contentType}` };
}

export function queryOf(route: Route, query: unknown): Parsed<Record<string, unknown>> {
  if (route.query === undefined) {
    const names = Object.keys(query as object);
    if (names.length === 0) return { ok: true, value: {} };
    return { ok: false, code: 'request_field_invalid', detail: 'this resource takes no query parameters' };
  }
  return validate(route.query, { ...(query as object) }, 'query') as Parsed<Record<string, unknown>>;
}

/** Parts of the path. One that is not of its form names nothing here: 404. */
export function paramsOf(route: Route, params: Record<string, string>): Parsed<Record<string, string>> {
  // Fastify names the rest of a path `*`; routes read it as `rest`.
  const { '*': rest, ...named } = params;
  const given = rest === undefined ? named : { ...named, rest };
  if (route.params === undefined || route.params.safeParse(given).success) return { ok: true, value: given };
  return { ok: false, code: 'not_found' };
}

export function bodyOf(route: Route, bytes: Uint8Array): Parsed<unknown> {
  if (route.body === undefined) {
    if (bytes.length === 0) return { ok: true, value: undefined };
    return { ok: false, code: 'bad_request', detail: 'this resource takes no body' };
  }
  if (route.body.parse === 'raw') return { ok: true, value: undefined };
  return parseStrict(route.body.schema, bytes, route.body.bytesMax);
}

/** Strict JSON from bytes, then the schema. */
export function parseStrict<T>(schema: z.ZodType<T>, bytes: Uint8Array, bytesMax: number): Parsed<T> {
  const parsed = parseJson(bytes, { bytesMax });
  if (!parsed.ok)
    return { ok: false, code: parsed.code, ...(parsed.detail !== undefined ? { detail: parsed.detail } : {}) };
  const plain = plainJson(parsed.value);
  if (plain === undefined) return { ok: false, code: 'json_number_range' };
  return validate(schema, plain.value, 'body');
}

export function validate<T>(schema: z.ZodType<T>, value: unknown, where: string): Parsed<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, code: 'request_field_invalid', detail: fieldOf(result.error, where) };
}

/** `body.evidence[2].text: expected string`, from the first issue; zod's messages here hold types and limits, no values. */
function fieldOf(error: z.ZodError, where: string): string {
  const issue = error.issues[0];
  if (issue === undefined) return where;
  let path = where;
  for (const step of issue.path.slice(0, 8)) path += typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
  if (issue.code === 'unrecognized_keys') return `${path}: unknown field`;
  return `${path}: ${issue.code.replaceAll('_', ' ')}`;
}
