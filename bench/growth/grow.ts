/**
 * One step of bench `growth`, in a process of its own: opens the log in a folder, fills it to a size through the ledger's own
 * append, or measures it at the size it has. Takes one JSON argument, answers one line of JSON.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { useSha256 } from '@fractal/tlog';
import { openEmbeddedLog } from '../../tests/harness/embedded-log.ts';
import { type Latency, latencyOf, round } from '../harness/statistics.ts';
import { benchEntry } from '../ledger/entries.ts';

export interface Step {
  readonly mode: 'fill' | 'measure';
  readonly folder: string;
  readonly entryBytes: number;
  /** fill: until the log has so many entries. */
  readonly size?: number;
  /** measure: for so long. */
  readonly seconds?: number;
}

export interface Measured {
  readonly size: number;
  /** What measuring made of it. */
  readonly sizeAfter: number;
  /** From the call that opens the directory until entries are taken. */
  readonly openMs: number;
  readonly entriesPerSecond: number;
  readonly cpuSecondsPer10k: number;
  readonly durable: Latency;
  readonly published: Latency;
  /** Entries of all ages, drawn by chance: the row under a key, and a receipt for it made from tiles. */
  readonly lookup: Latency;
  readonly receipt: Latency;
  /** All resident memory; LMDB's pages that are mapped from the file count into it. */
  readonly rssMiB: number;
  /** Resident memory that is the process's own; undefined where the system does not say. */
  readonly ownMiB: number | undefined;
  readonly heapMiB: number;
}

/** Appended at once while filling: twice the largest group, so that one is being made while the other is committed. */
const FILL_AT_ONCE = 4_000;
const LOOPS = 256;
const LOOKUPS = 5_000;
const SEED = 1;

useSha256(nodeSha256);
const step = JSON.parse(process.argv[2] ?? '') as Step;
const startedMs = performance.now();
const log = await openEmbeddedLog(step.folder, { guard: `${step.folder}.guard`, publishIntervalMs: 250 });
const openMs = performance.now() - startedMs;
const entryOf = (n: number) => benchEntry(n, { seed: SEED, size: step.entryBytes });

async function fill(size: number): Promise<{ seconds: number }> {
  const fromMs = performance.now();
  for (let from = log.ledger.size; from < size; from += FILL_AT_ONCE) {
    const count = Math.min(FILL_AT_ONCE, size - from);
    await Promise.all(Array.from({ length: count }, (_, i) => log.ledger.append(entryOf(from + i))));
  }
  return { seconds: round((performance.now() - fromMs) / 1000, 1) };
}

async function measure(seconds: number): Promise<Measured> {
  const size = log.ledger.size;
  const numbers = Array.from({ length: LOOKUPS }, (_, i) =>
    Number((BigInt(i + 1) * 0x9e3779b97f4a7c15n) % BigInt(size)),
  );
  const lookupMs: number[] = [];
  const receiptMs: number[] = [];
  for (const n of numbers) {
    const { key } = entryOf(n);
    const fromMs = performance.now();
    const entry = await log.ledger.lookup(key);
    lookupMs.push(performance.now() - fromMs);
    if (entry === undefined) throw new Error(`entry ${n} is not in the log`);
    await log.ledger.receiptOf(entry);
    receiptMs.push(performance.now() - fromMs);
  }
  const written = await appendFor(seconds, size);
  const { rss, heapUsed } = process.memoryUsage();
  return {
    size,
    sizeAfter: log.ledger.size,
    openMs: round(openMs, 1),
    ...written,
    lookup: latencyOf(lookupMs),
    receipt: latencyOf(receiptMs),
    rssMiB: Math.round(rss / 2 ** 20),
    ownMiB: await ownMiB(),
    heapMiB: Math.round(heapUsed / 2 ** 20),
  };
}

/** RssAnon of Linux's /proc. */
async function ownMiB(): Promise<number | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}

async function appendFor(
  seconds: number,
  size: number,
): Promise<Pick<Measured, 'entriesPerSecond' | 'cpuSecondsPer10k' | 'durable' | 'published'>> {
  const warmUpMs = Math.min(2_000, seconds * 300);
  const fromMs = performance.now() + warmUpMs;
  const untilMs = fromMs + seconds * 1000;
  const durableMs: number[] = [];
  const publishedMs: number[] = [];
  let waiting: { readonly index: number; readonly sentMs: number }[] = [];
  let next = size;
  const loop = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const sentMs = performance.now();
      const { entry } = await log.ledger.append(entryOf(next++));
      const nowMs = performance.now();
      if (sentMs < fromMs || nowMs > untilMs) continue;
      durableMs.push(nowMs - sentMs);
      waiting.push({ index: entry.index, sentMs });
    }
  };
  const running = Promise.all(Array.from({ length: LOOPS }, loop));
  let isWriting = true;
  const watching = (async () => {
    while (isWriting || waiting.length > 0) {
      const covered = Number((await readFile(join(log.publicFolder, 'checkpoint'), 'latin1')).split('\n')[1]);
      const nowMs = performance.now();
      for (const { index, sentMs } of waiting) if (index < covered) publishedMs.push(nowMs - sentMs);
      waiting = waiting.filter(({ index }) => index >= covered);
      await sleep(10);
    }
  })();
  await sleep(warmUpMs);
  const before = { next, cpu: process.cpuUsage(), ms: performance.now() };
  await sleep(untilMs - performance.now());
  const { user, system } = process.cpuUsage(before.cpu);
  const entries = next - before.next;
  const entriesPerSecond = Math.round((entries * 1000) / (performance.now() - before.ms));
  await running;
  isWriting = false;
  await watching;
  return {
    entriesPerSecond,
    cpuSecondsPer10k: round((user + system) / 100 / entries),
    durable: latencyOf(durableMs),
    published: latencyOf(publishedMs),
  };
}

const answer = step.mode === 'fill' ? await fill(step.size ?? 0) : await measure(step.seconds ?? 1);
await log.close();
console.log(JSON.stringify(answer));
