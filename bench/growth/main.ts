/**
 * Bench `growth`: what a record costs when the log holds ten thousand entries, a million and (--long) ten million, against
 * DESIGN section 12: at most 3 times the cost (aim: 1.5), start in 2 s. One log that grows; each step in a fresh process,
 * with the operating system's cache as the filling left it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext, BenchResult } from '../harness/results.ts';
import { round } from '../harness/statistics.ts';
import { type DiskUse, diskUseOf } from '../ledger/disk-use.ts';
import type { Measured, Step } from './grow.ts';
import { hashCosts } from './hash.ts';

/** About a verdict's body without reasons. */
const ENTRY_BYTES = 600;
const SIZES = { quick: [2_000, 6_000], usual: [10_000, 1_000_000], long: [10_000, 1_000_000, 10_000_000] };

interface Row extends Measured {
  readonly fillSeconds: number;
  readonly disk: DiskUse;
  /** To those of the first row. */
  readonly ratios: {
    readonly cpu: number;
    readonly durableP50: number;
    readonly durableP99: number;
    readonly lookupP99: number;
  };
}

export async function run(context: BenchContext): Promise<BenchResult> {
  const sizes = context.quick ? SIZES.quick : context.long ? SIZES.long : SIZES.usual;
  const scratch = mkdtempSync(join(tmpdir(), 'fractal-bench-growth-'));
  const folder = join(scratch, 'data');
  const step = <T>(given: Omit<Step, 'folder' | 'entryBytes'>) =>
    runStep<T>(context.root, { ...given, folder, entryBytes: ENTRY_BYTES });
  try {
    const rows: Row[] = [];
    for (const size of sizes) {
      const { seconds } = await step<{ seconds: number }>({ mode: 'fill', size });
      context.say(`filled to ${size} in ${seconds} s`);
      // Not for long while it is small: what is measured is a log of about that size.
      const measured = await step<Measured>({ mode: 'measure', seconds: context.quick ? 1 : size <= 10_000 ? 2 : 10 });
      const row = { ...measured, fillSeconds: seconds, disk: diskUseOf(folder, measured.sizeAfter) };
      rows.push({ ...row, ratios: ratiosOf(row, rows[0] ?? row) });
      context.say(asLine(rows.at(-1)!));
    }
    const hash = hashCosts();
    for (const { bytes, pureUs, nodeUs } of hash)
      context.say(`SHA-256 of ${bytes} bytes: pure ${pureUs} µs, node ${nodeUs} µs`);
    return {
      terms: {
        load: '256 client loops in the process of the log, unique entries of 600 bytes, no HTTP',
        durable: 'LMDB commit synced, checkpoint recorded with its guard (synced) and signed',
        open: 'fresh process; the directory opened, the edge of the tree rebuilt, public files compared; modules were loaded before',
        cache: "the operating system's cache is warm from the filling",
        aims: { costRatio: 1.5, openMs: 2_000 },
        floors: { costRatio: 3, openMs: 10_000 },
      },
      counterpart: 'the same log at its first size',
      rows,
      hash,
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function runStep<T>(root: string, step: Step): Promise<T> {
  const child = spawn(process.execPath, [join(root, 'bench/growth/grow.ts'), JSON.stringify(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as T);
      else reject(new Error(`a step (${step.mode}) ended with ${code}`));
    });
  });
}

function ratiosOf(row: Omit<Row, 'ratios'>, first: Omit<Row, 'ratios'>): Row['ratios'] {
  return {
    cpu: round(row.cpuSecondsPer10k / first.cpuSecondsPer10k, 2),
    durableP50: round(row.durable.p50Ms / first.durable.p50Ms, 2),
    durableP99: round(row.durable.p99Ms / first.durable.p99Ms, 2),
    lookupP99: round(row.lookup.p99Ms / first.lookup.p99Ms, 2),
  };
}

function asLine(row: Row): string {
  return [
    `  at ${row.size} to ${row.sizeAfter}: ${row.entriesPerSecond}/s, CPU ${row.cpuSecondsPer10k} s a 10,000 (${row.ratios.cpu}×)`,
    `durable ${row.durable.p50Ms} / ${row.durable.p99Ms} ms (${row.ratios.durableP50}× / ${row.ratios.durableP99}×)`,
    `published ${row.published.p50Ms} / ${row.published.p99Ms} ms`,
    `look-up ${row.lookup.p50Ms} / ${row.lookup.p99Ms} ms, receipt ${row.receipt.p50Ms} / ${row.receipt.p99Ms} ms`,
    `open ${row.openMs} ms, RSS ${row.rssMiB} MiB, ${row.ownMiB} of them its own, heap ${row.heapMiB} MiB`,
    `disk ${row.disk.publicBytes} + ${row.disk.privateBytes} bytes an entry`,
  ].join('\n    ');
}
