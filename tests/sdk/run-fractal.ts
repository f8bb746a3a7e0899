/** Runs the command line while this process goes on: a proxy of the test may have to answer it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodePath, projectRoot } from '../harness/project.ts';

const main = join(projectRoot, 'packages', 'cli', 'src', 'main.ts');

export function runFractalAsync(...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(nodePath, [main, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
}
