/** What one seed does to the system: drawn once, so that a failure can be told from its plan. */
import type { Random } from '../kernel/random.ts';

export interface Plan {
  /** Entries in the log before anybody looks: near the edges of tiles, or none. */
  readonly startSize: number;
  /** Nothing can be published while the log is filled: the next start finds all of it unpublished. */
  readonly unpublishedStart: boolean;
  readonly clients: number;
  readonly requestsEach: number;
  readonly groupEntriesMax: number;
  readonly waitingEntriesMax: number;
  readonly publishIntervalMs: number;
  readonly guarded: boolean;
  readonly followed: boolean;
  /** Chance of each at a client's step. */
  readonly forged: number;
  readonly repeated: number;
  readonly equivocating: number;
  readonly withContent: number;
  readonly looking: number;
  /** Faults, and how often the fates come by, in milliseconds. */
  readonly fateMs: number;
  readonly fates: readonly Fate[];
  readonly writeError: number;
  readonly readError: number;
  readonly commitError: number;
  readonly guardError: number;
  readonly loss: number;
  readonly doubled: number;
  readonly delayUsMax: number;
  readonly judgeFaults: number;
}

export type Fate =
  | 'kill'
  | 'kill at a step'
  | 'power cut'
  | 'take over'
  | 'pause and take over'
  | 'disk full'
  | 'writes fail'
  | 'files fail'
  | 'read only'
  | 'clock jump'
  | 'partition'
  | 'flip a row'
  | 'flip a file'
  | 'guard away'
  | 'restore';

const COMMON: readonly Fate[] = [
  'kill',
  'kill at a step',
  'kill at a step',
  'power cut',
  'power cut',
  'take over',
  'pause and take over',
];
const DISK: readonly Fate[] = ['disk full', 'writes fail', 'files fail', 'read only'];

/** Mostly none; now and then near the edge of a tile, so that it is crossed. */
const START_SIZES = [0, 0, 0, 0, 0, 0, 0, 0, 1, 30, 245, 255, 256, 505];

export function drawPlan(random: Random): Plan {
  const calm = random.chance(0.1);
  const some = (probability: number, most: number): number =>
    !calm && random.chance(probability) ? (random.below(1_000) / 1_000) * most : 0;
  const guarded = random.chance(0.5);
  const fates: Fate[] = [];
  if (!calm) {
    fates.push(...COMMON.filter(() => random.chance(0.7)));
    fates.push(...DISK.filter(() => random.chance(0.25)));
    if (random.chance(0.2)) fates.push('clock jump');
    if (random.chance(0.3)) fates.push('partition');
    if (random.chance(0.15)) fates.push(random.pick(['flip a row', 'flip a file'] as const));
    if (guarded && random.chance(0.3)) fates.push('guard away');
    if (guarded && random.chance(0.4)) fates.push('restore');
  }
  const startSize = random.pick(START_SIZES);
  return {
    startSize,
    unpublishedStart: !calm && random.chance(0.2),
    clients: random.between(1, 4),
    requestsEach: random.between(3, 14),
    groupEntriesMax: random.pick([1, 2, 5, 50, 2_000]),
    // Nobody fills a log through a queue of two.
    waitingEntriesMax: startSize > 10 ? 20_000 : random.pick([2, 20_000, 20_000]),
    publishIntervalMs: random.pick([1, 5, 20, 100]),
    guarded,
    followed: random.chance(0.5),
    forged: 0.08,
    repeated: 0.2,
    equivocating: 0.08,
    withContent: 0.25,
    looking: 0.1,
    fateMs: random.pick([20, 50, 120, 300]),
    fates,
    writeError: some(0.3, 0.05),
    readError: some(0.2, 0.03),
    commitError: some(0.4, 0.25),
    guardError: guarded ? some(0.3, 0.1) : 0,
    loss: some(0.4, 0.15),
    doubled: some(0.4, 0.2),
    delayUsMax: random.pick([500, 3_000, 20_000]),
    judgeFaults: some(0.2, 0.1),
  };
}
