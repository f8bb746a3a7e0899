/** The test suites: two checks of the whole tree, the unit tests beside the code, and one suite a folder of `tests/`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type Suite =
  | { readonly name: string; readonly about: string; readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly name: string; readonly about: string; readonly kind: 'vitest'; readonly paths: readonly string[] };

/** Folders of `tests/` that hold no tests of their own. */
const NO_SUITE = new Set(['harness']);

export async function findSuites(root: string): Promise<Suite[]> {
  const folders = await readdir(join(root, 'tests'), { withFileTypes: true });
  const crossing = folders
    .filter((folder) => folder.isDirectory() && !NO_SUITE.has(folder.name))
    .map((folder) => folder.name)
    .sort()
    .map((name): Suite => ({ name, about: `tests/${name}`, kind: 'vitest', paths: [`tests/${name}/`] }));
  return [
    {
      name: 'lint',
      about: 'format, lint and the direction of imports',
      kind: 'command',
      command: ['node_modules/.bin/biome', 'check', '--error-on-warnings', '--log-level=warn', '.'],
    },
    {
      name: 'types',
      about: 'tsc --noEmit',
      kind: 'command',
      command: ['node_modules/.bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
    },
    { name: 'unit', about: 'the tests beside the code', kind: 'vitest', paths: ['packages/', 'sdks/', 'examples/'] },
    ...crossing,
  ];
}
