/** `fractal restore`: a data directory from a backup, checked while it is written. */
import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { restoreDirectory } from '@fractal/server';
import type { RestoreReport } from '@fractal/store-embedded';
import { backupFailure } from '../output/backup-failure.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { progressLines } from '../output/progress.ts';
import { style } from '../output/style.ts';

export interface RestoreCommandOptions {
  readonly data: string;
  readonly keyring?: string;
  readonly json?: boolean;
}

export async function restore(target: string, options: RestoreCommandOptions): Promise<ExitCode> {
  const { keyring } = options;
  if (keyring !== undefined && !existsSync(keyring))
    throw new CommandError(EXIT.usage, `there is no ${keyring}: name a copy of keys/keyring, or leave --keyring out`);
  const [from, to] = [resolve(target), resolve(options.data)];
  if (to === from || to.startsWith(from + sep))
    throw new CommandError(EXIT.usage, 'a data directory inside the backup would spoil it: name another place');
  const say = progressLines();
  const report = await restoreDirectory({
    target: from,
    dataDir: to,
    ...(keyring === undefined ? {} : { keyringFile: resolve(keyring) }),
    onProgress: (progress) =>
      say(
        progress.kind === 'entries'
          ? `log ${progress.log}: ${progress.restored} of ${progress.total} entries restored`
          : `vault: ${progress.restored} contents restored`,
      ),
  }).catch(backupFailure);
  console.log(options.json === true ? JSON.stringify(reportJson(report)) : asText(options.data, report));
  return EXIT.ok;
}

function reportJson(report: RestoreReport): Record<string, unknown> {
  return {
    created_ms: report.createdMs,
    logs: report.logs.map(({ name, origin, size, signedSize }) => ({
      log: name,
      origin,
      size,
      signed_size: signedSize,
    })),
    contents: report.contents,
    erased: report.erased,
    unreadable: report.unreadable,
    missing: report.missing,
    keyring: report.keyring,
  };
}

function asText(data: string, report: RestoreReport): string {
  const lines = [
    `${style(['bold', 'green'], 'RESTORED')} to ${data}, as it was at ${new Date(report.createdMs).toISOString()}`,
    ...report.logs.map(({ name, origin, size }) => `  log ${name} (${origin}): ${size} entries`),
    `  vault: ${report.contents} contents, ${report.erased} records erased`,
    '',
    '  These logs are not signed again: fractal up serves them and opens new ones, with new keys and origins.',
    '  What was acknowledged after the backup was made is not here; whoever holds a receipt of it holds the proof.',
    '  API keys and admin tokens still count; their files do not come back, so new ones are made.',
  ];
  if (report.unreadable > 0)
    lines.push(
      `  ${report.unreadable} contents cannot be read any more: the tenant's key was rotated after the backup. They are now as if erased.`,
    );
  if (report.missing > 0) lines.push(`  ${report.missing} verdicts speak of content that the backup does not hold.`);
  if (report.keyring === 'not_given')
    lines.push(
      style('yellow', '  No keyring was given. Put it at keys/keyring in the directory before fractal up.'),
      '  Without it no server starts here: nothing could be signed, and no content read. The public files of each log,',
      '  receipts that others hold, and fractal log fsck need none.',
    );
  return lines.join('\n');
}
