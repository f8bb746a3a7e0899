/** `--vkey KEY|FILE` or `--policy FILE`: what a command that verifies is told to trust. */
import { readFile } from 'node:fs/promises';
import type { Trust } from '@fractal/sdk';
import { CommandError, EXIT } from '../output/exit.ts';

export interface TrustOptions {
  /** Verifier key of the log, or a file that holds it. */
  readonly vkey?: string;
  /** File of a tlog-policy. */
  readonly policy?: string;
}

export async function trustOf({ vkey, policy }: TrustOptions): Promise<Trust> {
  if ((vkey === undefined) === (policy === undefined)) {
    throw new CommandError(
      EXIT.usage,
      'give either --vkey KEY|FILE (the key of the log) or --policy FILE (keys and quorum)',
    );
  }
  if (policy !== undefined) return { policy: new TextDecoder().decode(await readBytes(policy)) };
  return { key: await readKeyTexts(vkey!) };
}

/** Verifier keys of a log, given as text or as a file that holds them, one a line: where a log changed its key, several. */
export async function readKeyTexts(keyOrFile: string): Promise<string[]> {
  const inFile = await readFile(keyOrFile, 'utf8').catch(() => undefined); // not a file: it is the key itself
  return (inFile ?? keyOrFile).split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

export async function readBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${cause.code ?? cause.message}`, { cause });
  });
}
