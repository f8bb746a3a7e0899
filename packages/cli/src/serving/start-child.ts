/** A server of its own in a child process, through the same `up --json` that scripts use. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError, EXIT } from '../output/exit.ts';
import type { Ready } from './ready.ts';

export interface Child {
  readonly ready: Ready;
  /** SIGTERM, and waits until the process is gone. */
  stop(): Promise<void>;
}

export async function startChild(root: string, dataFolder: string): Promise<Child> {
  const main = join(root, 'packages/cli/src/main.ts');
  const child = spawn(
    process.execPath,
    [main, 'up', '--data', dataFolder, '--port', '0', '--json', '--log-level', 'error'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  const line = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const first = await Promise.race([line, ended]);
  if (typeof first === 'number')
    throw new CommandError(EXIT.failed, `the server ended with ${first} before it was ready`);
  return {
    ready: JSON.parse(first) as Ready,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
