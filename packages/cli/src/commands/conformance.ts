/** `fractal conformance LANGUAGE`: hands standard input and output to the runner of that SDK. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';

/** Language → program and arguments, from the project's root. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  typescript: [process.execPath, 'sdks/typescript/src/conformance/main.ts'],
};

export async function conformance(root: string, language: string): Promise<ExitCode> {
  const [program, ...args] = RUNNERS[language] ?? [];
  if (program === undefined) {
    throw new CommandError(
      EXIT.usage,
      `there is no runner for ${language}; there is one for ${Object.keys(RUNNERS).join(', ')}`,
    );
  }
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(
      program,
      args.map((arg) => join(root, arg)),
      { stdio: 'inherit' },
    );
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  return code === 0 ? EXIT.ok : EXIT.failed;
}
