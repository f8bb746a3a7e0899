/** Runs one suite in a process of its own and counts what passed, failed and was skipped. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { Suite } from './suites.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteResult extends Counts {
  /** One line each: file, test and the first line of why. */
  readonly failures: readonly string[];
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** `output` takes what the suite prints. */
export async function runSuite(
  suite: Suite,
  root: string,
  environment: NodeJS.ProcessEnv,
  output: 'inherit' | NodeJS.WriteStream,
): Promise<SuiteResult> {
  if (suite.kind === 'command') {
    const [program = '', ...rest] = suite.command;
    const code = await run(join(root, program), rest, { cwd: root, env: environment, output });
    if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
    return { passed: 0, failed: 1, skipped: 0, failures: [`${suite.command.join(' ')} exited with ${code}`] };
  }
  const folder = await mkdtemp(join(tmpdir(), 'fractal-test-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', ...reporters, ...suite.paths];
    const code = await run(process.execPath, args, { cwd: root, env: environment, output });
    return await readResult(file, code, root);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A run that failed without a failed test (a file that did not load, no test found) counts as one failure. */
async function readResult(file: string, exitCode: number, root: string): Promise<SuiteResult> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: [`the runner exited with ${exitCode} before it wrote a report`],
    };
  }
  const report = vitestReport.parse(JSON.parse(text));
  const failedWithoutTest =
    (exitCode !== 0 || !report.success || report.numPassedTests === 0) && report.numFailedTests === 0;
  const skipped = report.numPendingTests + report.numTodoTests;
  const allSkipped = exitCode === 0 && skipped > 0 && report.numPassedTests === 0;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + (failedWithoutTest && !allSkipped ? 1 : 0),
    skipped,
    failures: report.testResults.flatMap((of) => failuresOf(of, root)),
  };
}

function failuresOf(file: z.infer<typeof vitestReport>['testResults'][number], root: string): string[] {
  const path = relative(root, file.name);
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return file.status === 'failed' ? [`${path}: ${firstLine(file.message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${path}: ${fullName}: ${firstLine(failureMessages?.[0])}`);
}

function firstLine(message: string | undefined): string {
  return message?.split('\n')[0] || 'no message';
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
