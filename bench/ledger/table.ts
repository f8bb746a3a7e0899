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

export function latencyTable(found: Readonly<Record<string, AtRate>>): string[] {
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

/** What is measured at saturation and at a fixed rate alike. */
type AtRate = Pick<Saturation, 'durable' | 'receipt' | 'published' | 'cpuSecondsPer10k'>;

interface Figure<Measured> {
  readonly name: string;
  readonly of: (each: Measured) => number;
  readonly isMoreBetter?: true;
}

const AT_RATE: readonly Figure<AtRate>[] = [
  { name: 'durable p50 ms', of: (each) => each.durable.p50Ms },
  { name: 'durable p99 ms', of: (each) => each.durable.p99Ms },
  { name: 'receipt p50 ms', of: (each) => each.receipt.p50Ms },
  { name: 'receipt p99 ms', of: (each) => each.receipt.p99Ms },
  { name: 'published p50 ms', of: (each) => each.published.p50Ms },
  { name: 'published p99 ms', of: (each) => each.published.p99Ms },
  { name: 'CPU seconds a 10,000', of: (each) => each.cpuSecondsPer10k },
];

const AT_SATURATION: readonly Figure<Saturation>[] = [
  { name: 'entries a second', of: (each) => each.entriesPerSecond, isMoreBetter: true },
  ...AT_RATE,
  { name: 'public bytes an entry', of: (each) => each.disk.publicBytes },
  { name: 'private bytes an entry', of: (each) => each.disk.privateBytes },
];

export interface Standing {
  readonly figure: string;
  readonly ours: number;
  readonly theirBest: number;
  /** Whose figures these are. */
  readonly settings: string;
  /** Over 1: we lead by so much. */
  readonly factor: number;
}

export const standingAtSaturation = (found: Readonly<Record<string, Saturation>>): Standing[] =>
  standing(AT_SATURATION, found);
export const standingAtRate = (found: Readonly<Record<string, AtRate>>): Standing[] => standing(AT_RATE, found);

/** For each figure: the best of ours beside the best of theirs, whichever settings gave it. */
function standing<Measured>(
  figures: readonly Figure<Measured>[],
  found: Readonly<Record<string, Measured>>,
): Standing[] {
  const isOurs = ([name]: [string, Measured]): boolean => name.startsWith('fractal');
  const sides = Object.entries(found);
  return figures.map(({ name, of, isMoreBetter }) => {
    const bestOf = (among: [string, Measured][]): [string, Measured] =>
      among.reduce((a, b) => (of(a[1]) < of(b[1]) === (isMoreBetter === true) ? b : a));
    const ours = bestOf(sides.filter(isOurs));
    const theirs = bestOf(sides.filter((each) => !isOurs(each)));
    const ratio = of(theirs[1]) / of(ours[1]);
    const factor = Number((isMoreBetter === true ? 1 / ratio : ratio).toFixed(2));
    const settings = `${ours[0]} and ${theirs[0]}`;
    return { figure: name, ours: of(ours[1]), theirBest: of(theirs[1]), settings, factor };
  });
}

export function standingTable(rows: readonly Standing[]): string[] {
  return rows.map(({ figure, ours, theirBest, settings, factor }) => {
    const word =
      factor === 1 ? 'even' : factor > 1 ? `we lead ${factor}×` : `we lose ${Number((1 / factor).toFixed(2))}×`;
    return `${figure.padEnd(24)} ${word.padEnd(16)} ${ours} against ${theirBest} (${settings})`;
  });
}
