/**
 * Bench `ledger`: our ledger over the embedded store beside Tessera's own library over POSIX with antispam on, at its
 * defaults and at its best, in one run. Each side runs in a process of its own with its load in it, no HTTP on either.
 * README.md of this folder says what is compared, and what durable means on each side.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildGoProgram } from '../../tests/harness/go-program.ts';
import type { BenchContext, BenchResult } from '../harness/results.ts';
import { type Latency, latencyOf, round } from '../harness/statistics.ts';
import { type DiskUse, diskUseOf } from './disk-use.ts';
import {
  latencyTable,
  type Standing,
  saturationTable,
  standingAtRate,
  standingAtSaturation,
  standingTable,
} from './table.ts';
import type { Outcome, Settings, Terms } from './terms.ts';

/** Entries of our leaf's size, and of a verdict body's without reasons. */
const ENTRY_BYTES = [49, 900];
const LOOPS = 1_024;
/** Clients that send one entry at once, and how many entries are sent so. */
const HOT = { loops: 64, hotEntries: 100, backgroundLoops: 256 };
const PROOF_EVERY = 20;
/** Shortest time between two publications of ours at its best; Tessera takes no less than 100 ms. */
const SOONER_MS = 25;

export interface Side {
  readonly name: string;
  run(terms: Terms): Promise<Outcome>;
  /** Runs until `acknowledged` numbers were printed, is killed with SIGKILL, and answers them. */
  killAfter(terms: Terms, acknowledged: number): Promise<number[]>;
}

export interface Saturation {
  readonly entriesPerSecond: number;
  readonly durable: Latency;
  readonly receipt: Latency;
  readonly published: Latency;
  readonly cpuSecondsPer10k: number;
  readonly disk: DiskUse;
  readonly pushbacks: number;
  readonly peakRssMiB: number;
}

