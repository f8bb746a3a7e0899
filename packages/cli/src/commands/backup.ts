/** `fractal backup` and `fractal backup verify`: copy a data directory, live or stopped, and check a copy offline. */
import { randomBytes } from 'node:crypto';
import { resolve, sep } from 'node:path';
import { systemClock } from '@fractal/server';
import { type BackupReport, runBackup, type VerifyBackupReport, verifyBackup } from '@fractal/store-embedded';
import { backupFailure } from '../output/backup-failure.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { bytesText } from '../output/printable.ts';
import { progressLines } from '../output/progress.ts';
import { style } from '../output/style.ts';
import { readKey } from './log-fsck.ts';

export interface BackupCommandOptions {
  readonly data: string;
  readonly json?: boolean;
}

export async function backup(target: string, options: BackupCommandOptions): Promise<ExitCode> {
  const [from, to] = [resolve(options.data), resolve(target)];
  if (to === from || to.startsWith(from + sep)) {
    throw new CommandError(EXIT.usage, 'a backup inside the data directory would be lost with it: name another place');
  }
  const say = progressLines();
  const report = await runBackup({
    dataDirectory: from,
    target: to,
    token: randomBytes(16).toString('hex'),
    clock: systemClock,
    onProgress: (progress) =>
      say(
        progress.kind === 'entries'
          ? `log ${progress.log}: ${progress.copied} of ${progress.total} entries copied`
          : `vault: ${progress.copied} new contents copied`,
      ),
  }).catch(backupFailure);
  console.log(options.json === true ? JSON.stringify(reportJson(report)) : asText(target, report));
  return EXIT.ok;
}

function reportJson(report: BackupReport): Record<string, unknown> {
  return {
    created_ms: report.createdMs,
    logs: report.logs.map(({ name, origin, size, added, signedSize }) => ({
      log: name,
      origin,
      size,
      added,
      signed_size: signedSize,
    })),
    contents: report.contents,
    erased: report.erased,
    written_bytes: report.writtenBytes,
    total_bytes: report.totalBytes,
    resumed: report.resumed,
  };
}

function asText(target: string, report: BackupReport): string {
  const logs = report.logs.map(({ name, size, added, signedSize }) => {
    const unsigned = size > signedSize ? `, ${size - signedSize} of them after the last checkpoint` : '';
    return `  log ${name}: ${size} entries, ${added} of them new${unsigned}`;
  });
  return [
    `${style(['bold', 'green'], 'BACKED UP')} to ${target}${report.resumed ? ', going on from a run that was cut short' : ''}`,
    ...logs,
    `  vault: ${report.contents} contents, ${report.erased} records erased`,
    `  ${bytesText(report.writtenBytes)} written, ${bytesText(report.totalBytes)} in all`,
    style(
      'dim',
      '  The keyring is not in it: keep a copy of keys/keyring elsewhere. Without it no content can be read.',
    ),
  ].join('\n');
}

export interface VerifyCommandOptions {
  readonly vkey?: string;
  readonly json?: boolean;
}

/** 0 when every byte is right, 1 when one is not. */
export async function backupVerify(target: string, options: VerifyCommandOptions): Promise<ExitCode> {
  const key = options.vkey === undefined ? undefined : await readKey(options.vkey);
  const say = progressLines();
  const report = await verifyBackup({
    target,
    ...(key === undefined ? {} : { verifierKeys: [key.verifierKey, ...key.olderKeys] }),
    onProgress: ({ log, checked, total }) => say(`log ${log}: ${checked} of ${total} entries checked`),
  }).catch(backupFailure);
  console.log(options.json === true ? JSON.stringify(verifyJson(report)) : verifyText(report));
  return report.ok ? EXIT.ok : EXIT.refused;
}

function verifyJson(report: VerifyBackupReport): Record<string, unknown> {
  if (!report.ok) return { ok: false, file: report.file, problem: report.problem };
  return {
    ok: true,
    created_ms: report.createdMs,
    logs: report.logs.map(({ name, origin, size, root, signedSize, byGivenKey }) => ({
      log: name,
      origin,
      size,
      root,
      signed_size: signedSize,
      by_given_key: byGivenKey,
    })),
    contents: report.contents,
    erased: report.erased,
  };
}

function verifyText(report: VerifyBackupReport): string {
  if (!report.ok) return `${style(['bold', 'red'], 'WRONG')}  ${report.file}: ${report.problem}`;
  const logs = report.logs.map(({ name, origin, size, root, signedSize, byGivenKey }) => {
    const signed = signedSize === size ? 'all' : `${signedSize}`;
    const key = byGivenKey ? 'the key given' : 'a key that came with the backup';
    return `  log ${name} (${origin}): ${size} entries, root ${root}; ${signed} under a checkpoint by ${key}`;
  });
  return [
    `${style(['bold', 'green'], 'HOLDS')}  made ${new Date(report.createdMs).toISOString()}`,
    ...logs,
    `  vault: ${report.contents} contents, ${report.erased} records erased`,
  ].join('\n');
}
