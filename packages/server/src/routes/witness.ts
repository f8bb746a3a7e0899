/**
 * POST /witness/add-checkpoint: this server as a witness for others' logs (C2SP tlog-witness; the submission prefix is
 * `<server>/witness`). Open to anyone: only the log's signature counts. Each address has a bucket, and so has each log,
 * charged once its signature is verified.
 *
 * 200 signature lines, 400, 403, 404 (also where this server witnesses nothing), 409 with the size held as
 * `text/x.tlog.size`, 422, 429, 503 where the store failed and nothing was signed.
 */

import { ADD_CHECKPOINT_BYTES_MAX, type Cosigner } from '@fractal/ledger';
import { z } from 'zod';
import { refusalOfEngine } from '../commit/failure.ts';
import { type Answer, refuse, TEXT_TYPE } from '../edge/answer.ts';
import type { RateLimiter } from '../edge/rate-limit.ts';
import type { Route } from './route.ts';

export interface WitnessRouteOptions {
  /** Undefined where this server is no witness. */
  readonly cosigner: Cosigner | undefined;
  /** By address. */
  readonly rateLimiter: RateLimiter;
  readonly onAnswer: (outcome: string) => void;
  /** The store failed, or what it holds is damaged. */
  readonly onFault: (requestId: string, error: unknown) => void;
}

export const WITNESS_PREFIX = '/witness';

export function witnessRoute(options: WitnessRouteOptions): Route {
  const text = { contentType: 'text/plain', schema: z.string() } as const;
  return {
    method: 'POST',
    path: `${WITNESS_PREFIX}/add-checkpoint`,
    operationId: 'addCheckpoint',
    summary: 'Cosign a checkpoint of a log that this server witnesses (C2SP tlog-witness).',
    auth: 'none',
    body: {
      contentType: '*/*',
      schema: z
        .string()
        .meta({ description: '`old N`, at most 63 proof lines, an empty line, the signed checkpoint.' }),
      bytesMax: ADD_CHECKPOINT_BYTES_MAX,
      parse: 'raw',
    },
    responses: {
      200: { description: 'Signature lines of the witness.', ...text },
      409: { description: 'The size that the witness holds.', contentType: 'text/x.tlog.size', schema: z.string() },
    },
    async handle({ id, address, bytes }): Promise<Answer> {
      const { cosigner, rateLimiter, onAnswer, onFault } = options;
      const rate = rateLimiter.take(address, 1);
      if (!rate.ok) return refuse({ code: 'rate_limited', retryAfterSeconds: rate.retryAfterSeconds }, id);
      if (cosigner === undefined) return refuse({ code: 'log_unknown' }, id);
      let answer: Awaited<ReturnType<Cosigner['addCheckpoint']>>;
      try {
        answer = await cosigner.addCheckpoint(bytes);
      } catch (error) {
        onAnswer('store_failed');
        onFault(id, error);
        return refuse(refusalOfEngine(error), id);
      }
      onAnswer(answer.kind === 'refused' ? answer.refusal.code : answer.kind);
      if (answer.kind === 'cosigned') return { status: 200, contentType: TEXT_TYPE, body: answer.lines };
      if (answer.kind === 'rate_limited') return refuse({ code: 'rate_limited', retryAfterSeconds: 1 }, id);
      const { refusal, detail } = answer;
      if (refusal.code !== 'witness_conflict') return refuse({ code: refusal.code, detail }, id);
      return { status: 409, contentType: 'text/x.tlog.size', body: `${refusal.heldSize}\n`, code: refusal.code };
    },
  };
}
