/** The figures of `bench ledger` as lines for people. */
import type { Latency } from '../harness/statistics.ts';
import type { Saturation } from './main.ts';

const COLUMN = 22;

function lines(head: readonly string[], rows: readonly (readonly [string, ...string[]])[]): string[] {
  const line = ([name, ...cells]: readonly string[]): string =>
    `${name!.padEnd(30)}${cells.map((cell) => cell.padStart(COLUMN)).join('')}`;
  return [line(['', ...head]), ...rows.map(line)];
}

/** p50 / p99 in ms. */
const both = ({ p50Ms, p99Ms }: Latency): string => `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}`;

export function saturationTable(found: Readonly<Record<string, Saturation>>): string[] {
  return lines(
    [
      'entries/s',
      'durable p50/p99 ms',
      'receipt p50/p99 ms',
      'published p50/p99',
      'CPU s a 10,000',
      'disk B: public+private',
    ],
    Object.entries(found).map(([name, each]) => [
      name,
      String(each.entriesPerSecond),
      both(each.durable),
      both(each.receipt),
      both(each.published),
      each.cpuSecondsPer10k.toFixed(2),
      `${each.disk.publicBytes}+${each.disk.privateBytes}`,
    ]),
  );
}

export function latencyTable(
  found: Readonly<Record<string, { durable: Latency; receipt: Latency; published: Latency; cpuSecondsPer10k: number }>>,
): string[] {
  return lines(
    ['durable p50/p99 ms', 'receipt p50/p99 ms', 'published p50/p99', 'CPU s a 10,000'],
    Object.entries(found).map(([name, each]) => [
      name,
      both(each.durable),
      both(each.receipt),
      both(each.published),
      each.cpuSecondsPer10k.toFixed(2),
    ]),
  );
}
