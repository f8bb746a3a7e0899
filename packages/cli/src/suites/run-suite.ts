/** Runs one suite in a process of its own and counts what passed, failed and was skipped. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Suite } from './suites.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

/** `output` takes what the suite prints. */
export async function runSuite(
  suite: Suite,
  root: string,
  environment: NodeJS.ProcessEnv,
  output: 'inherit' | NodeJS.WriteStream,
): Promise<Counts> {
  if (suite.kind === 'command') {
    const [program = '', ...rest] = suite.command;
    const code = await run(join(root, program), rest, { cwd: root, env: environment, output });
    return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  }
  const folder = await mkdtemp(join(tmpdir(), 'fractal-test-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', ...reporters, ...suite.paths];
    const code = await run(process.execPath, args, { cwd: root, env: environment, output });
    return await readCounts(file, code);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A run that failed without a failed test (a file that did not load, no test found) counts as one failure. */
async function readCounts(file: string, exitCode: number): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch(() => undefined); // the runner died before it wrote a report
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = vitestReport.parse(JSON.parse(text));
  const failedWithoutTest =
    (exitCode !== 0 || !report.success || report.numPassedTests === 0) && report.numFailedTests === 0;
  const skipped = report.numPendingTests + report.numTodoTests;
  const allSkipped = exitCode === 0 && skipped > 0 && report.numPassedTests === 0;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + (failedWithoutTest && !allSkipped ? 1 : 0),
    skipped,
  };
}

interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: 'inherit' | NodeJS.WriteStream;
}

function run(program: string, args: readonly string[], { cwd, env, output }: RunOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
