/**
 * GET /v1/receipts/{pcs_id}: a fresh receipt under the newest published checkpoint. JSON by default; `Accept: text/plain`
 * gives the tlog-proof itself. The JSON brings the salt of the output item where the edge drew it and the content is held.
 */

import { toBase64 } from '@fractal/tlog';
import { z } from 'zod';
import { refusalOfEngine } from '../commit/failure.ts';
import { json, refuse, TEXT_TYPE } from '../edge/answer.ts';
import type { StoredVerdict } from '../judge/verdict-body.ts';
import type { Route } from './route.ts';
import { logPlaceSchema, pcsIdParams, pcsIdSchema } from './schemas.ts';
import type { Services } from './services.ts';

const receiptSchema = z.object({
  pcs_id: pcsIdSchema,
  log: logPlaceSchema,
  receipt: z.string(),
  salt: z.string().nullable().meta({ description: 'Null where the tenant drew it, or the content was erased.' }),
});

export function receiptRoute({ committer, vault }: Services): Route {
  return {
    method: 'GET',
    path: '/v1/receipts/{pcs_id}',
    operationId: 'getReceipt',
    summary: 'A receipt for the verdict of a record.',
    auth: 'tenant',
    params: pcsIdParams,
    responses: { 200: { description: 'The receipt; text/plain where asked for.', schema: receiptSchema } },
    async handle({ id, tenant, params, header }) {
      const kind = acceptedOf(header('accept'));
      if (kind === undefined) return refuse({ code: 'not_acceptable', detail: 'application/json or text/plain' }, id);
      const pcsId = params.pcs_id!;
      const found = await committer.find(tenant, pcsId);
      if (found === undefined) return refuse({ code: 'verdict_unknown' }, id);
      let receipt: string;
      try {
        receipt = await found.receipt();
      } catch (error) {
        return refuse(refusalOfEngine(error), id);
      }
      if (kind === 'text') return { status: 200, contentType: TEXT_TYPE, body: receipt };
      const salt = await saltOf(found.facts, tenant, pcsId);
      const { origin, index } = found.entry;
      return json(200, { pcs_id: pcsId, log: { origin, index }, receipt, salt });
    },
  };

  async function saltOf(facts: StoredVerdict, tenant: string, pcsId: string): Promise<string | null> {
    if (facts.signer !== 'edge') return null;
    const items = await vault.get({ tenant, pcsId });
    if (items === 'erased' || items === undefined) return null;
    const output = items.find((item) => item.kind === 'output');
    return output === undefined ? null : toBase64(output.salt);
  }
}

/** The first of the two media types that the header accepts; JSON where it takes anything. Weights are not compared. */
function acceptedOf(accept: string | undefined): 'json' | 'text' | undefined {
  if (accept === undefined) return 'json';
  for (const part of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = part.split(';').map((each) => each.trim());
    if (parameters.some((each) => /^q=0(\.0*)?$/.test(each))) continue;
    if (type === 'text/plain') return 'text';
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  }
  return undefined;
}
