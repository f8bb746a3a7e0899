/**
 * The shapes of requests and answers of /v1 as zod schemas: what validates is what /openapi.json shows. Strict objects
 * everywhere: an unknown field is refused, so that a misspelt one is never ignored.
 */

import { z } from 'zod';

export const nameSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
export const pcsIdSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** Text that UTF-8 can express; the strict reader has seen to it that no lone surrogate arrives in JSON. */
const text = z.string();
const runSchema = z.string().min(1).max(128);
/** Evidence items in a check: 256 items of content less prompt and output. */
const EVIDENCE_ITEMS_MAX = 254;

export const usageSchema = z.strictObject({
  model: z.string().min(1).max(128).optional(),
  input_tokens: z.int().min(0).optional(),
  output_tokens: z.int().min(0).optional(),
  cost_usd: z.number().min(0).max(1e6).optional(),
});

export const checkSchema = z.strictObject({
  task: nameSchema.optional(),
  run: runSchema.optional(),
  attempt: z.int().min(1).optional(),
  parent: pcsIdSchema.optional(),
  prompt: text.optional(),
  output: text,
  evidence: z.array(z.strictObject({ id: z.string().min(1).max(256).optional(), text })).max(EVIDENCE_ITEMS_MAX),
  usage: usageSchema.optional(),
});
export type CheckRequest = z.infer<typeof checkSchema>;

export const contentSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      kind: z.enum(['prompt', 'output', 'evidence']),
      salt: z.string().meta({ description: '16 bytes, standard base64.' }),
      text,
      id: z.string().min(1).max(256).optional(),
    }),
  ),
});

export const verifySchema = z.strictObject({
  record: z.union([
    z.string().meta({ description: 'The canonical text of the record.' }),
    z
      .record(z.string(), z.unknown())
      .meta({ description: 'The record as an object; its bytes here must be canonical.' }),
  ]),
  content: contentSchema.nullable().optional(),
});

export const DECISIONS = ['accept', 'retry', 'retrieve', 'escalate', 'block'] as const;
export const decisionSchema = z.enum(DECISIONS);
export type Decision = (typeof DECISIONS)[number];

export const answerQuerySchema = z.strictObject({
  receipt: z.enum(['full', 'none']).optional(),
  wait: z.enum(['published', 'witnessed']).optional(),
  timeout_ms: z
    .string()
    .regex(/^(0|[1-9]\d{0,4})$/)
    .optional(),
});

export const effectiveSchema = z.object({ decision: decisionSchema, revision: z.int() });
export const logPlaceSchema = z.object({ origin: z.string(), index: z.int() });

const spanSchema = z.array(z.int()).meta({ description: 'Half-open, UTF-16 code units.' });
export const verdictSchema = z.object({
  decision: decisionSchema,
  risk: z.number(),
  bound: z.null(),
  certificate: z.null(),
  mode: z.enum(['observe', 'enforce']),
  policy: z.object({ version: z.int() }),
  reasons: z.array(
    z.object({
      code: z.string(),
      span: spanSchema.optional(),
      evidence: z.int().optional(),
      window: spanSchema.optional(),
      detail: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
    }),
  ),
  signals: z.record(z.string(), z.number()),
  versions: z.record(z.string(), z.string()),
});

export const verdictAnswerSchema = z.object({
  verdict: verdictSchema.meta({ description: 'Byte for byte what is logged.' }),
  effective: effectiveSchema,
  pcs_id: pcsIdSchema,
  log: logPlaceSchema,
  receipt: z.string().optional().meta({ description: 'A c2sp.org/tlog-proof@v1 text.' }),
  salt: z
    .string()
    .optional()
    .meta({ description: 'Salt of the output item, for verifyReceipt; only where the edge drew it.' }),
  replayed: z.boolean(),
  reached: z.enum(['committed', 'published', 'witnessed']).optional(),
});

export const pcsIdParams = z.object({ pcs_id: pcsIdSchema });
export const taskParams = z.object({ task: nameSchema });
