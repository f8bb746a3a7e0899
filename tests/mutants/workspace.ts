/**
 * A copy of the project in which one file may be changed: tracked and new files are copied, installed packages are linked,
 * and `@fractal/*` is linked to the copy's own packages, so that a changed file is what every test of the copy runs.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Workspace {
  readonly root: string;
  /** Puts `source` in the place of a file's own until the next call. */
  change(file: string, source: string): Promise<void>;
  /** Puts all changed files back. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

export async function makeWorkspace(project: string): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'fractal-mutants-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
  });
  const files = listed.toString('utf8').split('\0').filter(Boolean);
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await cp(join(project, file), join(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // tracked, but deleted in the working tree
    });
  }
  await linkInstalled(join(project, 'node_modules'), join(root, 'node_modules'));
  const changed = new Set<string>();
  return {
    root,
    async change(file, source) {
      changed.add(file);
      await writeFile(join(root, file), source);
    },
    async restore() {
      for (const file of changed) await cp(join(project, file), join(root, file));
      changed.clear();
    },
    remove: () => rm(root, { recursive: true }),
  };
}

async function linkInstalled(from: string, to: string): Promise<void> {
  await mkdir(join(to, '@fractal'), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@fractal' && !name.startsWith('.vite')) await symlink(join(from, name), join(to, name));
  }
  // Workspace links are relative (../../packages/ledger): the same text leads into the copy.
  for (const name of await readdir(join(from, '@fractal'))) {
    await symlink(await readlink(join(from, '@fractal', name)), join(to, '@fractal', name));
  }
}
