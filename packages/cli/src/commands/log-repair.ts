/** `fractal log repair DIR`: makes again what is damaged in a data directory, from what is intact, copies and receipts. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type RepairedLog, RepairInputError, repairDirectory } from '@fractal/server';
import { DataDirectoryError } from '@fractal/store-embedded';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { useSha256 } from '@fractal/tlog';
import { backupFailure } from '../output/backup-failure.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface RepairCommandOptions {
  readonly from?: readonly string[];
  readonly receipt?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** 0 when all is right now (or would be), 1 when something is left. */
export async function logRepair(directory: string, options: RepairCommandOptions): Promise<ExitCode> {
  useSha256(nodeSha256);
  const dryRun = options.dryRun === true;
  const receipts = (await Promise.all((options.receipt ?? []).map(readReceipts))).flat();
  const copies = (options.from ?? []).map((path) => resolve(path));
  const reports = await repairDirectory({ dataDir: resolve(directory), copies, receipts, dryRun }).catch(failed);
  for (const report of reports) {
    console.log(options.json === true ? JSON.stringify(reportJson(report, dryRun)) : asText(report, dryRun));
  }
  return reports.every(({ left }) => left.length === 0) ? EXIT.ok : EXIT.refused;
}

function failed(error: unknown): never {
  if (error instanceof RepairInputError) throw new CommandError(EXIT.usage, error.message, { cause: error });
  if (error instanceof DataDirectoryError) {
    throw new CommandError(EXIT.usage, `${error.code}: ${error.message}`, { cause: error });
  }
  return backupFailure(error);
}

/** One receipt, or all of a folder (`*.tlog-proof`). */
async function readReceipts(path: string): Promise<{ name: string; text: string }[]> {
  const found = await stat(path).catch((cause: Error) => {
    throw new CommandError(EXIT.usage, `${path} can't be read: ${cause.message}`, { cause });
  });
  const names = found.isDirectory()
    ? (await readdir(path)).filter((name) => name.endsWith('.tlog-proof')).map((name) => join(path, name))
    : [path];
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
}

function reportJson({ log, origin, size, signedSize, repaired, left }: RepairedLog, dryRun: boolean) {
  return { log, origin, dry_run: dryRun, size, signed_size: signedSize, repaired, left };
}

function asText({ log, size, signedSize, repaired, left }: RepairedLog, dryRun: boolean): string {
  const done = dryRun ? 'would be made again' : 'made again';
  const word =
    left.length > 0 ? style('red', 'LEFT') : repaired.length > 0 ? style('green', 'REPAIRED') : style('green', 'OK');
  return [
    `${word}  log ${log}: ${size} entries, ${signedSize} of them under a signed checkpoint; ${repaired.length} ${done}, ${left.length} left`,
    ...repaired.map(({ what, from }) => `  ${what}: ${done} from ${from}`),
    ...left.flatMap(({ what, problem, help }) => [`  ${style('red', what)}: ${problem}`, `    needs ${help}`]),
  ].join('\n');
}
