/** `fractal log fsck DIR`: recomputes a log from bytes and names the first wrong one. */
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FsckReport, fsck } from '@fractal/ledger';
import { openDataDirectoryReadOnly, readOnlyPublicFolder, repairRows } from '@fractal/store-embedded';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { parseVerifierKey, useSha256, type VerifierKey } from '@fractal/tlog';
import { readKeyTexts } from '../input/trust.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface FsckOptions {
  /** Verifier key, or a file that holds it. */
  readonly vkey?: string;
  readonly json?: boolean;
}

interface Target {
  readonly name: string;
  readonly check: (onProgress?: (checked: number, total: number) => void) => Promise<FsckReport>;
}

/** Checks each log of a data directory with its rows, or one public log folder without; 0 when all is right, 1 when not. */
export async function logFsck(directory: string, options: FsckOptions): Promise<ExitCode> {
  useSha256(nodeSha256);
  const isDataDirectory = await exists(join(directory, 'format.json'));
  if (!isDataDirectory && !(await exists(join(directory, 'checkpoint')))) {
    throw new CommandError(
      EXIT.usage,
      `${directory} is neither a data directory (format.json) nor a log folder (checkpoint)`,
    );
  }
  const opened = isDataDirectory ? await dataDirectoryTargets(directory) : await logFolderTargets(directory, options);
  let code: ExitCode = EXIT.ok;
  try {
    for (const target of opened.targets) {
      const report = await target.check(options.json === true ? undefined : progressLine(target.name));
      console.log(
        options.json === true ? JSON.stringify({ log: target.name, ...report }) : asText(target.name, report),
      );
      if (!report.ok) code = EXIT.refused;
    }
  } finally {
    await opened.close();
  }
  return code;
}

function asText(name: string, report: FsckReport): string {
  if (!report.ok) return `${style('red', 'WRONG')}  log ${name}: ${report.path}: ${report.problem}`;
  const rows = report.rows === undefined ? 'public files only' : `${report.rows} rows agree`;
  return `${style('green', 'OK')}  log ${name}: ${report.size} entries, root ${report.root}, ${rows}`;
}

function progressLine(name: string): (checked: number, total: number) => void {
  let lastMs = Date.now();
  return (checked, total) => {
    if (Date.now() - lastMs < 1_000) return;
    lastMs = Date.now();
    console.error(`log ${name}: ${checked} of ${total} entries checked`);
  };
}

async function dataDirectoryTargets(directory: string): Promise<{ targets: Target[]; close: () => Promise<void> }> {
  const opened = await openDataDirectoryReadOnly(directory);
  const targets = await Promise.all(
    (await generationsIn(directory)).map(async (name): Promise<Target> => {
      const keys = join(directory, 'keys');
      const all = join(keys, `${name}.vkeys`);
      const key = await readKey((await exists(all)) ? all : join(keys, `${name}.vkey`));
      const { store, files } = opened.openLog(name);
      const isClosed = await exists(join(directory, 'keys', `${name}.closed.json`));
      const log = { ...key, files, store, rows: repairRows({ ...opened, log: name }), isClosed };
      return { name, check: (onProgress) => fsck({ ...log, ...(onProgress ? { onProgress } : {}) }) };
    }),
  );
  return { targets, close: () => opened.close() };
}

/** Names of all generations of all logs, the oldest first; the first of each is always named, so that a lost key is told. */
async function generationsIn(directory: string): Promise<string[]> {
  const files = await readdir(join(directory, 'keys')).catch(() => []); // no keys: the first read of one says so
  return ['0', 'control'].flatMap((log) => {
    const later = files.flatMap((file) => {
      const [, name, number] = /^((?:0|control)-([2-9]|[1-9]\d+))\.vkey$/.exec(file) ?? [];
      return name?.startsWith(`${log}-`) ? [Number(number)] : [];
    });
    return [log, ...later.sort((a, b) => a - b).map((number) => `${log}-${number}`)];
  });
}

async function logFolderTargets(
  directory: string,
  options: FsckOptions,
): Promise<{ targets: Target[]; close: () => Promise<void> }> {
  if (options.vkey === undefined)
    throw new CommandError(EXIT.usage, 'a public log folder needs --vkey KEY|FILE, the key of the log');
  const key = await readKey(options.vkey);
  const files = readOnlyPublicFolder(directory);
  const check: Target['check'] = (onProgress) => fsck({ ...key, files, ...(onProgress ? { onProgress } : {}) });
  return { targets: [{ name: key.origin, check }], close: async () => {} };
}

/** Verifier keys of one log, given as text or as a file that holds them, one a line; the first is the one of now. */
export async function readKey(keyOrFile: string): Promise<{
  readonly origin: string;
  readonly verifierKey: VerifierKey;
  /** Those it signed by before. */
  readonly olderKeys: readonly VerifierKey[];
}> {
  const keys = (await readKeyTexts(keyOrFile)).map((text) => {
    const parsed = parseVerifierKey(text);
    if (parsed.ok) return parsed.value;
    throw new CommandError(EXIT.usage, `${keyOrFile} is no verifier key (name+hash+key): ${parsed.code}`);
  });
  const [verifierKey, ...olderKeys] = keys;
  if (verifierKey === undefined || olderKeys.some(({ name }) => name !== verifierKey.name))
    throw new CommandError(EXIT.usage, `${keyOrFile} holds no verifier key, or keys of several logs`);
  return { origin: verifierKey.name, verifierKey, olderKeys };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
