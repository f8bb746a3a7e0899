/** The routes about the service itself: health, readiness, metrics, and its own description. */

import { z } from 'zod';
import { type Answer, json, refuse } from '../edge/answer.ts';
import type { EdgeMetrics } from '../edge/metrics.ts';
import type { OpenApiDocument } from '../edge/openapi.ts';
import type { Route } from './route.ts';

export interface ServiceRoutesOptions {
  readonly metrics: EdgeMetrics;
  /** Why the server should get no traffic now; undefined where it should. */
  readonly notReady: () =>
    | 'draining'
    | 'store_unavailable'
    | 'checkpoint_guard_unavailable'
    | 'judge_failed'
    | undefined;
  readonly document: () => OpenApiDocument;
}

const statusSchema = z.object({ status: z.literal('ok') });

export function serviceRoutes({ metrics, notReady, document }: ServiceRoutesOptions): Route[] {
  const open = { method: 'GET', auth: 'none' } as const;
  let openApi: string | undefined;
  return [
    {
      ...open,
      path: '/healthz',
      operationId: 'health',
      summary: 'The process answers.',
      responses: { 200: { description: 'It does.', schema: statusSchema } },
      handle: () => json(200, { status: 'ok' }),
    },
    {
      ...open,
      path: '/readyz',
      operationId: 'ready',
      summary: 'The server takes work: its log writes and its judges run.',
      responses: { 200: { description: 'It does.', schema: statusSchema } },
      handle({ id }) {
        const code = notReady();
        return code === undefined ? json(200, { status: 'ok' }) : refuse({ code }, id);
      },
    },
    {
      ...open,
      path: '/metrics',
      operationId: 'metrics',
      summary: 'Metrics in the text format of Prometheus. No label names a tenant.',
      responses: { 200: { description: 'Metrics.', contentType: 'text/plain', schema: z.string() } },
      async handle(): Promise<Answer> {
        const body = await metrics.text();
        return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
      },
    },
    {
      ...open,
      path: '/openapi.json',
      operationId: 'openApi',
      summary: 'This document.',
      responses: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
      handle() {
        openApi ??= JSON.stringify(document());
        return json(200, openApi, { 'cache-control': 'public, max-age=60' });
      },
    },
  ];
}
