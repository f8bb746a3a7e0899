/**
 * Tessera's fsck, a program that others wrote, as judge of our log directories. Built once into `.cache/`.
 * Its exit code is 0 even when the check fails (1.0.4), so only its words count.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, missingTool } from './project.ts';
import { scratchDirectory } from './scratch.ts';

const VERSION = 'v1.0.4';
const PACKAGE = `github.com/transparency-dev/tessera/cmd/fsck@${VERSION}`;
const FSCK_LIMIT_MS = 60_000;

/** Path of the program; undefined (said out loud) where Go is missing. Takes about a minute the first time. */
export function buildTesseraFsck(): string | undefined {
  const directory = cacheDirectory('go-tools', `tessera-${VERSION}`);
  const program = join(directory, 'fsck');
  if (existsSync(program)) return program;
  if (spawnSync('go', ['version']).status !== 0) {
    missingTool("Tessera's fsck needs Go");
    return undefined;
  }
  // Into a folder of its own first: a build that is cut off must not leave half a program behind.
  const building = join(directory, `building-${process.pid}`);
  execFileSync('go', ['install', PACKAGE], { env: { ...process.env, GOBIN: building }, stdio: 'inherit' });
  renameSync(join(building, 'fsck'), program);
  rmSync(building, { recursive: true });
  return program;
}

export type FsckVerdict = { accepted: true; size: number; root: string } | { accepted: false; words: string };

/** What fsck says about a log directory. `vkey` is the verifier key's text. */
export function tesseraFsck(program: string, directory: string, vkey: string): FsckVerdict {
  const keyFile = join(scratchDirectory('vkey'), 'vkey.txt');
  writeFileSync(keyFile, vkey.trim());
  // A worker that meets a wrong tile ends; with too few workers the rest of the check then waits for ever.
  const options = ['--N=64', `--storage_url=file://${directory}/`, `--public_key=${keyFile}`, '--ui=false'];
  const result = spawnSync(program, options, { encoding: 'utf8', timeout: FSCK_LIMIT_MS });
  const words = `${result.stdout}${result.stderr}`;
  const success = /Successfully fsck'd log with size (\d+) and root ([A-Za-z0-9+/=]+)/.exec(words);
  if (success === null) return { accepted: false, words: words.slice(-2_000) };
  return { accepted: true, size: Number(success[1]), root: success[2]! };
}
