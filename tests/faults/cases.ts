/**
 * Which cases a run has. The table has a row for each class of write while the server serves; of a start, where each write is
 * one of a file that is made or of a repair, a row for each file, every fault at the operation where it says most. The long
 * run meets more of what was counted, each occurrence by itself.
 */
import type { FaultKind } from '../harness/fault-plan.ts';
import type { Random } from '../harness/random.ts';
import type { Case } from './case-runner.ts';
import { orderOf, type Phase, type Write } from './write-classes.ts';

export const FAULTS: readonly FaultKind[] = ['fail', 'persisted', 'torn', 'full', 'full-on', 'readonly'];
export const PHASES: readonly Phase[] = ['serving', 'first start', 'restart'];

/** Where a fault says most about a file that is made: a failed sync loses, a torn write leaves half, and so on. */
const TELLING: Readonly<Record<FaultKind, string>> = {
  fail: 'sync',
  persisted: 'rename',
  torn: 'write',
  full: 'write',
  'full-on': 'open',
  readonly: 'rename',
};

/** Written beside a first start, by the publication of the control log: the same code is met while serving. */
const BESIDE_THE_START = new Set(['tile', 'bundle', 'folder of tiles']);

/**
 * What followers keep is written at times of their own, so a fault there meets another moment of the script in each run: no
 * outcome to write down. That a follower which fails changes no answer is tested in packages/server/src/routes/followers.test.ts.
 */
const AT_ITS_OWN_TIME = /\bfollowers\b/;

/** A row of a table and its cases, in the order of FAULTS; undefined where a fault means nothing to it. */
export type Row = { name: string; cases: readonly (Case | undefined)[] };

export function rowsOf(writes: readonly Write[], phase: Phase): Row[] {
  const here = writes.filter((write) => write.phase === phase && !AT_ITS_OWN_TIME.test(write.what));
  const wanted = phase === 'first start' ? here.filter(({ what }) => !BESIDE_THE_START.has(what)) : here;
  const named = (write: Write): string => (phase === 'serving' ? write.name : write.what);
  const ordered = wanted.toSorted((a, b) => orderOf(a) - orderOf(b));
  return [...new Set(ordered.map(named))].map((name) => {
    const ofRow = wanted.filter((write) => named(write) === name);
    return { name, cases: FAULTS.map((fault) => caseOf(ofRow, fault)) };
  });
}

function caseOf(ofRow: readonly Write[], fault: FaultKind): Case | undefined {
  // The shard's log, whose publications a scenario waits for, before the control log's.
  const candidates = ofRow.toSorted((a, b) => Number(isOfControl(a)) - Number(isOfControl(b)));
  const write = candidates.find(({ operation }) => operation === TELLING[fault]) ?? candidates[0];
  return write !== undefined && appliesTo(fault, write) ? { write, fault } : undefined;
}

function isOfControl({ path }: Write): boolean {
  return path.startsWith('log/control/');
}

export function appliesTo(fault: FaultKind, { operation }: Write): boolean {
  const removes = operation === 'unlink' || operation === 'rmdir';
  return !(removes && (fault === 'full' || fault === 'full-on'));
}

/** One case for each kind of thing that is written: damage after a stop in order. */
export function damageCases(writes: readonly Write[]): Case[] {
  const written = writes.filter(
    ({ operation, phase, what }) => operation === 'write' && phase !== 'restart' && !AT_ITS_OWN_TIME.test(what),
  );
  const ordered = written.toSorted(
    (a, b) => orderOf(a) - orderOf(b) || Number(isOfControl(a)) - Number(isOfControl(b)),
  );
  const seen = new Map<string, Write>();
  for (const write of ordered) if (!seen.has(write.what)) seen.set(write.what, write);
  return [...seen.values()].map((write) => ({ write, fault: 'damaged' as const }));
}

/** Some of all occurrences, each with one fault. */
export function drawnCases(writes: readonly Write[], random: Random, count: number): Case[] {
  return Array.from({ length: count }, (): Case => {
    for (;;) {
      const given = { write: random.pick(writes), fault: random.pick(FAULTS) };
      if (appliesTo(given.fault, given.write)) return given;
    }
  });
}
