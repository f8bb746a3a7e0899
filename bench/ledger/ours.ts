/**
 * Our side of `fractal bench ledger`: the ledger over the embedded store, in one process with its load, no HTTP; the twin
 * of tessera/main.go. One run of one mode; the terms come as one JSON argument, the samples go out as one JSON line.
 *
 * Durable when `append` resolves: entry, dedup row and head are in LMDB's commit (data pages synced, then the meta page
 * through a synchronous descriptor), the guard holds the checkpoint, synced too, and it is signed. Tiles and the public checkpoint
 * follow at their own interval.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Appended } from '@fractal/ledger';
import { LedgerError } from '@fractal/ledger';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { parseVerifierKey, useSha256, type VerifierKey, verifyReceipt } from '@fractal/tlog';
import { embeddedVerifierKey, openEmbeddedLog } from '../../tests/harness/embedded-log.ts';
import { benchEntry } from './entries.ts';
import type { Outcome, Terms } from './terms.ts';

/** A full queue is tried again after this pause, which counts into the entry's latency; as in tessera/main.go. */
const RETRY_AFTER_MS = 10;
/** Of `fractal up`. */
const SERVER_PUBLISH_INTERVAL_MS = 250;
/** How often the public checkpoint is read; as in tessera/main.go. */
const POLL_MS = 5;

useSha256(nodeSha256);
const terms = JSON.parse(process.argv[2] ?? '') as Terms;
const { seed, entryBytes: size } = terms;
const { publishIntervalMs = SERVER_PUBLISH_INTERVAL_MS } = terms;
const log = await openEmbeddedLog(terms.folder, { publishIntervalMs, guard: `${terms.folder}.guard` });
let pushbacks = 0;

async function append(n: number): Promise<Appended> {
  const made = benchEntry(n, { seed, size });
  for (;;) {
    try {
      return await log.ledger.append(made);
    } catch (error) {
      if (!(error instanceof LedgerError && error.code === 'busy')) throw error;
      pushbacks += 1;
      await sleep(RETRY_AFTER_MS);
    }
  }
}

interface Samples {
  readonly durableMs: number[];
  readonly receiptMs: number[];
  readonly publishedMs: number[];
}

/** Reads the public checkpoint as whoever may read it, and tells when each entry was first seen covered. */
function watchPublication(samples: Samples): {
  add: (index: number, sentMs: number) => void;
  end: () => Promise<void>;
} {
  let waiting: { readonly index: number; readonly sentMs: number }[] = [];
  let last = 0;
  let ending = false;
  const loop = (async () => {
    while (!ending || waiting.length > 0) {
      const published = Number((await readFile(join(log.publicFolder, 'checkpoint'), 'latin1')).split('\n')[1]);
      const nowMs = performance.now();
      if (published !== last) {
        last = published;
        const left = waiting.filter(({ index }) => index >= published);
        for (const { index, sentMs } of waiting) if (index < published) samples.publishedMs.push(nowMs - sentMs);
        waiting = left;
      }
      await sleep(POLL_MS);
    }
  })();
  return {
    add: (index, sentMs) => waiting.push({ index, sentMs }),
    end: async () => {
      ending = true;
      await loop;
    },
  };
}

const vkey = parseVerifierKey(embeddedVerifierKey());
if (!vkey.ok) throw new Error(vkey.code);
const verifierKey: VerifierKey = vkey.value;

/** To be checked once nothing is measured any more: the pure Ed25519 takes milliseconds. */
const receiptsToCheck: string[] = [];

/** The receipt is made for every entry; every n-th is checked later. */
async function takeReceipt(appended: Appended, sentMs: number, samples: Samples): Promise<void> {
  const receipt = await appended.receipt();
  samples.receiptMs.push(performance.now() - sentMs);
  if (terms.proofEvery !== undefined && appended.entry.index % terms.proofEvery === 0) receiptsToCheck.push(receipt);
}

const emptySamples = (): Samples => ({ durableMs: [], receiptMs: [], publishedMs: [] });
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function saturate(): Promise<Partial<Outcome>> {
  const { loops = 1, seconds = 1, warmUpSeconds = 0 } = terms;
  const samples = emptySamples();
  const watch = watchPublication(samples);
  const fromMs = performance.now() + warmUpSeconds * 1000;
  const untilMs = fromMs + seconds * 1000;
  let next = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const sentMs = performance.now();
      const appended = await append(next++);
      const durableMs = performance.now();
      if (sentMs <= fromMs || durableMs >= untilMs) continue;
      samples.durableMs.push(durableMs - sentMs);
      await takeReceipt(appended, sentMs, samples);
      watch.add(appended.entry.index, sentMs);
    }
  };
  const running = Promise.all(Array.from({ length: loops }, loop));
  await sleep(fromMs - performance.now());
  const before = { next, cpu: cpuSeconds(), ms: performance.now() };
  await sleep(untilMs - performance.now());
  const after = { next, cpu: cpuSeconds(), ms: performance.now() };
  await running;
  await watch.end();
  return {
    ...samples,
    entries: after.next - before.next,
    wallSeconds: (after.ms - before.ms) / 1000,
    cpuSeconds: after.cpu - before.cpu,
    unique: next,
  };
}

