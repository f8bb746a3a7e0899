/**
 * Whether the tests notice a change: stages from cheap to dear, the first that fails has caught it. A stage that does not end
 * within `timeoutMs` has caught it too: the tests it hangs do end on the program as it is.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Stage {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

const vitest = (...paths: string[]): string[] => ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', ...paths];

export const STAGES: readonly Stage[] = [
  { name: 'unit', args: vitest('packages/ledger/', 'packages/store-embedded/'), timeoutMs: 180_000 },
  { name: 'simulation', args: vitest('tests/sim/'), timeoutMs: 300_000 },
  { name: 'server', args: vitest('packages/server/'), timeoutMs: 300_000 },
  { name: 'faults', args: vitest('tests/faults/'), timeoutMs: 300_000 },
  { name: 'crash', args: vitest('tests/crash/'), timeoutMs: 600_000 },
];

/** The stage that failed, undefined where all passed. */
export async function caughtBy(root: string, stages: readonly Stage[]): Promise<string | undefined> {
  for (const { name, args, timeoutMs } of stages) {
    if ((await run(root, args, timeoutMs)) !== 0) return name;
  }
  return undefined;
}

/** Exit code; -1 where it had to be killed. */
function run(root: string, args: readonly string[], timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
    const env = { ...process.env, PATH: path, FRACTAL_LONG: '' };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), timeoutMs);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? -1);
    });
  });
}
