/** `fractal guard copy`: from one checkpoint guard to another, before the server is started with that one. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type CopiedEntry, copyGuard, GuardPlaceError } from '@fractal/server';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface GuardCopyOptions {
  readonly data: string;
  readonly from?: string;
  readonly to: string;
  readonly json?: boolean;
}

const ABOUT: Readonly<Record<CopiedEntry['outcome'], string>> = {
  copied: 'copied',
  kept: 'there already',
  nothing: 'the old guard holds nothing',
  differs: 'NOT COPIED: the new guard holds something else',
};

/** 0 when the new guard holds all that the old one did, 1 when it holds something else of one of the logs. */
export async function guardCopy(options: GuardCopyOptions): Promise<ExitCode> {
  const { data, from = `${data}.guard`, to } = options;
  await access(join(data, 'format.json')).catch((cause: unknown) => {
    throw new CommandError(EXIT.usage, `${data} is no data directory (format.json)`, { cause });
  });
  const copied = await copyGuard({ dataDir: data, from, to }).catch((error: unknown) => {
    if (error instanceof GuardPlaceError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  });
  if (options.json === true) console.log(JSON.stringify({ entries: copied }));
  else for (const { origin, outcome } of copied) console.log(`${origin}: ${ABOUT[outcome]}`);
  if (copied.some(({ outcome }) => outcome === 'differs')) return EXIT.refused;
  if (options.json !== true) console.log(style('dim', `start the server with --checkpoint-guard ${to}`));
  return EXIT.ok;
}
