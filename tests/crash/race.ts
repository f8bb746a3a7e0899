/**
 * Many clients race the same records through the SDK while somebody kills the server: half of the records by check with an
 * Idempotency-Key, half signed by the tenant. Keeps each answer that arrived, as bytes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRecord, Fractal, FractalError, type SignedRecord } from '@fractal/sdk';
import { toBase64 } from '@fractal/tlog';
import type { Random } from '../harness/random.ts';
import { type Ready, readSecret } from '../harness/server-process.ts';

export type RaceRecord = { name: string; send: (client: Fractal) => Promise<unknown> };

/** What one record was answered, as the set of different answers seen. */
export type Answers = {
  count: number;
  /** Answers that did not say `replayed`. */
  first: number;
  /** Different texts of each part; all but `receipts` must come out with one element. */
  verdicts: Set<string>;
  pcsIds: Set<string>;
  places: Set<string>;
  salts: Set<string>;
  receipts: Set<string>;
};

export type RaceResult = {
  answers: Map<string, Answers>;
  failures: string[];
  /** Code → how many 503 said it. */
  refusals: Map<string, number>;
  total: () => number;
};

export const recordKey = { alg: 'hmac-sha256', kid: 'race', value: new Uint8Array(32).fill(5) } as const;

/** Registers the key that signs half of the records; again is no harm. */
export async function registerKey(ready: Ready): Promise<void> {
  const response = await fetch(`${ready.url}/admin/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readSecret(ready.admin_token_file)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      tenant: 'default',
      use: 'record',
      alg: recordKey.alg,
      kid: recordKey.kid,
      secret: toBase64(recordKey.value),
    }),
  });
  if (!response.ok) throw new Error(`the key was refused: ${response.status} ${await response.text()}`);
}

export function makeRecords(count: number): RaceRecord[] {
  return Array.from({ length: count }, (_, n): RaceRecord => {
    const year = 1900 + (n % 100);
    const evidence = [`Bridge number ${n} opened in ${year} and cost ${n + 3} million dollars.`];
    const output = n % 3 === 0 ? `Bridge number ${n} opened in ${year + 7}.` : `Bridge number ${n} opened in ${year}.`;
    const name = `record-${n}`;
    if (n % 2 === 0) return { name, send: (client) => client.check({ output, evidence }, { idempotencyKey: name }) };
    const fields = { tenant: 'default', namespace: 'race', stream: 'bridges', epoch: n, task: 'default' };
    const { record, content } = createRecord({ output, evidence, fields, key: recordKey });
    const signed: SignedRecord = { record, content };
    return { name, send: (client) => client.verify(signed) };
  });
}

/**
 * Starts the clients; resolves when each has an answer to each record it sends: the given share of them, in an order of
 * its own. `signal` ends it early.
 */
export async function race(options: {
  ready: Ready;
  records: readonly RaceRecord[];
  clients: number;
  share: number;
  random: Random;
  signal: AbortSignal;
  result: RaceResult;
}): Promise<void> {
  const { ready, records, random, signal, result } = options;
  const apiKey = readSecret(ready.api_key_file);
  const count = Math.ceil(records.length * options.share);
  const runClient = async (label: number): Promise<void> => {
    const own = random.fork(label);
    for (const record of shuffled(records, own).slice(0, count)) {
      await sendUntilAnswered(record, { ready, apiKey, signal, result });
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, label) => runClient(label)));
}

async function sendUntilAnswered(
  record: RaceRecord,
  context: { ready: Ready; apiKey: string; signal: AbortSignal; result: RaceResult },
): Promise<void> {
  const { ready, apiKey, signal, result } = context;
  const client = new Fractal({
    url: ready.url,
    apiKey,
    retries: 20,
    retryDelayMs: 20,
    retryDelayMaxMs: 400,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const text = await response.text();
      if (response.status === 200) keep(result, record.name, text);
      else if (response.status !== 503) result.failures.push(`${record.name}: ${response.status} ${text}`);
      else countRefusal(result, text);
      return new Response(text, response);
    },
  });
  while (!signal.aborted) {
    try {
      await record.send(client);
      return;
    } catch (error) {
      // The server may be down for longer than one call's retries; an answer that says no is no such case.
      const retryable = error instanceof FractalError && error.retryable;
      if (!retryable) {
        result.failures.push(`${record.name}: ${error instanceof Error ? error.message : error}`);
        return;
      }
      await sleep(50);
    }
  }
}

export function newResult(): RaceResult {
  const answers = new Map<string, Answers>();
  const total = (): number => [...answers.values()].reduce((sum, { count }) => sum + count, 0);
  return { answers, failures: [], refusals: new Map(), total };
}

function countRefusal({ refusals }: RaceResult, text: string): void {
  const { code }: { code: string } = JSON.parse(text);
  refusals.set(code, (refusals.get(code) ?? 0) + 1);
}

function keep(result: RaceResult, name: string, text: string): void {
  const end = text.indexOf(',"effective":{"decision"');
  if (!text.startsWith('{"verdict":') || end === -1) {
    result.failures.push(`${name}: an answer without a verdict: ${text.slice(0, 200)}`);
    return;
  }
  const answer: { pcs_id: string; log: { index: number }; receipt: string; salt?: string; replayed: boolean } =
    JSON.parse(text);
  let answers = result.answers.get(name);
  if (answers === undefined) {
    answers = {
      count: 0,
      first: 0,
      verdicts: new Set(),
      pcsIds: new Set(),
      places: new Set(),
      salts: new Set(),
      receipts: new Set(),
    };
    result.answers.set(name, answers);
  }
  answers.count++;
  if (!answer.replayed) answers.first++;
  answers.verdicts.add(text.slice('{"verdict":'.length, end));
  answers.pcsIds.add(answer.pcs_id);
  answers.places.add(JSON.stringify(answer.log));
  answers.salts.add(answer.salt ?? '');
  answers.receipts.add(answer.receipt);
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
