/**
 * A witness over HTTP (C2SP tlog-witness, `POST <submission prefix>/add-checkpoint`): port Witness of @fractal/ledger.
 *
 * An answer is read up to `ANSWER_BYTES_MAX`, redirects are not followed, and every status is one of the port's outcomes.
 * Time is limited by the signal of whoever calls. Nothing here verifies a signature: the engine does.
 */

import { type AddCheckpoint, formatAddCheckpoint, type Witness, type WitnessAnswer } from '@fractal/ledger';
import { parseUint64, utf8Decode, type VerifierKey } from '@fractal/tlog';

/** Room for 100 signature lines with keys of any type known. */
export const ANSWER_BYTES_MAX = 64 * 1024;

const SIZE_TYPE = 'text/x.tlog.size';

export interface HttpWitnessOptions {
  readonly name: string;
  readonly verifierKey: VerifierKey;
  /** Submission prefix, http or https. */
  readonly url: string;
}

export function httpWitness({ name, verifierKey, url }: HttpWitnessOptions): Witness {
  const target = `${url.replace(/\/+$/, '')}/add-checkpoint`;
  return {
    name,
    verifierKey,
    async addCheckpoint(request: AddCheckpoint, signal: AbortSignal): Promise<WitnessAnswer> {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8', accept: '*/*' },
        body: formatAddCheckpoint(request),
        redirect: 'manual',
        signal,
      });
      const bytes = await bounded(response);
      if (bytes === undefined) return { kind: 'refused', fault: 'answer_malformed' };
      return answerOf(response, bytes);
    },
  };
}

function answerOf({ status, headers }: Response, bytes: Uint8Array): WitnessAnswer {
  switch (status) {
    case 200: {
      const lines = utf8Decode(bytes);
      return lines === undefined ? { kind: 'refused', fault: 'answer_malformed' } : { kind: 'cosigned', lines };
    }
    case 400:
      return { kind: 'refused', fault: 'request_refused' };
    case 403:
      return { kind: 'refused', fault: 'log_key_refused' };
    case 404:
      return { kind: 'refused', fault: 'log_unknown' };
    case 409: {
      const size = headers.get('content-type')?.split(';')[0] === SIZE_TYPE ? sizeOf(bytes) : undefined;
      return size === undefined ? { kind: 'refused', fault: 'answer_malformed' } : { kind: 'conflict', size };
    }
    case 422:
      return { kind: 'refused', fault: 'proof_refused' };
    case 429:
    case 503:
      return { kind: 'refused', fault: 'busy' };
    default:
      return { kind: 'refused', fault: 'answer_malformed' };
  }
}

function sizeOf(bytes: Uint8Array): bigint | undefined {
  const text = utf8Decode(bytes);
  return text?.endsWith('\n') ? parseUint64(text.slice(0, -1)) : undefined;
}

/** The bytes of an answer; undefined where they are more than the limit: the rest is not read. */
async function bounded({ body }: Response): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined; // leaving the loop cancels the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
