/** Where things are: the repository, its Node, and the git-ignored cache of what suites build. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The Node that runs this suite also runs what the suite starts. */
export const nodePath = process.execPath;

/** A folder below `.cache/` of the project, made when it is missing. */
export function cacheDirectory(...parts: string[]): string {
  const path = join(projectRoot, '.cache', ...parts);
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  return path;
}

/** `--long` of `./fractal test`: more rounds, more seeds, hours instead of seconds. */
export const longRun = process.env.FRACTAL_LONG === '1';

/**
 * A tool that a suite cannot do without is missing. On a developer's machine that is said out loud and the suite passes
 * over it; where CI=true it is a failure, so that a broken image cannot look like a pass.
 */
export function missingTool(what: string): void {
  if (process.env.CI === 'true') throw new Error(`${what}: required where CI=true`);
  console.warn(`\n  NOT RUN: ${what}\n`);
}
