/**
 * Clients of a live server that keep what they were answered, and a reader that keeps every checkpoint it is shown: the memory
 * of the outside world, against which a log that was put back from a copy is held.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  parseCheckpoint,
  parseNote,
  parseReceipt,
  parseVerifierKey,
  toBase64,
  type VerifierKey,
  verifyCheckpoint,
  verifyReceipt,
} from '@fractal/tlog';
import { rootsAt } from '../harness/published-log.ts';
import { type Ready, readSecret } from '../harness/server-process.ts';

export type Answer = {
  readonly record: number;
  /** The bytes of the verdict. */
  readonly verdict: string;
  readonly pcsId: string;
  readonly origin: string;
  readonly index: number;
  readonly receipt: string;
  readonly replayed: boolean;
};

export type Answered = { readonly status: number; readonly code: string; readonly answer: Answer | undefined };

/** Sends record number `n` as a check; the same number is always the same record. */
export async function sendRecord(ready: Ready, n: number, query = ''): Promise<Answered> {
  const year = 1900 + (n % 100);
  const evidence = [{ text: `Bridge number ${n} opened in ${year} and cost ${n + 3} million dollars.` }];
  const output = `Bridge number ${n} opened in ${n % 4 === 0 ? year + 7 : year}.`;
  const response = await fetch(`${ready.url}/v1/check${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readSecret(ready.api_key_file)}`,
      'content-type': 'application/json',
      'idempotency-key': `record-${n}`,
    },
    body: JSON.stringify({ output, evidence }),
  });
  const text = await response.text();
  const body = JSON.parse(text);
  if (response.status !== 200) return { status: response.status, code: body.code, answer: undefined };
  const verdict = text.slice('{"verdict":'.length, text.indexOf(',"effective":{"decision"'));
  const { pcs_id: pcsId, log, receipt = '', replayed } = body;
  return { status: 200, code: '', answer: { record: n, verdict, pcsId, ...log, receipt, replayed } };
}

/** Sends until there is an answer; anything but success and 503 fails. */
export async function sendUntilAnswered(ready: Ready, n: number, signal?: AbortSignal): Promise<Answer> {
  for (;;) {
    signal?.throwIfAborted();
    const sent = await sendRecord(ready, n).catch(() => undefined); // no connection: the server is being put back
    if (sent?.answer !== undefined) return sent.answer;
    if (sent !== undefined && sent.status !== 503) throw new Error(`record ${n}: ${sent.status} ${sent.code}`);
    await sleep(20);
  }
}

export class World {
  readonly answers: Answer[] = [];
  /** Every checkpoint anybody was ever shown, as notes. */
  readonly checkpoints = new Set<string>();
  readonly #stop = new AbortController();
  #running: Promise<unknown>[] = [];
  #next = 0;

  /** Starts `count` clients that send new records one after another, and a reader of checkpoints. */
  start(ready: Ready, count: number): void {
    const { signal } = this.#stop;
    const client = async (): Promise<void> => {
      while (!signal.aborted) {
        this.#next += 1;
        this.keep(await sendUntilAnswered(ready, this.#next, signal));
      }
    };
    const reader = async (): Promise<void> => {
      while (!signal.aborted) {
        for (const log of ['0', '0-2', '0-3', 'control', 'control-2']) await this.look(ready, log);
        await sleep(10);
      }
    };
    this.#running = [...Array.from({ length: count }, client), reader()];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.map((each) => each.catch(ignoreAbort)));
  }

  keep(answer: Answer): void {
    this.answers.push(answer);
    const receipt = parseReceipt(answer.receipt);
    if (!receipt.ok) throw new Error(`record ${answer.record} came with no receipt: ${receipt.code}`);
    this.checkpoints.add(receipt.value.checkpoint);
  }

  async look(ready: Ready, log: string): Promise<void> {
    const response = await fetch(`${ready.url}/log/${log}/checkpoint`).catch(() => undefined);
    if (response?.status === 200) this.checkpoints.add(await response.text());
  }

  /** Waits until `count` answers are there. */
  async until(count: number): Promise<void> {
    while (this.answers.length < count) await Promise.race([sleep(20), ...this.#running]);
  }

  sizesOf(origin: string): number[] {
    return [...this.checkpoints].map(checkpointIn).flatMap((each) => (each.origin === origin ? [each.size] : []));
  }

  /** Each checkpoint of this key, and each receipt of its origin, is of the log with these entries; how many there were. */
  compare(vkey: string, entries: readonly Uint8Array[]): { checkpoints: number; receipts: number } {
    const verifierKey = keyOf(vkey);
    const origin = verifierKey.name;
    const notes = [...this.checkpoints].filter((note) => checkpointIn(note).origin === origin);
    const roots = rootsAt(
      entries,
      notes.map((note) => checkpointIn(note).size),
    );
    for (const note of notes) {
      const verified = verifyCheckpoint({ checkpoint: note, origin, verifierKey });
      if (!verified.ok) throw new Error(`a checkpoint of ${origin} does not verify: ${verified.code}`);
      const { size, root } = checkpointIn(note);
      if (roots.get(size) !== root) throw new Error(`the checkpoint of ${origin} at ${size} is of another history`);
    }
    const answers = this.answers.filter((answer) => answer.origin === origin);
    for (const { receipt, index, record } of answers) {
      const verified = verifyReceipt({ receipt, verifierKey });
      if (!verified.ok) throw new Error(`the receipt of record ${record} does not verify: ${verified.code}`);
      if (Number(verified.value.index) !== index)
        throw new Error(`the receipt of record ${record} is of another place`);
    }
    return { checkpoints: notes.length, receipts: answers.length };
  }

  /** Answers by record: for each, that all from one log are one verdict in one place. */
  byRecord(): Map<number, Answer[]> {
    const found = new Map<number, Answer[]>();
    for (const answer of this.answers) found.set(answer.record, [...(found.get(answer.record) ?? []), answer]);
    return found;
  }
}

/** A client that was told to stop while it waited for a server ends by this. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}

export function keyOf(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey);
  if (!key.ok) throw new Error(key.code);
  return key.value;
}

export function checkpointIn(note: string): { origin: string; size: number; root: string } {
  const parsed = parseNote(note);
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed;
  if (!checkpoint.ok) throw new Error(`no checkpoint: ${checkpoint.code}`);
  const { origin, size, root } = checkpoint.value;
  return { origin, size: Number(size), root: toBase64(root) };
}
