/** What a case came to: the promises that were broken (none may be), and the words of its cell in the table. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leafEntry, parseReceipt, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import { readPublishedLog, rootsAt } from '../harness/published-log.ts';
import type { CaseResult } from './case-runner.ts';
import type { Heard, Report, Told } from './protocol.ts';

type Answered = Report & { say: 'answered' };

const answered = (reports: readonly Report[]): Answered[] =>
  reports.filter((report): report is Answered => report.say === 'answered');
const startError = (reports: readonly Report[]): string | undefined =>
  reports.find((report) => report.say === 'started')?.error;

/* ---- promises ---- */

/** Each a sentence; empty where all held. */
export function brokenPromises(result: CaseResult): string[] {
  const broken: string[] = [];
  const { case: given, fired, ended, recoveryEnded, recovered } = result;
  if (!fired) broken.push('the write was not reached');
  if (ended !== undefined && given.fault !== 'torn' && !endsWithLmdb(result)) {
    broken.push(`the process ended by itself (${ended})`);
  }
  broken.push(...answered(result.reports).flatMap(refusalsOutOfOrder));
  if (given.fault === 'damaged') return [...broken, ...servedAsTruth(result)];
  if (recoveryEnded !== undefined) return [...broken, `the restarted server ended by itself (${recoveryEnded})`];
  const error = startError(recovered);
  if (error !== undefined) return [...broken, `what is left does not start: ${error}`];
  return [...broken, ...stepsNotDone(result), ...lostOrChanged(result), ...wrongInLog(result), ...fsckWords(recovered)];
}

/** lmdb-js does not survive that LMDB cannot make its file: a first start ends there. What was promised by then must hold. */
function endsWithLmdb({ case: { write } }: CaseResult): boolean {
  return write.phase === 'first start' && write.what.endsWith('meta page');
}

/** A refusal is a 503 that may be repeated; a connection breaks only where the process does. */
function refusalsOutOfOrder({ step, first, last }: Answered): string[] {
  const fine = (heard: Heard): boolean => heard.status === 200 || heard.status === -1 || heard.status === 503;
  return [first, last]
    .filter((heard) => !fine(heard))
    .map((heard) => `${step} was answered ${heard.status} ${heard.code}`);
}

function stepsNotDone({ recovered, steps }: CaseResult): string[] {
  const done = new Set(
    answered(recovered)
      .filter(({ last }) => last.status === 200)
      .map(({ step }) => step),
  );
  return steps.filter((step) => !done.has(step)).map((step) => `after the restart ${step} is not done`);
}

/** What was told before must be what is told now: same index, same verdict, the content where it was kept. */
function lostOrChanged({ reports, recovered, steps }: CaseResult): string[] {
  const now = new Map(answered(recovered).map(({ step, told }) => [step, told]));
  const broken: string[] = [];
  for (const { step, told } of answered(reports)) {
    if (told?.index === undefined) continue;
    const after = now.get(step);
    if (after?.index !== told.index) broken.push(`${step} was told index ${told.index}, now ${after?.index}`);
    if (after?.verdict !== told.verdict) broken.push(`${step} was told another verdict`);
  }
  const kept = now.get('check-b');
  if (steps.includes('check-b') && typeof kept?.salt !== 'string') broken.push('the content of record b is gone');
  return broken;
}

/** One leaf for each request, each receipt's leaf at its index, all checkpoints ever seen consistent. */
function wrongInLog(result: CaseResult): string[] {
  const { dataDirectory, steps } = result;
  const published = readPublishedLog(join(dataDirectory, 'log', '0'));
  const probed = result.reports.find((report) => report.say === 'probed');
  const broken: string[] = [];
  const expected = steps.reduce((sum, step) => sum + (step === 'rotate' ? 0 : step === 'fill' ? 260 : 1), 0);
  const most = expected + (probed === undefined ? 0 : 1);
  if (published.size < expected || published.size > most) {
    broken.push(`${published.size} leaves for ${expected} requests`);
  }
  const leaves = new Set(published.entries.map((entry) => entry.toString('hex')));
  if (leaves.size !== published.size) broken.push('a leaf is there twice');
  const seen = new Map<number, string>();
  const see = (size: number, root: string): void => {
    if ((seen.get(size) ?? root) !== root) broken.push(`two roots were signed for size ${size}`);
    seen.set(size, root);
  };
  for (const report of [...result.reports, ...result.recovered]) {
    if (report.say === 'published') see(report.size, report.root);
    if (report.say !== 'answered' || report.told === undefined) continue;
    for (const receipt of report.told.receipts) {
      const place = checkReceipt(receipt, report.told, published.entries, dataDirectory);
      if (typeof place === 'string') broken.push(`${report.step}: ${place}`);
      else see(place.size, place.root);
    }
  }
  const roots = rootsAt(published.entries, seen.keys());
  for (const [size, root] of seen) {
    if (roots.get(size) !== root) broken.push(`the checkpoint of size ${size} is not consistent with the log`);
  }
  return broken;
}

