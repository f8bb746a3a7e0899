/** Builds the power-loss shim of tests/fault-layer and gives the environment that puts a process under it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, missingTool, projectRoot } from './project.ts';

const sourceDirectory = join(projectRoot, 'tests', 'fault-layer');

/** Path of the shared object, built by gcc when its sources changed; undefined (said out loud) where there is no gcc. */
export function buildFaultLayer(): string | undefined {
  if (process.platform !== 'linux' || !hasCompiler()) {
    missingTool('the fault layer needs Linux and gcc');
    return undefined;
  }
  const names = readdirSync(sourceDirectory).filter((name) => /\.[ch]$/.test(name));
  const hash = createHash('sha256');
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(sourceDirectory, name)));
  const output = join(cacheDirectory('fault-layer'), `unsynced-${hash.digest('hex').slice(0, 16)}.so`);
  if (existsSync(output)) return output;
  const sources = names.filter((name) => name.endsWith('.c')).map((name) => join(sourceDirectory, name));
  const building = `${output}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-fvisibility=hidden'];
  execFileSync('gcc', [...flags, '-o', building, ...sources, '-ldl', '-lpthread'], { stdio: 'inherit' });
  renameSync(building, output);
  return output;
}

function hasCompiler(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Environment variables for a process whose changes below `root` shall be lost when it did not sync them. */
export function faultEnvironment(options: {
  library: string;
  root: string;
  side: string;
  syncUs?: number;
}): Record<string, string> {
  return {
    LD_PRELOAD: options.library,
    FRACTAL_FAULT_ROOT: options.root,
    FRACTAL_FAULT_SIDE: options.side,
    FRACTAL_FAULT_SYNC_US: String(options.syncUs ?? 500),
    // Writes through an io_uring would pass the shim by.
    UV_USE_IO_URING: '0',
  };
}
