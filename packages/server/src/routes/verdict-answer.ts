/**
 * The answer that carries a verdict: `{verdict, effective, pcs_id, log, receipt?, salt?, replayed, reached?}`. The verdict is
 * spliced in as it is logged, byte for byte (I4); the rest is written here.
 */

import type { Ledger, LoggedEntry, Reached } from '@fractal/ledger';
import type { z } from 'zod';
import type { Committed } from '../commit/commit.ts';
import { refusalOfEngine } from '../commit/failure.ts';
import type { Refusal } from '../edge/problem.ts';
import type { answerQuerySchema } from './schemas.ts';
import type { Services } from './services.ts';

export type AnswerQuery = z.infer<typeof answerQuerySchema>;

export interface AnswerParts {
  readonly committed: Committed;
  readonly receipt?: string | undefined;
  readonly salt?: string | undefined;
  readonly reached?: Reached | undefined;
}

export function verdictAnswer({ committed, receipt, salt, reached }: AnswerParts): string {
  const { decision, revision } = committed.effective;
  let text = `{"verdict":${committed.verdictText},"effective":{"decision":"${decision}","revision":${revision}}`;
  const { origin, index } = committed.entry;
  text += `,"pcs_id":"${committed.pcsId}","log":{"origin":${JSON.stringify(origin)},"index":${index}}`;
  if (receipt !== undefined) text += `,"receipt":${JSON.stringify(receipt)}`;
  if (salt !== undefined) text += `,"salt":"${salt}"`;
  text += `,"replayed":${committed.replayed}`;
  if (reached !== undefined) text += `,"reached":"${reached}"`;
  return `${text}}`;
}

const WAIT_DEFAULT_MS = 10_000;

export type AnswerServices = Pick<Services, 'ledger' | 'limits'>;

/**
 * The text of an answer as its query asks for it. The verdict is committed by now; what can still fail is an old entry's
 * receipt, whose proof is read from tiles: that is a coded refusal, and a retry gets it.
 */
export async function answerText(
  { ledger, limits }: AnswerServices,
  query: AnswerQuery,
  committed: Committed,
  salt?: string | undefined,
): Promise<{ ok: true; text: string } | { ok: false; refusal: Refusal }> {
  try {
    const reached = await waitFor(query, ledger, committed.entry, limits.waitTimeoutMsMax);
    // Whoever waited for a published or witnessed checkpoint gets the receipt under that one.
    const make =
      reached === undefined || reached === 'committed' ? committed.receipt : () => ledger.receiptOf(committed.entry);
    const receipt = query.receipt === 'none' ? undefined : await make();
    return { ok: true, text: verdictAnswer({ committed, receipt, salt, reached }) };
  } catch (error) {
    return { ok: false, refusal: refusalOfEngine(error) };
  }
}

/** Waits as the query asks, and answers all the same. Where no witness is configured, `witnessed` waits for publication. */
async function waitFor(
  query: AnswerQuery,
  ledger: Pick<Ledger, 'waitPublished' | 'waitWitnessed'>,
  { index, origin }: LoggedEntry,
  waitTimeoutMsMax: number,
): Promise<Reached | undefined> {
  if (query.wait === undefined) return undefined;
  const asked = query.timeout_ms === undefined ? WAIT_DEFAULT_MS : Number(query.timeout_ms);
  const timeoutMs = Math.min(asked, waitTimeoutMsMax);
  if (query.wait === 'witnessed') return ledger.waitWitnessed(index, timeoutMs, origin);
  return (await ledger.waitPublished(index, timeoutMs, origin)) ? 'published' : 'committed';
}