function checkReceipt(
  receipt: string,
  { index }: Told,
  entries: readonly Uint8Array[],
  dataDirectory: string,
): string | { size: number; root: string } {
  const key = parseVerifierKey(readFileSync(join(dataDirectory, 'keys', '0.vkey'), 'utf8').trim());
  if (!key.ok) return key.code;
  const verified = verifyReceipt({ receipt, verifierKey: key.value });
  if (!verified.ok) return `a receipt does not verify: ${verified.code}`;
  const parsed = parseReceipt(receipt);
  const leaf = parsed.ok ? leafEntry(parsed.value) : new Uint8Array();
  const entry = entries[index ?? -1];
  if (entry === undefined || !Buffer.from(leaf).equals(entry))
    return 'its receipt is for a leaf that is not at its index';
  const [, size, root = ''] = receipt.slice(receipt.indexOf('\n\n') + 2).split('\n');
  return { size: Number(size), root };
}

function fsckWords(reports: readonly Report[]): string[] {
  const checked = reports.filter((report) => report.say === 'checked');
  if (checked.length < 2) return ['fsck did not check both logs'];
  return checked.filter(({ ok }) => !ok).map(({ log, path, problem }) => `fsck of ${log}: ${path}: ${problem}`);
}

/** Damage may be refused, in any way that says so; what is served all the same must be what it was. */
function servedAsTruth({ reports, recovered }: CaseResult): string[] {
  const was = new Map(answered(reports).map(({ step, told }) => [step, told]));
  return answered(recovered).flatMap(({ step, told }) => {
    const before = was.get(step);
    const same = told?.verdict === undefined || before === undefined || told.verdict === before.verdict;
    return same ? [] : [`${step} is served with another verdict than it had`];
  });
}

/* ---- words ---- */

export type Cell = { heard: string; restart: string; fsck: string };

export function cellOf(result: CaseResult): Cell {
  if (result.case.fault === 'damaged') return damagedCell(result);
  return { heard: heardWords(result), restart: restartWords(result), fsck: fsckCell(result.recovered) };
}

function heardWords({ reports, case: given, ended }: CaseResult): string {
  const error = startError(reports);
  if (error !== undefined) return `no start (${error})`;
  if (given.fault === 'torn') return 'killed';
  if (ended !== undefined) return `ends (${ended})`;
  const probed = reports.find((report) => report.say === 'probed');
  const refused = answered(reports).filter(({ first }) => first.status !== 200 && first.status !== -1);
  if (probed !== undefined && probed.heard.status !== 200) return `${refusal(probed.heard)} while full, then 200`;
  if (refused.length === 0) return 'not heard';
  const healed = refused.every(({ last }) => last.status === 200);
  return `${refusal(refused[0]!.first)}, ${healed ? 'again: 200' : 'until restart'}`;
}

/** The code of nearly all refusals is left out: the page says so once. */
const refusal = ({ status, code }: Heard): string =>
  status === 503 && code === 'store_unavailable' ? '503' : `${status} ${code}`;

/** What the restart found of requests that were never acknowledged. */
function restartWords({ reports, recovered, steps }: CaseResult): string {
  const error = startError(recovered);
  if (error !== undefined) return `no start (${error})`;
  const acknowledged = new Set(
    answered(reports)
      .filter(({ told }) => told !== undefined)
      .map(({ step }) => step),
  );
  const kept = answered(recovered).filter(
    ({ step, replayed }) => replayed && !acknowledged.has(step) && steps.includes(step),
  );
  return kept.length > 0 ? 'kept, unacknowledged' : 'all';
}

function fsckCell(reports: readonly Report[]): string {
  const checked = reports.filter((report) => report.say === 'checked');
  const wrong = checked.find(({ ok }) => !ok);
  if (wrong === undefined) return checked.length === 0 ? 'cannot run' : 'ok';
  return wrong.path === undefined ? `cannot run (${wrong.problem})` : `names ${wrong.path}`;
}

function damagedCell({ recovered, recoveryEnded }: CaseResult): Cell {
  const error = startError(recovered);
  const refused = answered(recovered).find(({ last }) => last.status !== 200);
  const restart =
    recoveryEnded !== undefined ? `ends (${recoveryEnded})` : error !== undefined ? `no start (${error})` : 'starts';
  const heard =
    error !== undefined || recoveryEnded !== undefined
      ? '—'
      : refused === undefined
        ? 'nothing'
        : refusal(refused.last);
  return { heard, restart, fsck: fsckCell(recovered) };
}
