/** Secrets come from files, never from the command line, where every process of the machine could read them. */
import { readFile } from 'node:fs/promises';
import { CommandError, EXIT } from '../output/exit.ts';

export function readApiKey(file: string): Promise<string> {
  return readSecret(file, 'API key', '--api-key-file');
}

export function readAdminToken(file: string): Promise<string> {
  return readSecret(file, 'admin token', '--admin-token-file');
}

async function readSecret(file: string, what: string, option: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CommandError(
      EXIT.usage,
      `cannot read the ${what} in ${file} (${cause.code ?? cause.message}): name its file with ${option}`,
      { cause },
    );
  });
  return text.trim();
}
