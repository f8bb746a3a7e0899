/** Writes a bench's result with what it was measured on. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export interface BenchContext {
  readonly root: string;
  /** Short runs that show the bench works; their figures are not kept. */
  readonly quick: boolean;
  /** The sizes that take an hour. */
  readonly long: boolean;
  readonly say: (line: string) => void;
}

/** A bench returns plain JSON: its terms, its figures, its counterpart's. */
export type BenchResult = Readonly<Record<string, unknown>>;

export async function keepResult(context: BenchContext, name: string, result: BenchResult): Promise<string> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: context.root, encoding: 'utf8' }).trim();
  const commit = git('rev-parse', 'HEAD');
  const changed = git('status', '--porcelain', '--', 'packages', 'sdks', 'bench', 'package-lock.json') !== '';
  const cores = cpus();
  const machine = {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const measured = new Date().toISOString();
  const file = join(
    context.root,
    'bench/results',
    `${name}-${measured.slice(0, 10)}-${commit.slice(0, 8)}${changed ? '-changed' : ''}.json`,
  );
  await mkdir(join(context.root, 'bench/results'), { recursive: true });
  await writeFile(
    file,
    `${JSON.stringify({ bench: name, measured, commit, uncommittedChanges: changed, machine, ...result }, null, 2)}\n`,
  );
  return file;
}