export async function run(context: BenchContext): Promise<BenchResult> {
  const program = buildGoProgram('bench/ledger/tessera');
  if (program === undefined) throw new Error('the counterpart of this bench is a Go program: install Go 1.24 or newer');
  const scratch = mkdtempSync(join(tmpdir(), 'fractal-bench-ledger-'));
  try {
    return await compare(context, program, scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function compare(context: BenchContext, program: string, scratch: string): Promise<BenchResult> {
  const seconds = context.quick ? 1 : 6;
  const script = [join(context.root, 'bench/ledger/ours.ts')];
  const ours = side('fractal', process.execPath, script);
  const sooner = side('fractal, publishing sooner', process.execPath, script, { publishIntervalMs: SOONER_MS });
  const defaults = side('tessera, defaults', program, []);
  const folders = scratchFolders(scratch);
  const saturation: Record<string, Record<string, Saturation>> = {};
  const standings: Record<string, Standing[]> = {};
  const atRate: Record<string, unknown> = {};
  const best: Record<string, { throughput: Settings; latency: Settings }> = {};
  for (const entryBytes of ENTRY_BYTES) {
    const shared = { entryBytes, seed: 1, loops: LOOPS, proofEvery: PROOF_EVERY };
    context.say(`entries of ${entryBytes} bytes`);
    context.say('  looking for the best settings of tessera …');
    const tuned = await tune(context, program, folders, shared, context.quick ? 0.5 : 3);
    best[entryBytes] = tuned;
    const fastest = side('tessera, best for throughput', program, [], tuned.throughput);
    const soonest = side('tessera, best for latency', program, [], tuned.latency);
    const sides = [ours, sooner, defaults, fastest, soonest];
    const found = await saturateInTurns(context, sides, folders, shared);
    saturation[entryBytes] = found;
    for (const line of saturationTable(found)) context.say(`  ${line}`);
    const stand = (name: string, rows: Standing[]): void => {
      standings[name] = rows;
      for (const line of standingTable(rows)) context.say(`    ${line}`);
    };
    stand(`${entryBytes} bytes at saturation`, standingAtSaturation(found));
    const slowest = Math.min(...Object.values(found).map(({ entriesPerSecond }) => entriesPerSecond));
    for (const ratePerSecond of [1_000, Math.floor((slowest * 0.75) / 100) * 100]) {
      const latencies: Record<string, Awaited<ReturnType<typeof atFixedRate>>> = {};
      for (const each of sides) {
        latencies[each.name] = await atFixedRate(each, folders, {
          ...shared,
          ratePerSecond,
          seconds,
          warmUpSeconds: 1,
        });
      }
      atRate[`${entryBytes} bytes at ${ratePerSecond}/s`] = latencies;
      context.say(`  all at ${ratePerSecond} entries/s`);
      for (const line of latencyTable(latencies)) context.say(`    ${line}`);
      stand(`${entryBytes} bytes at ${ratePerSecond}/s`, standingAtRate(latencies));
    }
  }
  const fastest = side('tessera, best for throughput', program, [], best[ENTRY_BYTES[0]!]!.throughput);
  const duplicates: Record<string, unknown> = {};
  for (const each of [ours, defaults, fastest]) {
    duplicates[each.name] = await duplicatesOf(context, each, folders);
  }
  return {
    terms: TERMS,
    loops: LOOPS,
    proofEvery: PROOF_EVERY,
    secondsEach: seconds,
    filesystem: execFileSync('stat', ['-f', '-c', '%T', scratch], { encoding: 'utf8' }).trim(),
    tessera: {
      version: 'v1.0.4',
      defaults: 'batch 256 or 250 ms, checkpoint 10 s, antispam 1,500 a batch, pushback 2,048',
      best,
    },
    saturation,
    standings,
    atRate,
    duplicates,
  };
}

const TERMS = {
  load: 'client loops in the same process as the log, no HTTP on either side; latency from when an entry was sent, or due',
  entries: 'both sides are given the same bytes, unique and not compressible; identity is their SHA-256 on both sides',
  durableOurs:
    'LMDB commit synced: entry, dedup row and head, one transaction; the checkpoint that covers it is signed',
  durableTheirs:
    'bundle, tiles and tree state written with O_SYNC and renamed, folders fsynced; antispam index follows, unsynced',
  receiptOurs:
    'complete in the answer, made for every entry, every n-th checked; the checkpoint may not be published yet',
  receiptTheirs:
    'a published checkpoint covers the index, and a proof was built from tiles, for every n-th entry; checked',
  published: 'first seen in the public checkpoint file, read every 5 ms by the load process on both sides',
  storesOurs:
    '49 public bytes an entry in bundles and 32 in tiles; the entry itself is private, in rows, with dedup row',
  storesTheirs: 'the entry itself is public, in bundles, and 32 bytes in tiles; the antispam index is private',
  pushback: 'an entry refused for load is sent again after 10 ms; its latency counts from the first time',
};

function scratchFolders(scratch: string): () => string {
  let made = 0;
  return () => join(scratch, String(made++));
}

function side(
  name: string,
  program: string,
  args: readonly string[],
  settings: Settings | Pick<Terms, 'publishIntervalMs'> = {},
): Side {
  const start = (terms: Terms) => {
    const argument = JSON.stringify({ ...terms, ...settings });
    return spawn(program, [...args, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return {
    name,
    run: (terms) =>
      new Promise((resolve, reject) => {
        const child = start(terms);
        const output: Buffer[] = [];
        let errors = '';
        child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
        child.stderr.on('data', (chunk: Buffer) => {
          errors = (errors + chunk.toString()).slice(-2_000);
        });
        child.on('close', (code) => {
          if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString('utf8')) as Outcome);
          else reject(new Error(`${name} (${terms.mode}) ended with ${code}: ${errors}`));
        });
      }),
    killAfter: async (terms, acknowledged) => {
      const child = start(terms);
      child.stderr.resume();
      const numbers: number[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        numbers.push(Number(line));
        if (numbers.length === acknowledged) child.kill('SIGKILL');
      }
      return numbers;
    },
  };
}

type Shared = Pick<Terms, 'entryBytes' | 'seed' | 'loops' | 'proofEvery'>;

/** Tries batch sizes and ages with the checkpoint at its shortest interval; the antispam index large and never pushing back. */
async function tune(context: BenchContext, program: string, folders: () => string, shared: Shared, seconds: number) {
  const batches = context.quick
    ? [[256, 10]]
    : [256, 512, 1_024].flatMap((size) => [5, 20, 100].map((age) => [size, age]));
  const tried: { settings: Settings; perSecond: number; durableMs: number }[] = [];
  for (const [batchSize, batchAgeMs] of batches) {
    const settings: Settings = {
      batchSize: batchSize!,
      batchAgeMs: batchAgeMs!,
      checkpointMs: 100,
      antispamBatch: 1_500,
      antispamPushback: 1 << 20,
    };
    const tessera = side(`batch ${batchSize} or ${batchAgeMs} ms`, program, [], settings);
    const fast = await tessera.run({ mode: 'saturate', folder: folders(), ...shared, seconds, warmUpSeconds: 1 });
    const slow = await tessera.run({
      mode: 'rate',
      folder: folders(),
      ...shared,
      ratePerSecond: 1_000,
      seconds,
      warmUpSeconds: 1,
    });
    const perSecond = Math.round(fast.entries / fast.wallSeconds);
    const durableMs = latencyOf(slow.durableMs ?? []).p50Ms;
    tried.push({ settings, perSecond, durableMs });
    context.say(`    ${tessera.name}: ${perSecond}/s; at 1,000/s durable p50 ${durableMs} ms`);
  }
  const throughput = tried.reduce((best, each) => (each.perSecond > best.perSecond ? each : best)).settings;
  const latency = tried.reduce((best, each) => (each.durableMs < best.durableMs ? each : best)).settings;
  return { throughput, latency, tried };
}

/** Each side three times, in turns; the run whose throughput is the middle one counts. */
async function saturateInTurns(
  context: BenchContext,
  sides: readonly Side[],
  folders: () => string,
  shared: Shared,
): Promise<Record<string, Saturation>> {
  const terms = { ...shared, seconds: context.quick ? 1 : 6, warmUpSeconds: context.quick ? 0.5 : 3 };
  const runs = new Map<string, Saturation[]>(sides.map(({ name }) => [name, []]));
  for (let turn = 0; turn < (context.quick ? 1 : 3); turn += 1) {
    for (const each of sides) runs.get(each.name)!.push(await saturate(each, folders, terms));
  }
  const middle = (of: Saturation[]): Saturation =>
    of.sort((a, b) => a.entriesPerSecond - b.entriesPerSecond)[Math.floor(of.length / 2)]!;
  return Object.fromEntries([...runs].map(([name, of]) => [name, middle(of)]));
}

async function saturate(each: Side, folders: () => string, terms: Omit<Terms, 'mode' | 'folder'>): Promise<Saturation> {
  const folder = folders();
  const outcome = await each.run({ mode: 'saturate', folder, ...terms });
  const disk = diskUseOf(folder, outcome.leaves);
  rmSync(folder, { recursive: true });
  return {
    entriesPerSecond: Math.round(outcome.entries / outcome.wallSeconds),
    ...latenciesOf(outcome),
    cpuSecondsPer10k: round((outcome.cpuSeconds * 10_000) / outcome.entries),
    disk,
    pushbacks: outcome.pushbacks,
    peakRssMiB: Math.round(outcome.peakRssBytes / 2 ** 20),
  };
}

async function atFixedRate(each: Side, folders: () => string, terms: Omit<Terms, 'mode' | 'folder'>) {
  const folder = folders();
  const outcome = await each.run({ mode: 'rate', folder, ...terms });
  rmSync(folder, { recursive: true });
  return {
    ...latenciesOf(outcome),
    cpuSecondsPer10k: round((outcome.cpuSeconds * 10_000) / outcome.entries),
    pushbacks: outcome.pushbacks,
  };
}

function latenciesOf(outcome: Outcome): { durable: Latency; receipt: Latency; published: Latency } {
  return {
    durable: latencyOf(outcome.durableMs ?? []),
    receipt: latencyOf(outcome.receiptMs ?? []),
    published: latencyOf(outcome.publishedMs ?? []),
  };
}

/** One entry sent by many at once, several rounds; then entries acknowledged before a kill -9, sent again after it. */
async function duplicatesOf(
  context: BenchContext,
  each: Side,
  folders: () => string,
): Promise<Record<string, unknown>> {
  const rounds = context.quick ? 1 : 5;
  const atOnce = {
    entriesSent: 0,
    duplicateLeaves: 0,
    entriesWithDuplicates: 0,
    answersNamingAnotherIndex: 0,
    pushbacks: 0,
  };
  const afterKill = { entriesSentAgain: 0, duplicateLeaves: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const hot = { ...HOT, ...(context.quick ? { hotEntries: 20 } : {}) };
    const outcome = await each.run({
      mode: 'duplicates',
      folder: folders(),
      entryBytes: 49,
      seed: round,
      warmUpSeconds: 1,
      ...hot,
    });
    atOnce.entriesSent += hot.hotEntries;
    atOnce.duplicateLeaves += outcome.duplicates;
    atOnce.entriesWithDuplicates += outcome.hotWithDuplicates;
    atOnce.answersNamingAnotherIndex += outcome.otherIndexAnswers;
    atOnce.pushbacks += outcome.pushbacks;
    const killed = { folder: folders(), entryBytes: 49, seed: round };
    const acknowledged = await each.killAfter(
      { mode: 'acknowledge', loops: 256, ...killed },
      context.quick ? 500 : 5_000,
    );
    const last = acknowledged.slice(-1_000);
    const again = await each.run({ mode: 'resend', resend: last, ...killed });
    afterKill.entriesSentAgain += last.length;
    afterKill.duplicateLeaves += again.otherIndexAnswers;
  }
  context.say(
    `  ${each.name}: of ${atOnce.entriesSent} entries sent by ${HOT.loops} at once ${atOnce.duplicateLeaves} duplicate leaves ` +
      `(${atOnce.pushbacks} pushbacks); of ${afterKill.entriesSentAgain} sent again after kill -9 ${afterKill.duplicateLeaves}`,
  );
  return { clientsAtOnce: HOT.loops, backgroundLoops: HOT.backgroundLoops, atOnce, afterKill };
}
