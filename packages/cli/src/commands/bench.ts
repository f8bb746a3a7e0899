/** `fractal bench [NAME…]`: runs `bench/<name>/main.ts` and keeps its result. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchContext, BenchResult } from '../../../../bench/harness/results.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';

export interface BenchOptions {
  readonly list?: boolean;
  readonly quick?: boolean;
  readonly long?: boolean;
  /** A line of JSON for each result on standard output; all else on standard error. */
  readonly json?: boolean;
}

/** Folders of `bench/` that are no bench. */
const NO_BENCH = new Set(['harness', 'results']);

export async function bench(root: string, names: readonly string[], options: BenchOptions): Promise<ExitCode> {
  const entries = await readdir(join(root, 'bench'), { withFileTypes: true });
  const known = entries.filter((entry) => entry.isDirectory() && !NO_BENCH.has(entry.name)).map((entry) => entry.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new CommandError(EXIT.usage, `there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}`);
  if (options.list === true) {
    if (options.json === true) console.log(JSON.stringify({ benches: known }));
    else for (const name of known) console.log(name);
    return EXIT.ok;
  }
  const quick = options.quick === true;
  const say = (line: string): void => (options.json === true ? console.error(line) : console.log(line));
  const context: BenchContext = { root, quick, long: options.long === true, say };
  const { keepResult } = await load<typeof import('../../../../bench/harness/results.ts')>(root, 'harness/results.ts');
  for (const name of names.length > 0 ? names : known) {
    say(style('bold', `── bench ${name}${quick ? ' (quick: the figures are not kept)' : ''}`));
    const { run } = await load<{ run: (context: BenchContext) => Promise<BenchResult> }>(root, `${name}/main.ts`);
    const result = await run(context);
    if (options.json === true) console.log(JSON.stringify({ name, ...result }));
    if (!quick) say(`kept in ${await keepResult(context, name, result)}`);
  }
  return EXIT.ok;
}

/** Benches live outside the packages and are loaded by path, so that the command line does not depend on them. */
function load<Module>(root: string, path: string): Promise<Module> {
  return import(pathToFileURL(join(root, 'bench', path)).href);
}
