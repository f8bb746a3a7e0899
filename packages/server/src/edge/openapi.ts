/**
 * The OpenAPI 3.1 document, made from the routes themselves: each schema in it is the zod schema that validates. A test
 * compares its paths with what is mounted.
 */

import { z } from 'zod';
import type { Route } from '../routes/route.ts';
import { PROBLEM_TYPE } from './answer.ts';

type Json = Record<string, unknown>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Json;
}

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'One of the codes of spec/error-codes.json.' }),
  detail: z.string().optional(),
  next: z.string(),
  retryable: z.boolean(),
  instance: z.string().optional(),
});

export function buildOpenApi(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/\{([a-z_]+)\*\}$/, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fractal',
      version: '1.0',
      description: 'Every output checked against its evidence, one verdict, one receipt.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the tenant.' },
        apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        adminToken: { type: 'http', scheme: 'bearer', description: 'The admin token of this server.' },
      },
    },
  };
}

function operationOf(route: Route): Json {
  const parameters = [
    ...parametersOf('path', route.params),
    ...parametersOf('query', route.query),
    ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ];
  return {
    operationId: route.operationId,
    summary: route.summary,
    security: securityOf(route),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body !== undefined
      ? {
          requestBody: {
            required: true,
            description: `At most ${route.body.bytesMax} bytes${route.body.contentType.endsWith('ndjson') ? '; one line each' : ''}.`,
            content: { [route.body.contentType]: { schema: schemaOf(route.body.schema, 'input') } },
          },
        }
      : {}),
    responses: responsesOf(route),
  };
}

function responsesOf(route: Route): Json {
  const responses: Json = {};
  for (const [status, response] of Object.entries(route.responses)) {
    const type = response.contentType ?? 'application/json';
    responses[status] = {
      description: response.description,
      ...(response.schema !== undefined
        ? { content: { [type]: { schema: schemaOf(response.schema, 'output') } } }
        : {}),
    };
  }
  responses.default = {
    description: 'A problem document; `code` says which.',
    content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return responses;
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function securityOf(route: Route): Json[] {
  if (route.auth === 'tenant') return [{ apiKey: [] }, { apiKeyHeader: [] }];
  return route.auth === 'admin' ? [{ adminToken: [] }] : [];
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest;
}
