/**
 * The `fractal` command. Commands are loaded when they are called, so that `help` and `check` start fast.
 * Everything prints for people, or JSON with --json, and exits 0 / 1 (the check said no) / 2 (used wrongly) / 3 (could not run).
 */
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { CommandError, EXIT } from './output/exit.ts';
import { buildProgram } from './program.ts';

enableCompileCache();

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

try {
  process.exitCode = await buildProgram(root)(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) {
    console.error(`fractal: ${error.message}`);
    return error.exitCode;
  }
  console.error(`fractal: could not run: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.FRACTAL_DEBUG !== undefined) console.error(error);
  else console.error('         (FRACTAL_DEBUG=1 shows where)');
  return EXIT.failed;
}
