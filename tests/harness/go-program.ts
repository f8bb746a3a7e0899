/**
 * Small Go modules of this repository, built into `.cache/`: one whose dependencies go.sum pins, and whose program is
 * built again when any of its sources changes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDirectory, missingTool, projectRoot } from './project.ts';

/**
 * Path of the program made from the module in `folder` (relative to the repository), or from a package of another module
 * that this one pins; undefined (said out loud) where Go is missing. Takes up to a minute the first time.
 */
export function buildGoProgram(folder: string, fromPackage = '.'): string | undefined {
  const module = join(projectRoot, folder);
  const sources = readdirSync(module).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name));
  const hash = createHash('sha256');
  for (const name of sources.sort()) hash.update(`${name}\0`).update(readFileSync(join(module, name)));
  const directory = cacheDirectory('go-tools', `${basename(folder)}-${hash.digest('hex').slice(0, 16)}`);
  const program = join(directory, basename(fromPackage === '.' ? folder : fromPackage));
  if (existsSync(program)) return program;
  if (spawnSync('go', ['version']).status !== 0) {
    missingTool(`${folder} needs Go`);
    return undefined;
  }
  // Into a folder of its own first: a build that is cut off must not leave half a program behind.
  const building = join(directory, `building-${process.pid}`);
  execFileSync('go', ['build', '-o', join(building, 'program'), fromPackage], {
    cwd: module,
    stdio: 'inherit',
  });
  renameSync(join(building, 'program'), program);
  rmSync(building, { recursive: true });
  return program;
}