async function rate(): Promise<Partial<Outcome>> {
  const { ratePerSecond = 1, seconds = 1, warmUpSeconds = 0 } = terms;
  const samples = emptySamples();
  const watch = watchPublication(samples);
  const warm = Math.floor(warmUpSeconds * ratePerSecond);
  const total = warm + Math.floor(seconds * ratePerSecond);
  const startMs = performance.now();
  const sending: Promise<void>[] = [];
  const send = async (n: number): Promise<void> => {
    const sentMs = startMs + (n * 1000) / ratePerSecond;
    const appended = await append(n);
    if (n < warm) return;
    samples.durableMs.push(performance.now() - sentMs);
    await takeReceipt(appended, sentMs, samples);
    watch.add(appended.entry.index, sentMs);
  };
  let cpuBefore = 0;
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * ratePerSecond) / 1000) + 1);
    for (; n < due; n += 1) {
      if (n === warm) cpuBefore = cpuSeconds();
      sending.push(send(n));
    }
    await sleep(1);
  }
  await Promise.all(sending);
  const cpu = cpuSeconds() - cpuBefore;
  const wallSeconds = (performance.now() - startMs) / 1000 - warmUpSeconds;
  await watch.end();
  return { ...samples, entries: total - warm, wallSeconds, cpuSeconds: cpu, unique: total };
}

async function duplicates(): Promise<Partial<Outcome>> {
  const { loops = 1, hotEntries = 1, backgroundLoops = 0, warmUpSeconds = 0 } = terms;
  let next = hotEntries;
  let done = false;
  const background = Promise.all(
    Array.from({ length: backgroundLoops }, async () => {
      while (!done) await append(next++);
    }),
  );
  await sleep(warmUpSeconds * 1000);
  let otherIndexAnswers = 0;
  for (let hot = 0; hot < hotEntries; hot += 1) {
    const answers = await Promise.all(Array.from({ length: loops }, () => append(hot)));
    otherIndexAnswers += answers.filter(({ entry }) => entry.index !== answers[0]!.entry.index).length;
  }
  done = true;
  await background;
  return { entries: next, unique: next, otherIndexAnswers };
}

/** Prints the number of every entry once it was acknowledged, until it is killed. */
async function acknowledge(): Promise<never> {
  let next = 0;
  const loop = async (): Promise<never> => {
    for (;;) {
      const n = next++;
      await append(n);
      process.stdout.write(`${n}\n`);
    }
  };
  return Promise.race(Array.from({ length: terms.loops ?? 1 }, loop));
}

async function resend(): Promise<Partial<Outcome>> {
  const before = log.ledger.size;
  await Promise.all((terms.resend ?? []).map(append));
  return { entries: terms.resend?.length ?? 0, unique: before, otherIndexAnswers: log.ledger.size - before };
}

/** Reads every row and counts bodies of equal bytes: leaves of equal entries differ here, by their salts. */
async function countLeaves(): Promise<Pick<Outcome, 'leaves' | 'duplicates' | 'hotWithDuplicates'>> {
  const seen = new Map<string, number>();
  const leaves = log.ledger.size;
  for (let from = 0; from < leaves; from += 4_096) {
    for (const { body } of await log.ledger.entries(from, Math.min(from + 4_096, leaves))) {
      const id = hash('sha256', body, 'base64');
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  }
  const more = [...seen.values()].filter((count) => count > 1);
  return { leaves, hotWithDuplicates: more.length, duplicates: more.reduce((sum, count) => sum + count - 1, 0) };
}

const modes = { saturate, rate, duplicates, acknowledge, resend };
const measured = await modes[terms.mode]();
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
for (const receipt of receiptsToCheck) {
  const verified = verifyReceipt({ receipt, verifierKey });
  if (!verified.ok) throw new Error(`a receipt does not verify: ${verified.code}`);
}
const counted = await countLeaves();
await log.close();
const outcome: Outcome = {
  entries: 0,
  wallSeconds: 0,
  cpuSeconds: 0,
  unique: 0,
  otherIndexAnswers: 0,
  ...measured,
  ...counted,
  pushbacks,
  peakRssBytes,
};
console.log(JSON.stringify(outcome));
